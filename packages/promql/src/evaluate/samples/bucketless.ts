// histogram_count, histogram_sum and histogram_avg ask for no buckets. What is read for them alone goes without: a
// sample is its count and sum then, and says itself whether a reset lies before it, which takes the buckets to tell.

import {
  COUNTER_RESET,
  type FloatHistogram,
  isReset,
  NO_BUCKETS,
  NO_SPANS,
  NOT_RESET,
  type ResetHint,
  UNKNOWN_RESET,
} from '../../native-histogram/index.ts'
import type { Expr, VectorSelector } from '../../parse/index.ts'

const WITHOUT = new Set(['histogram_count', 'histogram_sum', 'histogram_avg'])
const WITH = new Set(['histogram_quantile', 'histogram_quantiles', 'histogram_fraction'])

/** The selectors whose histograms are read without buckets; never those in subqueries, which forget what hints say. */
export function selectorsWithoutBuckets(root: Expr): ReadonlySet<VectorSelector> {
  const found = new Set<VectorSelector>()
  const visit = (expr: Expr, without: boolean): void => {
    switch (expr.kind) {
      case 'selector':
        if (without) found.add(expr)
        break
      case 'matrix':
        visit(expr.selector, without)
        break
      case 'subquery':
        visit(expr.inner, false)
        break
      case 'paren':
      case 'unary':
        visit(expr.inner, without)
        break
      case 'binary': {
        const inside = without && expr.op !== '</' && expr.op !== '>/'
        visit(expr.left, inside)
        visit(expr.right, inside)
        break
      }
      case 'aggregate':
        if (expr.param !== undefined) visit(expr.param, without)
        visit(expr.inner, without)
        break
      case 'call': {
        const inside = WITHOUT.has(expr.name) || (without && !WITH.has(expr.name))
        for (const arg of expr.args) visit(arg, inside)
      }
    }
  }
  visit(root, false)
  return found
}

/** The samples without their buckets; hints that say nothing become what the comparison with the one before tells. */
export function withoutBuckets(
  histograms: readonly (FloatHistogram | undefined)[],
  from: number,
  to: number,
): (FloatHistogram | undefined)[] {
  const out: (FloatHistogram | undefined)[] = []
  let before: FloatHistogram | undefined
  for (let i = from; i < to; i++) {
    const one = histograms[i]
    if (one === undefined) {
      out.push(undefined)
      continue
    }
    let { resetHint } = one
    if (resetHint === UNKNOWN_RESET && before !== undefined)
      resetHint = isReset(one, before) ? COUNTER_RESET : NOT_RESET
    out.push(bare(one, resetHint))
    before = one
  }
  return out
}

function bare(h: FloatHistogram, resetHint: ResetHint): FloatHistogram {
  return {
    resetHint,
    schema: h.schema,
    zeroThreshold: 0,
    zeroCount: 0,
    count: h.count,
    sum: h.sum,
    positiveSpans: NO_SPANS,
    positiveBuckets: NO_BUCKETS,
    negativeSpans: NO_SPANS,
    negativeBuckets: NO_BUCKETS,
    customValues: NO_BUCKETS,
  }
}
