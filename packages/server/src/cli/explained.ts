import type { Explanation, NodeExplanation } from '../metrics/query/index.ts'
import { formatCount, formatTable } from './table.ts'

/** How a query was evaluated, as a tree: what each node gave, what it read, its time with all below and alone. */
export function formatExplanation({ elapsedMs, series, samples, tree }: Explanation): string {
  const rows: string[][] = [['NODE', 'SERIES', 'VALUES', 'READ', 'FROM', 'TIME', 'OWN']]
  const remarks: string[] = []
  addNode(tree, '', '', rows, remarks)
  const head = `${formatMs(elapsedMs)}, read ${formatCount(samples)} samples of ${formatCount(series)} series`
  return [head, formatTable(rows, [1, 2, 3, 5, 6]), ...remarks].join('\n')
}

function addNode(node: NodeExplanation, lead: string, under: string, rows: string[][], remarks: string[]): void {
  const { reads } = node
  const from = Object.entries(reads?.origins ?? {}).map(([name, count]) => `${name} ${formatCount(count)}`)
  const marks = node.remarks.map((remark) => {
    const fix = remark.fix === undefined ? '' : `\n    ${remark.fix.label}: ${remark.fix.text}`
    const number = remarks.push(`[${remarks.length + 1}] ${remark.text}${fix}`)
    return ` [${number}]`
  })
  rows.push([
    `${lead}${node.title}${marks.join('')}`,
    ...(node.evaluated ? [formatCount(node.series), formatCount(node.values)] : ['', '']),
    reads === undefined ? '' : formatCount(reads.samples),
    from.join(', '),
    ...(node.evaluated ? [formatMs(node.totalMs), formatMs(node.ownMs)] : ['', '']),
  ])
  node.children.forEach((child, i) => {
    const last = i === node.children.length - 1
    addNode(child, `${under}${last ? '└ ' : '├ '}`, `${under}${last ? '  ' : '│ '}`, rows, remarks)
  })
}

function formatMs(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(ms < 10 ? 2 : 0)} ms`
}
