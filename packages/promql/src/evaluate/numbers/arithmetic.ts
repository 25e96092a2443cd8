import type { BinaryOp } from '../../parse/index.ts'

/** Result of an arithmetic operator, or 1 and 0 for a comparison. */
export function binaryFunction(op: BinaryOp): (a: number, b: number) => number {
  switch (op) {
    case '+':
      return (a, b) => a + b
    case '-':
      return (a, b) => a - b
    case '*':
      return (a, b) => a * b
    case '/':
      return (a, b) => a / b
    case '%':
      return (a, b) => a % b
    case '^':
      return power
    case 'atan2':
      return Math.atan2
    case '==':
      return (a, b) => (a === b ? 1 : 0)
    case '!=':
      return (a, b) => (a !== b ? 1 : 0)
    case '>':
      return (a, b) => (a > b ? 1 : 0)
    case '<':
      return (a, b) => (a < b ? 1 : 0)
    case '>=':
      return (a, b) => (a >= b ? 1 : 0)
    case '<=':
      return (a, b) => (a <= b ? 1 : 0)
    default:
      throw new Error(`no operation on numbers: ${op}`)
  }
}

/** As C and Go have it: 1 to any power and (-1)^±Inf are 1, where JavaScript says NaN. */
function power(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY)) return 1
  return a ** b
}

/** Go's `math.Max`: an infinity wins over NaN, where JavaScript says NaN. */
export function goMax(a: number, b: number): number {
  if (a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY
  return Math.max(a, b)
}

/** Go's `math.Min`: minus infinity wins over NaN. */
export function goMin(a: number, b: number): number {
  if (a === Number.NEGATIVE_INFINITY || b === Number.NEGATIVE_INFINITY) return Number.NEGATIVE_INFINITY
  return Math.min(a, b)
}
