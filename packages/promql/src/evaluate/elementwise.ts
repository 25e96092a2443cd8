// Functions that look at one value at a time. `mapper` gives a loop over a column; each name has its own function, so
// that the loop stays monomorphic per call site.

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
  year: (value) => date(value, (d) => d.getUTCFullYear()),
  month: (value) => date(value, (d) => d.getUTCMonth() + 1),
  day_of_month: (value) => date(value, (d) => d.getUTCDate()),
  day_of_week: (value) => date(value, (d) => d.getUTCDay()),
  day_of_year: (value) =>
    date(value, (d) => Math.floor((d.getTime() - Date.UTC(d.getUTCFullYear(), 0, 1)) / 86_400_000) + 1),
  days_in_month: (value) =>
    date(value, (d) => new Date(Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + 1, 0)).getUTCDate()),
  hour: (value) => date(value, (d) => d.getUTCHours()),
  minute: (value) => date(value, (d) => d.getUTCMinutes()),
}

const DATES = new Set('year month day_of_month day_of_week day_of_year days_in_month hour minute'.split(' '))
const MAPPERS = new Map(Object.entries(UNARY))

function date(seconds: number, part: (date: Date) => number): number {
  return part(new Date(Math.trunc(seconds) * 1000))
}

export function unaryFunction(name: string): ((value: number) => number) | undefined {
  return MAPPERS.get(name)
}

/** Date functions may go without argument: then they look at the evaluation time. */
export function isDateFunction(name: string): boolean {
  return DATES.has(name)
}

/** Rounds to a multiple of `nearest`, ties up. */
export function roundTo(value: number, nearest: number): number {
  const inverse = 1 / nearest
  return Math.floor(value * inverse + 0.5) / inverse
}
