// Aggregations that have to see all series of a group at once: quantile, count_values, topk and their kin.

import { formatHistogram } from '../native-histogram/index.ts'
import { formatFloat, formatShort } from '../number-text.ts'
import type { AggregateExpr } from '../parse/index.ts'
import { groupLabels } from './aggregate.ts'
import { type Column, compareLabels, copyColumn, labelsKey, mergeSameLabels, newColumn, withLabel } from './column.ts'
import { dropHistograms } from './histogram-cells.ts'
import { placeOfLabels } from './label-hash.ts'
import { quantileOfSorted, sortNanFirst } from './quantile.ts'
import { remarks } from './remarks.ts'
import type { Run } from './run.ts'

function groupsOf(expr: AggregateExpr, columns: readonly Column[]): Column[][] {
  const groupOf = groupLabels(expr)
  const groups = new Map<string, Column[]>()
  for (const column of columns) {
    const key = labelsKey(groupOf(column.labels))
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [column])
    else group.push(column)
  }
  return [...groups.values()]
}

export async function aggregateQuantile(
  run: Run,
  expr: AggregateExpr,
  columns: Column[],
  qs: Float64Array,
): Promise<Column[]> {
  const groupOf = groupLabels(expr)
  const steps = qs.length
  for (const q of qs) run.warnOfQuantile(q, expr.param!)
  for (const column of columns) {
    if (dropHistograms(column)) run.inform(remarks.ignoredInAggregation(expr.op), expr.inner)
  }
  const results: Column[] = []
  for (const group of groupsOf(expr, columns)) {
    const out = newColumn(
      groupOf(group[0]!.labels),
      steps,
      group.some((column) => column.dropName),
    )
    const scratch = new Float64Array(group.length)
    for (let i = 0; i < steps; i++) {
      let n = 0
      for (const column of group) if (column.present[i] === 1) scratch[n++] = column.values[i]!
      if (n === 0) continue
      out.values[i] = quantileOfSorted(qs[i]!, sortNanFirst(scratch.subarray(0, n)))
      out.present[i] = 1
      if (run.spend(16 * n)) await run.pause()
    }
    results.push(out)
  }
  return results
}

export function aggregateCountValues(run: Run, expr: AggregateExpr, columns: Column[], label: string): Column[] {
  const groupOf = groupLabels(expr)
  // The value is written before the grouping: a label that `without` names is gone, the value's own too.
  const taken = expr.without && expr.grouping.includes(label)
  const found = new Map<string, Column>()
  for (const group of groupsOf(expr, columns)) {
    const labels = groupOf(group[0]!.labels)
    for (const { values, present, dropName, histograms } of group) {
      for (let i = 0; i < values.length; i++) {
        if (present[i] === 0) continue
        const histogram = histograms?.[i]
        const text = histogram === undefined ? formatFloat(values[i]!) : formatHistogram(histogram)
        const own = taken ? labels : withLabel(labels, label, text)
        const key = labelsKey(own)
        let out = found.get(key)
        if (out === undefined) {
          out = newColumn(own, values.length)
          run.hold(values.length, expr)
          found.set(key, out)
        }
        if (dropName) out.dropName = true
        out.values[i]!++
        out.present[i] = 1
      }
    }
  }
  return mergeSameLabels(run, [...found.values()], expr)
}

/**
 * The `k` largest (or smallest) of each group at each step; NaN comes last, of equals the first by labels comes first,
 * whatever the order of the series. With one step, in that order.
 */
