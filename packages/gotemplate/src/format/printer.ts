// Go's package fmt: `Sprint`, `Sprintln` and `Sprintf` over template values, with all verbs, flags, widths, precisions,
// argument indexes and error forms (`%!d(string=x)`). The text is bounded while it is made, since values share parts and
// widths can be large.

import { LimitReached } from '../template-error.ts'
import {
  ANY,
  GoComplex,
  GoFunc,
  GoInt,
  GoList,
  GoMap,
  GoPointer,
  GoStruct,
  GoText,
  GoTime,
  type GoType,
  INT64,
  sortedKeys,
  textOf,
  typeName,
  typeOf,
  UINT64,
  type Value,
} from '../values/index.ts'
import { formatFloat, shortestFloat } from './float-text.ts'
import { canBackquote, isPrintable, quoteChar, quoteText } from './quote.ts'
import { utf8Bytes } from './utf8.ts'

/** Values nested deeper are refused. */
const MAX_VALUE_DEPTH = 200
const MAX_WIDTH = 1_000_000

type Flags = {
  width: number | undefined
  precision: number | undefined
  minus: boolean
  plus: boolean
  sharp: boolean
  space: boolean
  zero: boolean
  plusV: boolean
  sharpV: boolean
}

const noFlags = (): Flags => ({
  width: undefined,
  precision: undefined,
  minus: false,
  plus: false,
  sharp: false,
  space: false,
  zero: false,
  plusV: false,
  sharpV: false,
})

class Printer {
  out = ''
  flags = noFlags()
  /** Inside `%!verb(...)` methods are not asked, so that a failing one cannot recurse. */
  erroring = false
  readonly maxText: number

  constructor(maxText: number) {
    this.maxText = maxText
  }

  write(text: string): undefined {
    this.out += text
    if (this.out.length > this.maxText) tooLong(this.maxText)
  }

  pad(text: string, zeros = this.flags.zero): undefined {
    const { width, minus } = this.flags
    if (width === undefined || width === 0) return this.write(text)
    const missing = width - [...text].length
    if (missing <= 0) return this.write(text)
    if (this.out.length + missing > this.maxText) tooLong(this.maxText)
    if (minus) this.write(text + ' '.repeat(missing))
    else this.write((zeros ? '0' : ' ').repeat(missing) + text)
  }

  badVerb(verb: string, value: Value): undefined {
    this.erroring = true
    this.write(`%!${verb}(`)
    if (value === undefined) this.write('<nil>')
    else {
      this.write(`${typeName(value)}=`)
      this.value(value, 'v', 0)
    }
    this.write(')')
    this.erroring = false
  }

  /** One argument of a printing function. */
  arg(value: Value, verb: string): undefined {
    if (value === undefined) {
      if (verb === 'T' || verb === 'v') this.pad('<nil>')
      else this.badVerb(verb, value)
      return
    }
    if (verb === 'T') return this.string(typeName(value), 's', value)
    if (verb === 'p') {
      const pointed = value instanceof GoList || value instanceof GoMap || value instanceof GoPointer
      return pointed ? this.write('0xc000000000') : this.badVerb(verb, value)
    }
    this.value(value, verb, 0)
  }

  value(value: Value, verb: string, depth: number): undefined {
    switch (typeof value) {
      case 'string':
        return this.string(value, verb, value)
      case 'number':
        return this.float(value, verb)
      case 'bigint':
        return this.int(value, true, verb, value)
      case 'boolean':
        return verb === 't' || verb === 'v' ? this.pad(String(value)) : this.badVerb(verb, value)
      case 'undefined':
        return verb === 'v' ? this.write('<nil>') : this.badVerb(verb, value)
    }
    if (depth > MAX_VALUE_DEPTH)
      throw new LimitReached('maxDepth', `value nested deeper than ${MAX_VALUE_DEPTH} (limit maxDepth)`)
    if (!this.erroring && this.method(value, verb)) return
    if (value instanceof GoInt) return this.int(value.value, value.type.kind === 'int', verb, value)
    if (value instanceof GoText) return this.string(value.text, verb, value)
    if (value instanceof GoComplex) return this.complex(value, verb)
    if (value instanceof GoList) return this.list(value, verb, depth)
    if (value instanceof GoMap) return this.map(value, verb, depth)
    if (value instanceof GoStruct) return this.struct(value, verb, depth)
    if (value instanceof GoTime) return this.time(value, verb)
    if (value instanceof GoPointer) return this.pointer(value, verb, depth)
    if (value instanceof GoFunc) return this.write(`(${value.type.name})(0x1)`)
  }

