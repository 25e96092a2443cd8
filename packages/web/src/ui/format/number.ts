const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** Four significant digits at most, thousands grouped, no trailing zeros: `1,284`, `0.63`, `12.4`. Not for ids. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '−Inf'
  const size = Math.abs(value)
  if (size >= 1e15 || (size !== 0 && size < 1e-4)) return withMinus(value.toExponential(2).replace('e+', 'e'))
  if (size >= 1000) return withMinus(grouped.format(value))
  return withMinus(String(Number(value.toPrecision(size >= 100 ? 4 : 3))))
}

/** Grouped integer: `20,118`. */
export function formatCount(value: number): string {
  return withMinus(grouped.format(Math.round(value)))
}

/** Every digit that the value has, for tables of raw samples and copying. */
export function formatExact(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  return String(value)
}

// A true minus is as wide as a digit in tabular figures; a hyphen is not.
function withMinus(text: string): string {
  return text.startsWith('-') ? `−${text.slice(1)}` : text
}
