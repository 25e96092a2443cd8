/** A number in full, without exponent, as Prometheus prints scalars and labels: `+Inf`, `NaN`, `0.00001`, `100000000000000000000`. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  if (Object.is(value, -0)) return '-0'
  const text = String(value)
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (parts === null) return text
  const [, sign, first, fraction = '', power] = parts
  const digits = first + fraction
  const point = 1 + Number(power)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** A sample's value as Prometheus's API prints it: in full, but with an exponent below 1e-6 and from 1e21 on. */
export function formatSample(value: number): string {
  const size = Math.abs(value)
  if (size === 0 || (size >= 1e-6 && size < 1e21) || !Number.isFinite(value)) return formatFloat(value)
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
}

/** Like Go's `%g` (or `%.2g` with `digits` 2): shortest text, with an exponent below 1e-4 and from 1e6 (or 1e`digits`) on. */
export function formatShort(value: number, digits?: number): string {
  if (!Number.isFinite(value) || value === 0) return formatFloat(value)
  const scientific = digits === undefined ? value.toExponential() : value.toExponential(digits - 1)
  const parts = /^(-?\d(?:\.\d+)?)e([+-])(\d+)$/.exec(scientific)
  if (parts === null) return scientific
  const mantissa = parts[1]!.includes('.') ? parts[1]!.replace(/\.?0+$/, '') : parts[1]!
  const exponent = Number(`${parts[2]}${parts[3]}`)
  if (exponent >= -4 && exponent < (digits ?? 6)) return formatFloat(Number(scientific))
  return `${mantissa}e${parts[2]}${parts[3]!.padStart(2, '0')}`
}