  /** `String()` and `GoString()`. */
  method(value: Value, verb: string): boolean {
    if (verb === 'w') {
      this.badVerb(verb, value)
      return true
    }
    const type = methodType(value)
    const target = value instanceof GoPointer ? value.target : value
    if (this.flags.sharpV) {
      if (type?.toSource === undefined) return false
      this.pad(this.truncate(type.toSource(target)), false)
      return true
    }
    if (type?.toText === undefined || !'vsxXq'.includes(verb)) return false
    this.string(type.toText(target), verb, value)
    return true
  }

  truncate(text: string): string {
    const { precision } = this.flags
    if (precision === undefined || text.length <= precision) return text
    return [...text].slice(0, precision).join('')
  }

  string(text: string, verb: string, value: Value): undefined {
    switch (verb) {
      case 'v':
        if (this.flags.sharpV) return this.quoted(text)
        return this.pad(this.truncate(text))
      case 's':
        return this.pad(this.truncate(text))
      case 'q':
        return this.quoted(text)
      case 'x':
      case 'X':
        return this.hexBytes(text, verb)
      default:
        return this.badVerb(verb, value)
    }
  }

  quoted(text: string): undefined {
    const cut = this.truncate(text)
    const raw = this.flags.sharp && canBackquote(cut)
    this.pad(raw ? `\`${cut}\`` : quoteText(cut, this.flags.plus))
  }

  hexBytes(text: string, verb: string): undefined {
    const { precision, space, sharp } = this.flags
    const bytes = utf8Bytes(text)
    const prefix = sharp ? `0${verb}` : ''
    const hex = (precision === undefined ? bytes : bytes.slice(0, precision)).map((byte) => {
      const pair = byte.toString(16).padStart(2, '0')
      return verb === 'X' ? pair.toUpperCase() : pair
    })
    if (hex.length === 0) return this.pad('')
    this.pad(space ? hex.map((pair) => prefix + pair).join(' ') : prefix + hex.join(''))
  }

  int(value: bigint, signed: boolean, verb: string, whole: Value): undefined {
    switch (verb) {
      case 'v':
        if (this.flags.sharpV && !signed) {
          const { sharp } = this.flags
          this.flags.sharp = true
          this.integer(value, 16, verb, false)
          this.flags.sharp = sharp
          return
        }
        return this.integer(value, 10, verb, signed)
      case 'd':
        return this.integer(value, 10, verb, signed)
      case 'b':
        return this.integer(value, 2, verb, signed)
      case 'o':
      case 'O':
        return this.integer(value, 8, verb, signed)
      case 'x':
      case 'X':
        return this.integer(value, 16, verb, signed)
      case 'c':
        return this.pad(charOf(value))
      case 'q': {
        return this.pad(quoteChar(value > 0x10ffffn ? 0xfffd : Number(BigInt.asUintN(64, value)), this.flags.plus))
      }
      case 'U':
        return this.unicode(BigInt.asUintN(64, value))
      default:
        return this.badVerb(verb, whole)
    }
  }

  integer(value: bigint, base: number, verb: string, signed: boolean): undefined {
    const { precision, width, plus, space, sharp, zero, minus } = this.flags
    const negative = signed && value < 0n
    if (precision === 0 && value === 0n) return this.pad('', false)
    let digits = (negative ? -value : value).toString(base)
    if (verb === 'X') digits = digits.toUpperCase()
    const sign = negative ? '-' : plus ? '+' : space ? ' ' : ''
    let least = precision ?? 0
    if (precision === undefined && zero && !minus && width !== undefined) least = width - sign.length
    digits = digits.padStart(Math.min(least, 10 * MAX_WIDTH), '0')
    if (sharp) {
      if (base === 2) digits = `0b${digits}`
      else if (base === 8 && digits[0] !== '0') digits = `0${digits}`
      else if (base === 16) digits = `${verb === 'X' ? '0X' : '0x'}${digits}`
    }
    if (verb === 'O') digits = `0o${digits}`
    this.pad(sign + digits, false)
  }

