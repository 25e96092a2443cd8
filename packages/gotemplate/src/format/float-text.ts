// float64 to text as Go's `strconv.FormatFloat` does it.

/** Shortest text that reads back as the same number, as `%v` has it: with an exponent below 1e-4 and from 1e6 on. */
export function shortestFloat(value: number): string {
  if (Number.isInteger(value) && value < 1e6 && value > -1e6) return Object.is(value, -0) ? '-0' : String(value)
  return formatFloat(value, 'g', -1)
}

/** `verb` e, E, f, g, G, b, x or X; `precision` -1 is the shortest that reads back as the same number. */
export function formatFloat(value: number, verb: string, precision: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const size = Math.abs(value)
  switch (verb) {
    case 'e':
    case 'E':
      return sign + exponentForm(decimalOf(size, precision < 0 ? undefined : precision + 1), verb, precision)
    case 'f':
      return sign + (precision < 0 ? fixedShortest(size) : fixedExact(size, precision))
    case 'g':
    case 'G': {
      const digits = precision === 0 ? 1 : precision
      const decimal = decimalOf(size, digits < 0 ? undefined : digits)
      const count = decimal.digits.length
      let limit = digits
      if (limit > count && count >= decimal.exponent + 1) limit = count
      if (digits < 0) limit = 6
      if (decimal.exponent < -4 || decimal.exponent >= limit) {
        return sign + exponentForm(decimal, verb === 'g' ? 'e' : 'E', count - 1)
      }
      return sign + fixedOf(decimal)
    }
    case 'b': {
      const { mantissa, exponent } = binaryOf(size)
      return `${sign}${mantissa}p${exponent >= 0 ? '+' : ''}${exponent}`
    }
    default:
      return sign + hexForm(size, verb, precision)
  }
}

/** Digits without trailing zeros (`0` alone for zero), the first at 10^exponent. */
type Decimal = { readonly digits: string; readonly exponent: number }

function decimalOf(size: number, digits: number | undefined): Decimal {
  if (size === 0) return { digits: '0', exponent: 0 }
  let text = size.toExponential()
  if (digits !== undefined) {
    // `toExponential` is exact but rounds halves up, Go to even. A half has one digit more than asked for.
    if (digits > 15 || size < 1e-300) return roundedDecimal(size, digits)
    const count = text.indexOf('e') - (text[1] === '.' ? 1 : 0)
    if (count === digits + 1 && text[text.indexOf('e') - 1] === '5') return roundedDecimal(size, digits)
    if (count > digits) text = size.toExponential(digits - 1)
  }
  const at = text.indexOf('e')
  const mantissa = text.slice(0, at).replace('.', '').replace(/0+$/, '')
  return { digits: mantissa === '' ? '0' : mantissa, exponent: Number(text.slice(at + 1)) }
}

/** The exact value, rounded half to even to so many digits. */
function roundedDecimal(size: number, count: number): Decimal {
  const { digits, exponent } = exactDecimal(size)
  if (digits.length <= count) return { digits, exponent }
  const kept = BigInt(digits.slice(0, count))
  const text = String(roundsUp(digits.slice(count), kept) ? kept + 1n : kept)
  return { digits: text.replace(/0+$/, ''), exponent: exponent + text.length - count }
}

/** Whether the digits cut off make the number that is kept one larger. */
function roundsUp(rest: string, kept: bigint): boolean {
  return rest[0]! > '5' || (rest[0] === '5' && (/[1-9]/.test(rest.slice(1)) || kept % 2n === 1n))
}

/** All digits of a float64: at most 767 of them. */
function exactDecimal(size: number): Decimal {
  const { whole, fraction } = exactParts(size)
  const all = whole + fraction
  const first = all.search(/[1-9]/)
  return { digits: all.slice(first).replace(/0+$/, ''), exponent: whole.length - 1 - first }
}

function exactParts(size: number): { whole: string; fraction: string } {
  const { mantissa, exponent } = binaryOf(size)
  if (exponent >= 0) return { whole: String(mantissa << BigInt(exponent)), fraction: '' }
  const places = -exponent
  const scaled = String(mantissa * 5n ** BigInt(places)).padStart(places + 1, '0')
  return { whole: scaled.slice(0, -places), fraction: scaled.slice(-places) }
}

/** value = mantissa * 2^exponent, with 53 bits for all but subnormal numbers. */
function binaryOf(size: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, size)
  const bits = view.getBigUint64(0)
  const field = Number((bits >> 52n) & 0x7ffn)
  const low = bits & ((1n << 52n) - 1n)
  return field === 0 ? { mantissa: low, exponent: -1074 } : { mantissa: low | (1n << 52n), exponent: field - 1075 }
}

function exponentForm({ digits, exponent }: Decimal, verb: string, precision: number): string {
  const rest = digits.slice(1)
  const fraction = precision < 0 ? rest : rest.padEnd(precision, '0')
  const power = String(Math.abs(exponent)).padStart(2, '0')
  return `${digits[0]}${fraction === '' ? '' : `.${fraction}`}${verb}${exponent < 0 ? '-' : '+'}${power}`
}

function fixedOf({ digits, exponent }: Decimal): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`
  if (exponent + 1 >= digits.length) return digits.padEnd(exponent + 1, '0')
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`
}

function fixedShortest(size: number): string {
  return fixedOf(decimalOf(size, undefined))
}

function fixedExact(size: number, precision: number): string {
  if (precision <= 15 && size < 1e21) {
    // As above: halves need a second look.
    const shortest = String(size)
    const point = shortest.indexOf('.')
    const half = point >= 0 && shortest.length - point - 1 === precision + 1 && shortest.endsWith('5')
    if (!half && !shortest.includes('e')) return size.toFixed(precision)
  }
  const { whole, fraction } = exactParts(size)
  if (fraction.length <= precision) return precision === 0 ? whole : `${whole}.${fraction.padEnd(precision, '0')}`
  const kept = BigInt(whole + fraction.slice(0, precision))
  const text = String(roundsUp(fraction.slice(precision), kept) ? kept + 1n : kept).padStart(precision + 1, '0')
  return precision === 0 ? text : `${text.slice(0, -precision)}.${text.slice(-precision)}`
}

/** `0x1.8p+01`. */
function hexForm(size: number, verb: string, precision: number): string {
  let { mantissa, exponent } = binaryOf(size)
  if (mantissa === 0n) exponent = 0
  else {
    while (mantissa < 1n << 52n) {
      mantissa <<= 1n
      exponent--
    }
    exponent += 52
  }
  if (precision >= 0 && precision < 13) {
    const cut = BigInt(4 * (13 - precision))
    const rest = mantissa & ((1n << cut) - 1n)
    const half = 1n << (cut - 1n)
    let kept = mantissa >> cut
    if (rest > half || (rest === half && kept % 2n === 1n)) kept++
    mantissa = kept << cut
    if (mantissa >= 1n << 53n) {
      mantissa >>= 1n
      exponent++
    }
  }
  let fraction = (mantissa & ((1n << 52n) - 1n)).toString(16).padStart(13, '0')
  fraction =
    precision < 0 ? fraction.replace(/0+$/, '') : fraction.padEnd(precision, '0').slice(0, Math.max(precision, 0))
  const power = String(Math.abs(exponent)).padStart(2, '0')
  const text = `0x${mantissa === 0n ? 0 : 1}${fraction === '' ? '' : `.${fraction}`}p${exponent < 0 ? '-' : '+'}${power}`
  return verb === 'X' ? text.toUpperCase() : text
}