export async function aggregateTop(
  run: Run,
  expr: AggregateExpr,
  columns: Column[],
  ks: Float64Array,
): Promise<Column[]> {
  const largest = expr.op === 'topk'
  const better = (a: number, b: number): boolean => (largest ? a > b : a < b) || (Number.isNaN(b) && !Number.isNaN(a))
  const steps = ks.length
  const results: Column[] = []
  for (const column of columns) {
    const ignored = column.histograms?.some((one, i) => one !== undefined && column.present[i] === 1 && ks[i]! >= 1)
    if (ignored === true) run.inform(remarks.ignoredInAggregation(expr.op), expr)
    dropHistograms(column)
  }
  for (const group of groupsOf(expr, columns)) {
    const outs = new Map<number, Column>()
    const heap: number[] = []
    let ranks: Int32Array | undefined
    /** Place of a series of the group by labels; they are only sorted when there are equals. */
    const rankOf = (g: number): number => {
      ranks ??= ranksByLabels(group)
      return ranks[g]!
    }
    for (let i = 0; i < steps; i++) {
      const k = Math.min(Math.trunc(ks[i]!), group.length)
      const goesFirst = (a: number, b: number): boolean => {
        const x = group[a]!.values[i]!
        const y = group[b]!.values[i]!
        return better(x, y) || (!better(y, x) && rankOf(a) < rankOf(b))
      }
      heap.length = 0
      if (k >= 1) for (let g = 0; g < group.length; g++) if (group[g]!.present[i] === 1) offer(heap, g, k, goesFirst)
      heap.sort((a, b) => (goesFirst(a, b) ? -1 : 1))
      if (run.spend(8 * group.length)) await run.pause()
      for (const g of heap) {
        let out = outs.get(g)
        if (out === undefined) {
          out = newColumn(group[g]!.labels, steps, group[g]!.dropName)
          run.hold(steps, expr)
          outs.set(g, out)
        }
        out.values[i] = group[g]!.values[i]!
        out.present[i] = 1
      }
    }
    results.push(...outs.values())
  }
  return results
}

/** Keeps the best `k` in a heap whose root is the worst of them. */
function offer(heap: number[], item: number, k: number, better: (a: number, b: number) => boolean): void {
  if (heap.length < k) {
    let at = heap.length
    heap.push(item)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!better(heap[parent]!, heap[at]!)) break
      const swap = heap[parent]!
      heap[parent] = heap[at]!
      heap[at] = swap
      at = parent
    }
    return
  }
  if (!better(item, heap[0]!)) return
  heap[0] = item
  for (let at = 0; ; ) {
    const left = 2 * at + 1
    let worst = at
    if (left < k && better(heap[worst]!, heap[left]!)) worst = left
    if (left + 1 < k && better(heap[worst]!, heap[left + 1]!)) worst = left + 1
    if (worst === at) return
    const swap = heap[worst]!
    heap[worst] = heap[at]!
    heap[at] = swap
    at = worst
  }
}

function ranksByLabels(columns: readonly Column[]): Int32Array {
  const order = columns.map((_, i) => i).sort((a, b) => compareLabels(columns[a]!.labels, columns[b]!.labels))
  const ranks = new Int32Array(columns.length)
  order.forEach((column, rank) => {
    ranks[column] = rank
  })
  return ranks
}

/** The first `k` series of each group at each step, by labels. */
export function aggregateLimit(expr: AggregateExpr, columns: Column[], ks: Float64Array): Column[] {
  for (const group of groupsOf(expr, columns)) {
    group.sort((a, b) => compareLabels(a.labels, b.labels))
    for (let i = 0; i < ks.length; i++) {
      let left = Math.trunc(ks[i]!)
      for (const { present } of group) {
        if (present[i] === 0) continue
        if (left >= 1) left--
        else present[i] = 0
      }
    }
  }
  return columns
}

/**
 * A share of the series, chosen by the hash of their labels as Prometheus chooses them: `r` and `-(1 - r)` complement
 * each other.
 */
export function aggregateRatio(run: Run, expr: AggregateExpr, columns: Column[], ratios: Float64Array): Column[] {
  const capped = ratios.map((ratio) => Math.max(-1, Math.min(1, ratio)))
  const warnOf = (ratio: number, cap: number) =>
    run.warn(`ratio value should be between -1 and 1, got ${formatShort(ratio)}, capping to ${cap}`, expr.param!)
  const most = ratios.reduce((a, b) => Math.max(a, b))
  const least = ratios.reduce((a, b) => Math.min(a, b))
  if (most > 1) warnOf(most, 1)
  if (least < -1) warnOf(least, -1)
  return columns.map((column) => {
    const kept = copyColumn(column)
    const place = placeOfLabels(column.labels)
    for (let i = 0; i < capped.length; i++) {
      const ratio = capped[i]!
      if (!(ratio >= 0 ? place < ratio : place >= 1 + ratio)) kept.present[i] = 0
    }
    return kept
  })
}