  unicode(value: bigint): undefined {
    const digits = value
      .toString(16)
      .toUpperCase()
      .padStart(Math.max(4, this.flags.precision ?? 0), '0')
    const char = this.flags.sharp && value <= 0x10ffffn ? charOf(value) : ''
    this.pad(`U+${digits}${char !== '' && isPrintable(char) ? ` '${char}'` : ''}`, false)
  }

  float(value: number, verb: string): undefined {
    switch (verb) {
      case 'v':
        return this.floatAs(value, 'g', -1)
      case 'b':
      case 'g':
      case 'G':
      case 'x':
      case 'X':
        return this.floatAs(value, verb, -1)
      case 'f':
      case 'e':
      case 'E':
        return this.floatAs(value, verb, 6)
      case 'F':
        return this.floatAs(value, 'f', 6)
      default:
        return this.badVerb(verb, value)
    }
  }

  floatAs(value: number, verb: string, standard: number): undefined {
    const flags = this.flags
    const precision = flags.precision ?? standard
    let text = formatFloat(value, verb, verb === 'b' ? -1 : precision)
    let sign = '+'
    if (text[0] === '-' || text[0] === '+') {
      sign = text[0]
      text = text.slice(1)
    }
    if (flags.space && sign === '+' && !flags.plus) sign = ' '
    if (!Number.isFinite(value)) {
      const shown = Number.isNaN(value) ? flags.space || flags.plus : flags.plus || sign !== '+'
      // Go shows the sign of +Inf always.
      return this.pad((Number.isNaN(value) ? shown : true) ? sign + text : text, false)
    }
    if (flags.sharp && verb !== 'b') text = withPoint(text, verb, precision)
    if (!flags.plus && sign === '+') return this.pad(text)
    if (flags.zero && !flags.minus && flags.width !== undefined && flags.width > text.length + 1) {
      this.write(sign)
      this.write(text.padStart(flags.width - 1, '0'))
      return
    }
    this.pad(sign + text)
  }

  complex(value: GoComplex, verb: string): undefined {
    if (!'vbgGxXfFeE'.includes(verb)) return this.badVerb(verb, value)
    const { plus } = this.flags
    this.write('(')
    this.float(value.re, verb)
    this.flags.plus = true
    this.float(value.im, verb)
    this.write('i)')
    this.flags.plus = plus
  }

  list(value: GoList, verb: string, depth: number): undefined {
    const { sharpV } = this.flags
    this.write(sharpV ? `${value.type.name}{` : '[')
    value.items.forEach((item, at) => {
      if (at > 0) this.write(sharpV ? ', ' : ' ')
      this.inside(item, value.type.elem, verb, depth)
    })
    this.write(sharpV ? '}' : ']')
  }

  map(value: GoMap, verb: string, depth: number): undefined {
    const { sharpV } = this.flags
    this.write(sharpV ? `${value.type.name}{` : 'map[')
    sortedKeys(value).forEach((key, at) => {
      if (at > 0) this.write(sharpV ? ', ' : ' ')
      this.string(key, verb, key)
      this.write(':')
      this.inside(value.entries.get(key), value.type.elem, verb, depth)
    })
    this.write(sharpV ? '}' : ']')
  }

  struct(value: GoStruct, verb: string, depth: number): undefined {
    const { sharpV, plusV } = this.flags
    this.write(sharpV ? `${value.type.name}{` : '{')
    value.values.forEach((item, at) => {
      if (at > 0) this.write(sharpV ? ', ' : ' ')
      const field = value.type.fields![at]!
      if (sharpV || plusV) this.write(`${field.name}:`)
      this.inside(item, field.type, verb, depth)
    })
    this.write('}')
  }

  inside(value: Value, declared: GoType | undefined, verb: string, depth: number): undefined {
    if (value === undefined && declared === ANY) return this.write(this.flags.sharpV ? 'interface {}(nil)' : '<nil>')
    this.value(value, verb, depth + 1)
  }

