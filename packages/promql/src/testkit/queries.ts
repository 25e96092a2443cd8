import fc from 'fast-check'
import { describeFunctions, type ValueKind } from '../parse/index.ts'

// Random queries that type-check, from the grammar outwards: for properties of parser, formatter and evaluator.

const metric = fc.constantFrom(
  'up',
  'http_requests_total',
  'job:x:rate5m',
  '{"my.metric"}',
  'sum',
  'rate',
  'start',
  'by',
  'offset',
  'unless',
  'fill',
)
const label = fc.constantFrom('job', 'instance', 'le', 'by', 'offset', '"my.label"')
const text = fc.constantFrom('"a"', "'b'", '`c\\d`', '"x\\n\\"y\\""', '"ü\\u00e9"', '""', '"a|b"', '".+"')
const duration = fc.constantFrom('5m', '1h30m', '300', '90s', '1d', '1.5', '7ms')
const number = fc.constantFrom(
  '1',
  '0',
  '-3',
  '+2',
  '1e3',
  '.5',
  '2.',
  '0x1f',
  'Inf',
  '-inf',
  'NaN',
  '5m',
  '1_000',
  '1e-9',
  '123456789012',
)
const matcher = fc
  .tuple(label, fc.constantFrom('=', '!=', '=~', '!~'), text)
  .map(([name, op, value]) => `${name}${op}${value}`)
const selector = fc.oneof(
  metric,
  fc
    .tuple(fc.constantFrom('up', 'http_requests_total'), fc.array(matcher, { maxLength: 3 }))
    .map(([name, matchers]) => `${name}{${matchers.join(', ')}}`),
)
const modifier = fc.constantFrom(
  '',
  '',
  '',
  ' offset 5m',
  ' offset -1h',
  ' @ 1609746000',
  ' @ start()',
  ' @ end() offset 5m',
)
const grouping = fc
  .tuple(fc.constantFrom('by', 'without'), fc.array(label, { maxLength: 2 }))
  .map(([word, names]) => ` ${word} (${names.join(', ')}) `)
const matching = fc.constantFrom(
  '',
  '',
  ' on (job)',
  ' ignoring (instance)',
  ' on (job) group_left (le)',
  ' on () group_right ()',
)

/** Texts of each kind of value; all parse with every feature switched on. */
export const queries = fc.letrec<Record<ValueKind, string>>((tie) => ({
  string: text,
  scalar: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    number,
    fc.constantFrom('time()', 'pi()', '(1)'),
    tie('vector').map((inner) => `scalar(${inner})`),
    fc
      .tuple(tie('scalar'), fc.constantFrom('+', '-', '*', '/', '%', '^', 'atan2', '== bool', '< bool'), tie('scalar'))
      .map((parts) => parts.join(' ')),
    tie('scalar').map((inner) => `-(${inner})`),
    tie('scalar').map((inner) => `-${inner}`),
  ),
  vector: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(selector, modifier).map((parts) => parts.join('')),
    tie('vector').map((inner) => `(${inner})`),
    tie('vector').map((inner) => `-${inner}`),
    fc
      .tuple(fc.constantFrom('sum', 'MAX', 'count', 'stddev'), grouping, tie('vector'))
      .map(([op, by, inner]) => `${op}${by}(${inner})`),
    fc
      .tuple(fc.constantFrom('topk', 'quantile'), tie('scalar'), tie('vector'), grouping)
      .map(([op, k, inner, by]) => `${op}(${k}, ${inner})${by}`),
    fc
      .tuple(tie('vector'), fc.constantFrom('+', '-', '/', '^', '==', '> bool', '<='), matching, tie('vector'))
      .map((parts) => parts.join(' ')),
    fc.tuple(tie('vector'), fc.constantFrom('and', 'or', 'unless'), tie('vector')).map((parts) => parts.join(' ')),
    fc.tuple(tie('vector'), fc.constantFrom('*', '>', '^'), tie('scalar')).map((parts) => parts.join(' ')),
    ...describeFunctions()
      .filter(({ returns, name, args }) => returns === 'vector' && name !== 'info' && args.length > 0)
      .map(({ name, args }) =>
        fc.tuple(...args.map((kind) => tie(kind))).map((parts) => `${name}(${parts.join(', ')})`),
      ),
  ),
  matrix: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(selector, duration, modifier).map(([name, range, more]) => `${name}[${range}]${more}`),
    fc
      .tuple(tie('vector'), duration, fc.constantFrom('', '1m', '5m', '30s'), modifier)
      .map(([inner, range, step, more]) => `(${inner})[${range}:${step}]${more}`),
  ),
}))

/** Pieces of the language, whole and broken. */
export const words: readonly string[] = [...'(){}[],:=~!<>+-*/%^@"\'`# \n.'].concat(
  'a rate sum by without offset bool on ignoring group_left group_right 5m 1 0x and or unless start end step() min_of( max_of( inf nan "x" \\ \ud800 fill( == != =~ le anchored'.split(
    ' ',
  ),
)

/** Queries with up to three places at which something is cut out and a word put in. */
export const mutatedQueries = fc
  .tuple(
    fc.oneof(queries.vector, queries.scalar, queries.matrix),
    fc.array(fc.tuple(fc.nat(), fc.nat(5), fc.constantFrom('', ...words)), { minLength: 1, maxLength: 3 }),
  )
  .map(([query, changes]) => {
    let text = query
    for (const [at, cut, word] of changes) {
      const place = at % (text.length + 1)
      text = text.slice(0, place) + word + text.slice(place + cut)
    }
    return text
  })
