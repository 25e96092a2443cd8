import {
  childrenOf,
  type DurationExpr,
  durationMsOf,
  type Expr,
  unwrapParens,
  type VectorSelector,
} from '@binnacle/promql'

/** A selector of a query with the window that an evaluation reads: `[t - endMs - widthMs, t - endMs]`. */
export type Leaf = {
  readonly selector: VectorSelector
  readonly widthMs: number
  /** How far the window's end lies before the evaluation; with `fixedMs`, before that moment (`@`). */
  readonly endMs: number
  readonly fixedMs: number | undefined
  /** Fewer samples in the window give no value. */
  readonly minSamples: number
}

/** What must have samples so that an expression can have a value. */
export type Needs =
  | { readonly kind: 'leaf'; readonly leaf: Leaf }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Needs[] }

/** Range functions that compare a sample with another one. */
const OF_TWO_SAMPLES = new Set(['rate', 'irate', 'increase', 'delta', 'idelta', 'deriv', 'predict_linear'])
/** They have a value because there are no samples. */
const OF_ABSENCE = new Set(['absent', 'absent_over_time'])
const NOTHING: Needs = { kind: 'all', of: [] }

type Around = { readonly endMs: number; readonly widthMs: number; readonly fixedMs: number | undefined }

/** The selectors of an expression, and which of them it cannot do without. Durations are those of an instant query. */
export function needsOf(expr: Expr, lookbackMs: number): Needs {
  return walk(expr, { endMs: 0, widthMs: 0, fixedMs: undefined })

  function leaf(selector: VectorSelector, widthMs: number, minSamples: number, around: Around): Needs {
    const end = shifted(selector, around)
    return { kind: 'leaf', leaf: { selector, ...end, widthMs: widthMs + around.widthMs, minSamples } }
  }

  function walk(node: Expr, around: Around, minSamples = 1): Needs {
    const at = unwrapParens(node)
    switch (at.kind) {
      case 'number':
      case 'string':
        return NOTHING
      case 'selector':
        return leaf(at, lookbackMs, 1, around)
      case 'matrix':
        return leaf(at.selector, msOf(at.range), minSamples, around)
      case 'subquery': {
        const end = shifted(at, around)
        return walk(at.inner, { ...end, widthMs: around.widthMs + msOf(at.range) })
      }
      case 'call': {
        if (OF_ABSENCE.has(at.name)) return NOTHING
        const least = OF_TWO_SAMPLES.has(at.name) ? 2 : 1
        return all(at.args.map((arg) => walk(arg, around, least)))
      }
      case 'binary':
        if (at.op === 'unless') return walk(at.left, around)
        if (at.op === 'or') return { kind: 'any', of: [walk(at.left, around), walk(at.right, around)] }
        return all([walk(at.left, around), walk(at.right, around)])
      default:
        return all(childrenOf(at).map((child) => walk(child, around)))
    }
  }
}

export function leavesOf(needs: Needs): readonly Leaf[] {
  return needs.kind === 'leaf' ? [needs.leaf] : needs.of.flatMap(leavesOf)
}

function shifted(
  { offset, at }: Pick<VectorSelector, 'offset' | 'at'>,
  around: Around,
): { endMs: number; fixedMs: number | undefined } {
  const own = offset === undefined ? 0 : msOf(offset)
  if (at?.kind === 'time') return { endMs: own, fixedMs: at.ms }
  return { endMs: around.endMs + own, fixedMs: around.fixedMs }
}

function msOf(duration: DurationExpr): number {
  return durationMsOf(duration, { stepMs: 0, rangeMs: 0 })
}

function all(of: readonly Needs[]): Needs {
  return of.length === 1 ? of[0]! : { kind: 'all', of }
}