  /** The fields that Go keeps a time in, which show where its text is not asked for. */
  time(value: GoTime, verb: string): undefined {
    this.write('{')
    this.value(new GoInt(UINT64, BigInt(value.nanos)), verb, 1)
    this.write(' ')
    this.value(new GoInt(INT64, BigInt(value.seconds) + 62_135_596_800n), verb, 1)
    this.write(' ')
    if (verb === 'v') this.pad('<nil>')
    else if ('bodxX'.includes(verb)) this.int(0n, false, verb, undefined)
    else {
      this.write(`%!${verb}(*time.Location=`)
      this.pad('<nil>')
      this.write(')')
    }
    this.write('}')
  }

  pointer(value: GoPointer, verb: string, depth: number): undefined {
    const { target } = value
    if (depth === 0 && (target instanceof GoList || target instanceof GoMap || target instanceof GoStruct)) {
      this.write('&')
      return this.value(target, verb, depth + 1)
    }
    // Go prints an address, which nobody can rely on.
    this.write(this.flags.sharpV ? `(${value.type.name})(0xc000000000)` : '0xc000000000')
  }
}

function tooLong(maxText: number): never {
  throw new LimitReached('maxOutputBytes', `text longer than ${maxText} characters (limit maxOutputBytes)`)
}

/** The type whose methods Go would find: a pointer has those of what it points to. */
function methodType(value: Value): GoType | undefined {
  const type = typeOf(value)
  return type?.kind === 'ptr' ? type.elem : type
}

function charOf(value: bigint): string {
  const valid = value >= 0n && value <= 0x10ffffn && (value < 0xd800n || value >= 0xe000n)
  return String.fromCodePoint(valid ? Number(value) : 0xfffd)
}

/** `%#g` and its kin: a decimal point always, and for g the digits that precision asks for. */
function withPoint(text: string, verb: string, precision: number): string {
  if (verb === 'x' || verb === 'X') {
    const at = text.search(/[pP]/)
    const [whole, fraction = ''] = text.slice(0, at).split('.') as [string, string?]
    return `${whole}.${verb === 'x' && precision < 0 ? fraction.padEnd(4, '0') : fraction}${text.slice(at)}`
  }
  const at = text.search(/[eE]/)
  const tail = at < 0 ? '' : text.slice(at)
  let body = at < 0 ? text : text.slice(0, at)
  const wanted = verb === 'g' || verb === 'G' ? (precision < 0 ? 6 : precision) : 0
  const digits = body.replace('.', '').replace(/^0+/, '').length
  if (!body.includes('.')) body += '.'
  if (digits < wanted) body += '0'.repeat(wanted - Math.max(digits, body.startsWith('0.') && digits === 0 ? 1 : 0))
  return body + tail
}

/** `fmt.Sprint`: values in their default forms, with a space between two of which neither is a string. */
export function sprint(values: readonly Value[], maxText: number): string {
  const printer = new Printer(maxText)
  let afterString = false
  values.forEach((value, at) => {
    const isString = textOf(value) !== undefined
    if (at > 0 && !isString && !afterString) printer.write(' ')
    printer.arg(value, 'v')
    afterString = isString
  })
  return printer.out
}

/** `fmt.Sprintln`: with spaces between all of them and a line feed at the end. */
export function sprintln(values: readonly Value[], maxText: number): string {
  const printer = new Printer(maxText)
  values.forEach((value, at) => {
    if (at > 0) printer.write(' ')
    printer.arg(value, 'v')
  })
  printer.write('\n')
  return printer.out
}

/** One value as an action prints it. */
export function printedValue(value: Value, maxText: number): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
      return shortestFloat(value)
    case 'undefined':
      return '<no value>'
    case 'bigint':
    case 'boolean':
      return String(value)
  }
  if (value instanceof GoText) return value.text
  const target = value instanceof GoPointer && value.type.elem?.toText === undefined ? value.target : value
  const printer = new Printer(maxText)
  printer.arg(target, 'v')
  return printer.out
}

