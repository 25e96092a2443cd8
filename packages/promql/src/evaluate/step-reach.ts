import type { PromqlFeatures } from '../features.ts'
import { type AtModifier, type DurationExpr, type Expr, unwrapParens, type VectorSelector } from '../parse/index.ts'
import { isStepInvariant } from './invariance.ts'
import { durationMsOf } from './run/durations.ts'
import { marginsOf } from './samples/extended-windows.ts'

/**
 * The samples that the value of a query at one step is made of: those from `fromMs` to `toMs` around the step
 * (relative to it, ms; `toMs` is above 0 with a negative offset), and those between two fixed times that `@` names
 * (Unix ms; infinite the wrong way round where there is none). All bounds are inclusive, and wide rather than exact.
 */
export type StepReach = {
  readonly fromMs: number
  readonly toMs: number
  readonly fixedFromMs: number
  readonly fixedToMs: number
}

export type ReachOptions = {
  readonly stepMs: number
  readonly lookbackMs: number
  readonly subqueryStepMs: number
  readonly features: PromqlFeatures
}

/** Times at which an expression is evaluated: around the step, or fixed; and how far they are apart. */
type Moments = { readonly fixed: boolean; readonly fromMs: number; readonly toMs: number; readonly strideMs: number }

/** Functions whose value is one of the whole range, and those whose remarks or order are. */
const OF_THE_RANGE = new Set('start end range sort sort_desc sort_by_label sort_by_label_desc info'.split(' '))

/**
 * What a value at a step depends on, found in the tree alone. Undefined where it is more than samples around the step:
 * the start or end of the range, other steps, or the way in which series come together. Of a
 * query that has a reach, the steps may be evaluated in pieces: the values are the same.
 */
export function stepReach(expr: Expr, options: ReachOptions): StepReach | undefined {
  const reach = {
    fromMs: 0,
    toMs: 0,
    fixedFromMs: Number.POSITIVE_INFINITY,
    fixedToMs: Number.NEGATIVE_INFINITY,
  }

  function touch({ fixed, fromMs, toMs }: Moments): void {
    if (fixed) {
      reach.fixedFromMs = Math.min(reach.fixedFromMs, fromMs)
      reach.fixedToMs = Math.max(reach.fixedToMs, toMs)
    } else {
      reach.fromMs = Math.min(reach.fromMs, fromMs)
      reach.toMs = Math.max(reach.toMs, toMs)
    }
  }

  /** Undefined where a duration contains the length of the range. */
  function length(duration: DurationExpr | undefined): number | undefined {
    if (duration === undefined) return 0
    return namesRange(duration) ? undefined : durationMsOf(duration, { stepMs: options.stepMs, rangeMs: 0 })
  }

  function moved(
    moments: Moments,
    { offset, at }: { readonly offset: DurationExpr | undefined; readonly at: AtModifier | undefined },
    widthMs: number | undefined,
  ): Moments | undefined {
    const offsetMs = length(offset)
    if (offsetMs === undefined || widthMs === undefined) return undefined
    if (at === undefined) {
      return { ...moments, fromMs: moments.fromMs - offsetMs - widthMs, toMs: moments.toMs - offsetMs }
    }
    if (at.kind !== 'time') return undefined
    return { fixed: true, fromMs: at.ms - offsetMs - widthMs, toMs: at.ms - offsetMs, strideMs: 0 }
  }

  /** Selectors that are `anchored` or `smoothed` look for samples before and behind their window. */
  function read({ extension }: VectorSelector, window: Moments | undefined): boolean {
    if (window === undefined) return false
    const { beforeMs, afterMs } = marginsOf(extension, options.lookbackMs)
    touch({ ...window, fromMs: window.fromMs - beforeMs, toMs: window.toMs + afterMs })
    return true
  }

  /** False: no reach. */
  function walk(node: Expr, moments: Moments): boolean {
    switch (node.kind) {
      case 'number':
      case 'string':
        return true
      case 'paren':
      case 'unary':
        return walk(node.inner, moments)
      case 'selector':
        return read(node, moved(moments, node, options.lookbackMs))
      case 'matrix':
        return read(node.selector, moved(moments, node.selector, length(node.range)))
      case 'subquery': {
        const widthMs = length(node.range)
        const inner = moved(moments, node, widthMs)
        const strideMs = node.step === undefined ? options.subqueryStepMs : length(node.step)
        if (inner === undefined || strideMs === undefined) return false
        // Between windows that do not meet it is evaluated too, and may have something to remark.
        return widthMs! >= inner.strideMs && walk(node.inner, { ...inner, strideMs })
      }
      case 'binary': {
        // A filled side has a value wherever its series has one at any step.
        if (node.matching.fillLeft !== undefined || node.matching.fillRight !== undefined) return false
        return walk(node.left, moments) && walk(node.right, moments)
      }
      case 'aggregate':
        // The last digits of a running variance differ with the order and the slices in which series come together, and
        // those with the size of the query. Sums carry along what they lose.
        if (node.op === 'stddev' || node.op === 'stdvar') return false
        // Of a parameter that moves, the range's first step counts around what does not move, and a quantile warns of the
        // range's greatest.
        if (node.param !== undefined && !isStepInvariant(node.param)) {
          if (node.op === 'quantile' || isStepInvariant(node.inner)) return false
        }
        return (node.param === undefined || walk(node.param, moments)) && walk(node.inner, moments)
      case 'call':
        // A quantile that moves names its series by its first step.
        if (node.name === 'histogram_quantiles' && !node.args.slice(2).every(isNumber)) return false
        return !OF_THE_RANGE.has(node.name) && node.args.every((arg) => walk(arg, moments))
    }
  }

  // A name that is dropped at the end goes for all steps of a series when it goes for one.
  if (options.features.has('promql-delayed-name-removal') || options.features.has('type-and-unit-labels')) {
    return undefined
  }
  return walk(expr, { fixed: false, fromMs: 0, toMs: 0, strideMs: options.stepMs }) ? reach : undefined
}

function isNumber(expr: Expr): boolean {
  const node = unwrapParens(expr)
  return node.kind === 'number' || (node.kind === 'unary' && isNumber(node.inner))
}

function namesRange(duration: DurationExpr): boolean {
  switch (duration.kind) {
    case 'ms':
    case 'step':
      return false
    case 'range':
      return true
    case 'paren':
    case 'negate':
      return namesRange(duration.inner)
    case 'operation':
      return namesRange(duration.left) || namesRange(duration.right)
  }
}
