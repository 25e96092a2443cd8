import { parseError } from '../promql-error.ts'
import type { DurationExpr, Span } from './ast.ts'
import { numberValue } from './number.ts'
import type { TokenReader } from './token-reader.ts'

/** Longest duration of Go, in seconds. */
const LONGEST = 2 ** 63 / 1e9

type Placed = { readonly duration: DurationExpr; readonly span: Span }

type Operator = Extract<DurationExpr, { kind: 'operation' }>['op']

const PRECEDENCE: Readonly<Record<string, number>> = { '+': 1, '-': 1, '*': 2, '/': 2, '%': 2, '^': 3 }
const SIGN = 2

/** Reads lengths of time: those in brackets, and those of `offset`, where operators belong to what is around it. */
export function createDurationReader(
  reader: TokenReader,
  { allowed, maxDepth }: { readonly allowed: boolean; readonly maxDepth: number },
) {
  const { query } = reader
  let depth = 0

  const fail = (message: string, { start, end }: Span): never => {
    throw parseError(query, message, start, end)
  }
  /** Everything but a plain length is experimental. */
  const experimental = (at: Span) => {
    if (!allowed) fail('experimental duration expression is not enabled', at)
  }

  function literal(): Placed {
    const token = reader.next()
    const seconds = numberValue(query, token)
    if (!(Math.abs(seconds) <= LONGEST)) fail('duration out of range', token)
    const isDuration = token.kind === 'duration'
    return { duration: Object.freeze({ kind: 'ms', ms: seconds * 1000, isDuration }), span: token }
  }

  /** `step()`, `range()`, `min_of(a, b)`, `max_of(a, b)`. */
  function call(): Placed {
    const token = reader.next()
    reader.expect('(')
    if (token.word === 'step' || token.word === 'range') {
      const span = { start: token.start, end: reader.expect(')').end }
      experimental(span)
      return { duration: Object.freeze({ kind: token.word }), span }
    }
    if (token.word !== 'min_of' && token.word !== 'max_of') return reader.unexpected(token)
    const left = operators(0)
    reader.expect(',')
    const right = operators(0)
    const span = { start: token.start, end: reader.expect(')').end }
    experimental(span)
    const { word: op } = token
    return {
      duration: Object.freeze({ kind: 'operation', op, left: left.duration, right: right.duration }),
      span,
    }
  }

  function parenthesized(): Placed {
    const open = reader.expect('(')
    const inner = operators(0)
    const { end } = reader.expect(')')
    experimental(inner.span)
    return { duration: Object.freeze({ kind: 'paren', inner: inner.duration }), span: { start: open.start, end } }
  }

  function signed(op: string, start: number, { duration, span }: Placed): Placed {
    const whole = { start, end: span.end }
    if (op === '+') return { duration, span: whole }
    if (duration.kind === 'ms') return { duration: Object.freeze({ ...duration, ms: -duration.ms }), span: whole }
    return { duration: Object.freeze({ kind: 'negate', inner: duration }), span: whole }
  }

  const isLiteral = () => reader.peek().kind === 'number' || reader.peek().kind === 'duration'

  function operand(): Placed {
    const { kind, text, start } = reader.peek()
    if (isLiteral()) return literal()
    if (kind === 'bound') return call()
    if (kind === 'operator' && (text === '-' || text === '+')) {
      reader.next()
      return signed(text, start, operators(SIGN + 1))
    }
    if (text === '(') return parenthesized()
    return reader.unexpected()
  }

  function operators(least: number, first?: Placed): Placed {
    if (++depth > maxDepth) fail(`expression is nested deeper than ${maxDepth} levels`, reader.peek())
    let left = first ?? operand()
    for (let count = 0; ; count++) {
      const token = reader.peek()
      const precedence = token.kind === 'operator' ? (PRECEDENCE[token.text] ?? 0) : 0
      if (precedence === 0 || precedence < least) break
      if (count > maxDepth) fail(`expression is nested deeper than ${maxDepth} levels`, token)
      reader.next()
      const op = token.text as Operator
      // Prometheus reads `2 ^ 3 ^ 2` from the right here, too.
      const right = operators(op === '^' ? precedence : precedence + 1)
      experimental(left.span)
      if ((op === '/' || op === '%') && right.duration.kind === 'ms' && right.duration.ms === 0) {
        fail(op === '/' ? 'division by zero' : 'modulo by zero', token)
      }
      left = {
        duration: Object.freeze({ kind: 'operation', op, left: left.duration, right: right.duration }),
        span: { start: left.span.start, end: right.span.end },
      }
    }
    depth--
    return left
  }

  function offset(): Placed {
    const { kind, text, start } = reader.peek()
    if (isLiteral()) return literal()
    if (kind === 'bound') return call()
    if (kind !== 'operator' || (text !== '-' && text !== '+')) return operators(0)
    reader.next()
    const inner = reader.peek()
    if (isLiteral()) return signed(text, start, literal())
    if (inner.kind === 'bound') return signed(text, start, call())
    if (inner.text === '(') return signed(text, start, parenthesized())
    return operators(0, signed(text, start, operators(SIGN + 1)))
  }

  return {
    /** What stands in brackets: any expression, more than nothing where that is known. */
    positive(): DurationExpr {
      const { duration, span } = operators(0)
      const whole = inWholeMs(duration)
      if (whole.kind === 'ms' && whole.ms <= 0) fail('duration must be greater than 0', span)
      return whole
    },
    /**
     * What stands behind `offset`. `a offset 5m + 1` is `(a offset 5m) + 1`, and so with everything but what begins
     * with a parenthesis or two signs: then the operators behind it are part of it, as Prometheus reads it.
     */
    offset(): DurationExpr {
      return inWholeMs(offset().duration)
    },
  }
}

/** A plain length is a duration, however it was written. */
function inWholeMs(duration: DurationExpr): DurationExpr {
  if (duration.kind !== 'ms') return duration
  return Object.freeze({ kind: 'ms', ms: Math.round(duration.ms), isDuration: true })
}
