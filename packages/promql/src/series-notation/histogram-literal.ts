import {
  COUNTER_RESET,
  CUSTOM_SCHEMA,
  compact,
  type FloatHistogram,
  GAUGE,
  HistogramSum,
  INCOMPATIBLE,
  isReset,
  NO_BUCKETS,
  NO_SPANS,
  NOT_RESET,
  type ResetHint,
  sameNumbers,
  UNKNOWN_RESET,
  withResetHint,
} from '../native-histogram/index.ts'
import { formatShort } from '../number-text.ts'

/** A histogram as it is written; `hintSet`: it says what its hint is, which counts then where it is expected. */
export type HistogramPoint = { readonly histogram: FloatHistogram; readonly hintSet: boolean }

const HINTS: Readonly<Record<string, ResetHint>> = {
  unknown: UNKNOWN_RESET,
  reset: COUNTER_RESET,
  not_reset: NOT_RESET,
  gauge: GAUGE,
}
const HINT_NAMES = new Map(Object.entries(HINTS).map(([name, hint]) => [hint, name]))

const NUMBERS = ['schema', 'sum', 'count', 'z_bucket', 'z_bucket_w', 'offset', 'n_offset']
const LISTS = ['buckets', 'n_buckets', 'custom_values']

/**
 * What stands between `{{` and `}}`: `schema:1 sum:-0.3 count:3.1 buckets:[5.1 10 7] offset:-3`; all keys are optional.
 * Throws `Error` for what is none. Source: Prometheus, "Unit testing for rules", `<series>`.
 */
export function parseHistogramLiteral(text: string): HistogramPoint {
  const fields = new Map<string, string>()
  const rest = text.replace(/([a-z_]+):(\[[^\]]*\]|[^\s[\]]+)/g, (_, key: string, value: string) => {
    if (!NUMBERS.includes(key) && !LISTS.includes(key) && key !== 'counter_reset_hint') {
      throw new Error(`bad histogram descriptor found: "${key}"`)
    }
    if (LISTS.includes(key) !== value.startsWith('[')) throw new Error(`unexpected value "${value}" of "${key}"`)
    fields.set(key, value)
    return ''
  })
  if (rest.trim() !== '') throw new Error(`bad histogram descriptor found: "${rest.trim().split(/\s+/)[0]}"`)
  const one = (key: string) => numberOf(fields.get(key) ?? '0', key)
  const list = (key: string) => {
    const words = (fields.get(key) ?? '[]').slice(1, -1).trim()
    return words === '' ? NO_BUCKETS : Float64Array.from(words.split(/\s+/), (word) => numberOf(word, key))
  }
  const spans = (buckets: Float64Array, offset: number) =>
    buckets.length === 0 ? NO_SPANS : Int32Array.of(offset, buckets.length)
  const positiveBuckets = list('buckets')
  const negativeBuckets = list('n_buckets')
  const hint = fields.get('counter_reset_hint')
  if (hint !== undefined && HINTS[hint] === undefined) throw new Error(`bad histogram descriptor found: "${hint}"`)
  return {
    hintSet: hint !== undefined,
    histogram: {
      resetHint: hint === undefined ? UNKNOWN_RESET : HINTS[hint]!,
      schema: one('schema'),
      zeroThreshold: one('z_bucket_w'),
      zeroCount: one('z_bucket'),
      count: one('count'),
      sum: one('sum'),
      positiveSpans: spans(positiveBuckets, one('offset')),
      positiveBuckets,
      negativeSpans: spans(negativeBuckets, one('n_offset')),
      negativeBuckets,
      customValues: list('custom_values'),
    },
  }
}

/** `first`, and `times` more, each a `step` further (`+`, `-`) or the same. Throws where the two do not go together. */
export function histogramRun(
  first: HistogramPoint,
  {
    sign,
    step,
    times,
  }: { readonly sign?: string | undefined; readonly step?: HistogramPoint | undefined; readonly times: number },
): HistogramPoint[] {
  if (step === undefined) return new Array<HistogramPoint>(times + 1).fill(first)
  const points: HistogramPoint[] = [{ histogram: first.histogram, hintSet: step.hintSet }]
  for (let k = 0; k < times; k++) {
    const sum = new HistogramSum(points[k]!.histogram)
    const outcome = sign === '-' ? sum.subtract(step.histogram) : sum.add(step.histogram)
    if (outcome === INCOMPATIBLE) throw new Error('cannot combine histograms with different kinds of buckets')
    points.push({ histogram: sum.finish({ compacted: false }), hintSet: step.hintSet })
  }
  return points
}

