import {
  COLLISION,
  compact,
  divide,
  equalHistograms,
  type FloatHistogram,
  GAUGE,
  HistogramSum,
  INCOMPATIBLE,
  multiply,
  RECONCILED,
  trimHistogram,
} from '../../native-histogram/index.ts'
import { type BinaryExpr, type BinaryOp, isComparison } from '../../parse/index.ts'
import { binaryFunction } from '../numbers/arithmetic.ts'
import { remarks } from '../run/remarks.ts'

/** A sample of either kind. */
export type Sample = number | FloatHistogram

export type Remark = { readonly kind: 'warning' | 'info'; readonly text: string }

/**
 * What comes of two samples: nothing where a comparison does not hold or where they do not fit together, which is told.
 * `isMatch` is false where they do not: then the two have not met.
 */
export type Combined = {
  readonly result: Sample | undefined
  readonly remark: Remark | undefined
  readonly isMatch: boolean
}

export function isTrim(op: BinaryOp): boolean {
  return op === '</' || op === '>/'
}

/** A comparison that filters gives the left sample, one with `bool` 1 or 0. */
export function combineSamples(expr: BinaryExpr, left: Sample, right: Sample): Combined {
  const { op } = expr
  if (typeof left === 'number' && typeof right === 'number') {
    if (isTrim(op)) return unfit(op, left, right)
    const result = binaryFunction(op)(left, right)
    return isComparison(op) ? compared(expr, left, result === 1) : plain(result)
  }
  if (typeof left === 'number') {
    return op === '*' && typeof right !== 'number' ? plain(compact(multiply(right, left))) : unfit(op, left, right)
  }
  if (typeof right === 'number') {
    if (op === '*') return plain(compact(multiply(left, right)))
    if (op === '/') return plain(compact(divide(left, right)))
    if (op === '</') return plain(trimHistogram(left, right, 'below'))
    if (op === '>/') return plain(trimHistogram(left, right, 'above'))
    return unfit(op, left, right)
  }
  if (op === '==') return compared(expr, left, equalHistograms(left, right))
  if (op === '!=') return compared(expr, left, !equalHistograms(left, right))
  if (op !== '+' && op !== '-') return unfit(op, left, right)
  const sum = new HistogramSum(left)
  const outcome = op === '+' ? sum.add(right) : sum.subtract(right)
  if ((outcome & INCOMPATIBLE) !== 0) return nothing('warning', remarks.incompatibleBuckets(op))
  const operation = op === '+' ? 'addition' : 'subtraction'
  if ((outcome & COLLISION) !== 0) return nothing('warning', remarks.collision(operation))
  const result = sum.finish(op === '-' ? { resetHint: GAUGE } : {})
  if ((outcome & RECONCILED) === 0) return plain(result)
  return { result, remark: { kind: 'info', text: remarks.reconciled(operation) }, isMatch: true }
}

function plain(result: Sample): Combined {
  return { result, remark: undefined, isMatch: true }
}

function compared({ returnBool }: BinaryExpr, left: Sample, holds: boolean): Combined {
  return { result: returnBool ? Number(holds) : holds ? left : undefined, remark: undefined, isMatch: true }
}

function nothing(kind: Remark['kind'], text: string): Combined {
  return { result: undefined, remark: { kind, text }, isMatch: false }
}

function unfit(op: BinaryOp, left: Sample, right: Sample): Combined {
  const kindOf = (sample: Sample) => (typeof sample === 'number' ? 'float' : 'histogram')
  return nothing('info', remarks.incompatibleTypes(kindOf(left), op, kindOf(right)))
}
