import {
  childrenOf,
  type ExplainNode,
  type Expr,
  findHints,
  type Hint,
  type PromqlFeature,
  parseExpr,
  type VectorSelector,
} from '@binnacle/promql'
import type { MetricsReadView } from '../../store/index.ts'
import type { Explanation, NodeExplanation } from '../explanation.ts'
import { gatherJson } from '../json-pieces.ts'
import type { Listings } from '../listings.ts'
import type { InstantQuery, QueryAnswer, RangeQuery } from '../querier.ts'
import { sayWhyEmpty, whyEmpty } from './why-empty.ts'

export type ExplainDeps = {
  readonly view: MetricsReadView
  readonly listings: Listings
  readonly features: readonly PromqlFeature[]
  /** Evaluates a query; the answer's JSON is how. */
  readonly run: (query: InstantQuery | RangeQuery, signal: AbortSignal) => Promise<QueryAnswer>
}

/** Of a query with very many empty selectors the first ones are looked into. */
const MAX_REASONS = 20

export function createExplain({ view, listings, features, run }: ExplainDeps) {
  const hasMetric = (name: string) => view.index.select([{ name: '__name__', op: '=', value: name }]).length > 0

  return async (query: InstantQuery | RangeQuery, signal: AbortSignal): Promise<Explanation> => {
    const answer = await run(query, signal)
    const tree = JSON.parse((await gatherJson(answer.dataJson)).toString()) as ExplainNode
    const expr = parseExpr(query.query, { features: new Set(features) })
    const selectors = selectorsOf(expr)
    const hints = findHints(expr, { typeOf: (name) => view.metadata.get(name)?.type, exists: hasMetric })
    let reasons = 0

    async function explainNode(node: ExplainNode): Promise<NodeExplanation> {
      const children: NodeExplanation[] = []
      for (const child of node.children) children.push(await explainNode(child))
      const own = hints.filter((hint) => belongsTo(hint, node)).map(toRemark)
      const selector = selectors.get(node.start)
      const { reads } = node
      if (reads === undefined || reads.series > 0 || selector === undefined || reasons++ >= MAX_REASONS)
        return { ...node, remarks: [...own, ...node.remarks], children }
      const { fromMs, toMs } = reads
      const empty = await whyEmpty({ view, listings }, { selector, fromMs, toMs }, { signal })
      const remark = { tone: 'warning', code: `empty_${empty.kind}`, text: sayWhyEmpty(empty) } as const
      return { ...node, remarks: [...own, ...node.remarks, remark], empty, children }
    }

    const { elapsedMs, seriesRead, samplesRead, sources } = answer.stats
    return {
      query: query.query,
      elapsedMs,
      series: seriesRead,
      samples: samplesRead,
      sources,
      tree: await explainNode(tree),
    }
  }
}

/** A hint stands at the node of its place; one inside of a range selector at that one. */
function belongsTo(hint: Hint, node: ExplainNode): boolean {
  if (hint.start === node.start && hint.end === node.end) return true
  return node.kind === 'matrix' && hint.start >= node.start && hint.end <= node.end
}

function toRemark({ code, text, fix, start, end }: Hint): NodeExplanation['remarks'][number] {
  return { tone: 'warning', code, text, ...(fix === undefined ? {} : { fix, start, end }) }
}

/** Selectors by where they begin; a range selector begins with its own. */
function selectorsOf(expr: Expr): ReadonlyMap<number, VectorSelector> {
  const found = new Map<number, VectorSelector>()
  const visit = (node: Expr): void => {
    if (node.kind === 'selector') found.set(node.start, node)
    else if (node.kind === 'matrix') found.set(node.start, node.selector)
    childrenOf(node).forEach(visit)
  }
  visit(expr)
  return found
}
