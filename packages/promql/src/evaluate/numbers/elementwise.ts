// Functions that look at one value at a time. `mapper` gives a loop over a column; each name has its own function, so
// that the loop stays monomorphic per call site.

import { DATE_FUNCTIONS } from './dates.ts'

const DEGREE = Math.PI / 180

const UNARY: Record<string, (value: number) => number> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  sgn: (value) => (value < 0 ? -1 : value > 0 ? 1 : value),
  deg: (value) => value / DEGREE,
  rad: (value) => value * DEGREE,
  ...DATE_FUNCTIONS,
}

const MAPPERS = new Map(Object.entries(UNARY))

export function unaryFunction(name: string): ((value: number) => number) | undefined {
  return MAPPERS.get(name)
}

/** Date functions may go without argument: then they look at the evaluation time. */
export function isDateFunction(name: string): boolean {
  return Object.hasOwn(DATE_FUNCTIONS, name)
}

/** Rounds to a multiple of `nearest`, ties up. */
export function roundTo(value: number, nearest: number): number {
  const inverse = 1 / nearest
  return Math.floor(value * inverse + 0.5) / inverse
}
