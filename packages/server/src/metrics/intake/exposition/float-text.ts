/** Powers of ten that a double holds exactly: one multiplication or division with them rounds correctly. */
export const EXACT_POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))

/** Mantissas of at most so many digits are exact in a double. */
export const EXACT_DIGITS = 15

/**
 * Value of `bytes[from .. to)`, as Go's strconv.ParseFloat reads it in an exposition: decimals, `Inf`, `Infinity` and
 * `NaN` in any case; no hexadecimal, no underscores. Undefined for anything else, and for what overflows a double.
 */
export function parseFloatText(bytes: Buffer, from: number, to: number): number | undefined {
  let at = from
  const sign = bytes[at]
  const negative = sign === 0x2d
  if (negative || sign === 0x2b) at++
  let mantissa = 0
  let digits = 0
  let scale = 0
  for (; at < to; at++, digits++) {
    const digit = bytes[at]! - 0x30
    if (digit < 0 || digit > 9) break
    mantissa = mantissa * 10 + digit
  }
  if (at < to && bytes[at] === 0x2e) {
    for (at++; at < to; at++, digits++, scale--) {
      const digit = bytes[at]! - 0x30
      if (digit < 0 || digit > 9) break
      mantissa = mantissa * 10 + digit
    }
  }
  if (digits === 0) return specialOf(bytes, from, to)
  if (at < to && (bytes[at]! | 0x20) === 0x65) {
    at++
    const down = bytes[at] === 0x2d
    if (at < to && (down || bytes[at] === 0x2b)) at++
    if (at >= to) return undefined
    let exponent = 0
    for (; at < to; at++) {
      const digit = bytes[at]! - 0x30
      if (digit < 0 || digit > 9) return undefined
      if (exponent < 100_000) exponent = exponent * 10 + digit
    }
    scale += down ? -exponent : exponent
  }
  if (at !== to) return undefined
  if (digits <= EXACT_DIGITS && scale <= 22 && scale >= -22) {
    const value = scale < 0 ? mantissa / EXACT_POWERS[-scale]! : mantissa * EXACT_POWERS[scale]!
    return negative ? -value : value
  }
  const value = Number(bytes.toString('latin1', from, to))
  return Number.isFinite(value) ? value : undefined
}

function specialOf(bytes: Buffer, from: number, to: number): number | undefined {
  if (to - from > 9) return undefined
  switch (bytes.toString('latin1', from, to).toLowerCase()) {
    case 'nan':
      return Number.NaN
    case 'inf':
    case '+inf':
    case 'infinity':
    case '+infinity':
      return Number.POSITIVE_INFINITY
    case '-inf':
    case '-infinity':
      return Number.NEGATIVE_INFINITY
    default:
      return undefined
  }
}

/**
 * A bucket bound (`le`) or quantile as Prometheus 3 stores it whatever the client wrote: `1` becomes `1.0`, `1e3`
 * becomes `1000.0`. Text that is no number stays. Source: Prometheus 3.0 migration guide, "le and quantile label values".
 */
export function canonicalBound(text: string): string {
  const bytes = Buffer.from(text)
  const value = parseFloatText(bytes, 0, bytes.length)
  if (value === undefined) return text
  if (Number.isNaN(value)) return 'NaN'
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  const shortest = goShortest(value)
  return /[.e]/.test(shortest) ? shortest : `${shortest}.0`
}

/** Go's strconv.FormatFloat(value, 'g', -1, 64): shortest digits, with an exponent below -4 and from 6 on. */
function goShortest(value: number): string {
  if (Object.is(value, -0)) return '-0'
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (value !== 0 && (exponent < -4 || exponent >= 6)) {
    const size = Math.abs(exponent)
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`
  }
  // JavaScript itself uses exponents only below 1e-6 and from 1e21 on.
  return String(value)
}