/** `fmt.Sprintf`. */
export function sprintf(format: string, args: readonly Value[], maxText: number): string {
  const printer = new Printer(maxText)
  let at = 0
  let argNumber = 0
  let reordered = false
  let goodIndex = true
  let afterIndex = false

  /** `[3]`: the argument to take next. */
  function argIndex(): undefined {
    afterIndex = false
    if (format[at] !== '[') return
    reordered = true
    const close = format.indexOf(']', at)
    if (close < 0) {
      goodIndex = false
      at++
      return
    }
    const text = format.slice(at + 1, close)
    const number = /^\d+$/.test(text) && Number(text.slice(0, -1)) <= MAX_WIDTH ? Number(text) : -1
    at = close + 1
    if (number >= 1 && number <= args.length) {
      argNumber = number - 1
      afterIndex = true
      return
    }
    goodIndex = false
    afterIndex = number >= 0
  }
  function readNumber(): number | undefined {
    const from = at
    while (format[at]! >= '0' && format[at]! <= '9') at++
    if (at === from) return undefined
    const digits = format.slice(from, at)
    // Go looks at the size before each digit but not after the last, and then gives up on the whole format.
    if (Number(digits.slice(0, -1)) <= MAX_WIDTH) return Number(digits)
    at = format.length
    return undefined
  }
  function intArg(): number | undefined {
    if (argNumber >= args.length) return undefined
    const value = args[argNumber++]
    const whole = typeof value === 'bigint' ? value : value instanceof GoInt ? value.value : undefined
    return whole === undefined || whole > BigInt(MAX_WIDTH) || whole < BigInt(-MAX_WIDTH) ? undefined : Number(whole)
  }

  while (at < format.length) {
    goodIndex = true
    const percent = format.indexOf('%', at)
    if (percent !== at) printer.write(percent < 0 ? format.slice(at) : format.slice(at, percent))
    if (percent < 0) break
    at = percent + 1
    const flags = noFlags()
    printer.flags = flags
    flagLoop: for (; at < format.length; at++) {
      switch (format[at]) {
        case '#':
          flags.sharp = true
          break
        case '0':
          flags.zero = true
          break
        case '+':
          flags.plus = true
          break
        case '-':
          flags.minus = true
          break
        case ' ':
          flags.space = true
          break
        default:
          break flagLoop
      }
    }
    argIndex()
    if (format[at] === '*') {
      at++
      let width = intArg()
      if (width === undefined) printer.write('%!(BADWIDTH)')
      else if (width < 0) {
        width = -width
        flags.minus = true
        flags.zero = false
      }
      flags.width = width
      afterIndex = false
    } else {
      flags.width = readNumber()
      if (afterIndex && flags.width !== undefined) goodIndex = false
    }
    if (format[at] === '.' && at + 1 <= format.length) {
      at++
      if (afterIndex) goodIndex = false
      argIndex()
      if (format[at] === '*') {
        at++
        const precision = intArg()
        flags.precision = precision === undefined || precision < 0 ? undefined : precision
        if (flags.precision === undefined) printer.write('%!(BADPREC)')
        afterIndex = false
      } else flags.precision = readNumber() ?? 0
    }
    if (!afterIndex) argIndex()
    if (at >= format.length) {
      printer.write('%!(NOVERB)')
      break
    }
    const verb = String.fromCodePoint(format.codePointAt(at)!)
    at += verb.length
    if (verb === '%') printer.write('%')
    else if (!goodIndex) printer.write(`%!${verb}(BADINDEX)`)
    else if (argNumber >= args.length) printer.write(`%!${verb}(MISSING)`)
    else {
      if (verb === 'v' || verb === 'w') {
        flags.sharpV = flags.sharp
        flags.sharp = false
        flags.plusV = flags.plus
        flags.plus = false
      }
      printer.arg(args[argNumber++], verb)
    }
  }
  if (!reordered && argNumber < args.length) {
    printer.flags = noFlags()
    printer.write('%!(EXTRA ')
    args.slice(argNumber).forEach((value, k) => {
      if (k > 0) printer.write(', ')
      if (value === undefined) printer.write('<nil>')
      else {
        printer.write(`${typeName(value)}=`)
        printer.arg(value, 'v')
      }
    })
    printer.write(')')
  }
  return printer.out
}