/** A histogram as it would be written, in Prometheus's order of keys. */
export function formatHistogramLiteral(histogram: FloatHistogram): string {
  const h = compact(histogram)
  const parts: string[] = []
  const number = (key: string, value: number) => {
    if (value !== 0) parts.push(`${key}:${formatShort(value)}`)
  }
  const list = (values: Float64Array) => `[${Array.from(values, (value) => formatShort(value)).join(' ')}]`
  if (h.schema !== 0) parts.push(`schema:${h.schema}`)
  number('count', h.count)
  number('sum', h.sum)
  number('z_bucket', h.zeroCount)
  number('z_bucket_w', h.zeroThreshold)
  if (h.schema === CUSTOM_SCHEMA) parts.push(`custom_values:${list(h.customValues)}`)
  if (h.resetHint !== UNKNOWN_RESET) parts.push(`counter_reset_hint:${HINT_NAMES.get(h.resetHint)}`)
  const side = (buckets: string, offset: string, values: Float64Array, spans: Int32Array) => {
    if (spans.length > 0 && spans[0] !== 0) parts.push(`${offset}:${spans[0]}`)
    if (values.length > 0) parts.push(`${buckets}:${list(values)}`)
  }
  const positive = filled(h.positiveSpans, h.positiveBuckets)
  const negative = filled(h.negativeSpans, h.negativeBuckets)
  side('buckets', 'offset', positive.values, positive.spans)
  side('n_buckets', 'n_offset', negative.values, negative.spans)
  return `{{${parts.join(' ')}}}`
}

/** One span, with empty buckets in its gaps. */
function filled(spans: Int32Array, values: Float64Array): { spans: Int32Array; values: Float64Array } {
  if (spans.length <= 2) return { spans, values }
  const out: number[] = []
  let at = 0
  for (let i = 0; i < spans.length; i += 2) {
    if (i > 0) for (let k = 0; k < spans[i]!; k++) out.push(0)
    for (let k = 0; k < spans[i + 1]!; k++) out.push(values[at++]!)
  }
  return { spans: Int32Array.of(spans[0]!, out.length), values: Float64Array.from(out) }
}

/**
 * The histograms of a series with the hints with which Prometheus's storage gives them back: a chunk holds histograms
 * that continue each other, so all of it but the first are known to be no reset.
 */
export function asStored(samples: readonly (number | 'stale' | FloatHistogram)[]): (FloatHistogram | undefined)[] {
  let previous: FloatHistogram | undefined
  return samples.map((sample) => {
    const before = previous
    previous = typeof sample === 'object' ? sample : undefined
    return previous === undefined ? undefined : storedAfter(previous, before)
  })
}

/** A histogram as it is read back where `before` is the sample before it, if that is a histogram. */
export function storedAfter(histogram: FloatHistogram, before: FloatHistogram | undefined): FloatHistogram {
  if (histogram.resetHint === GAUGE) return histogram
  return withResetHint(histogram, before !== undefined && continues(histogram, before) ? NOT_RESET : UNKNOWN_RESET)
}

function continues(h: FloatHistogram, before: FloatHistogram): boolean {
  return (
    before.resetHint !== GAUGE &&
    h.resetHint !== COUNTER_RESET &&
    h.schema === before.schema &&
    h.zeroThreshold === before.zeroThreshold &&
    sameNumbers(h.customValues, before.customValues) &&
    !isReset(withResetHint(h, UNKNOWN_RESET), before)
  )
}

function numberOf(text: string, key: string): number {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (/^nan$/i.test(text)) return Number.NaN
  const value = Number(text)
  if (text === '' || Number.isNaN(value)) throw new Error(`unexpected value "${text}" of "${key}"`)
  return value
}
