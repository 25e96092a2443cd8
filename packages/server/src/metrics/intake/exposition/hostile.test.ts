import { formatLabels } from '@binnacle/promql'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BinnacleError } from '../../../config/index.ts'
import { createSampleBatch } from '../batch/index.ts'
import { createMemoryStore } from '../testkit/index.ts'
import { createScrapeCache, type ExpositionFormat } from './index.ts'

// Whatever a target answers: a page is read as by somebody who sees it for the first time, or refused with a place, in
// bounded time, and the next good page is read whole.

type Outcome = { readonly samples: readonly string[]; readonly exemplars: number } | { readonly refused: string }

/** A target with a memory; `read` gives what one answer came to. */
function createTarget() {
  const store = createMemoryStore()
  const out = createSampleBatch(1)
  const cache = createScrapeCache({ store, relabel: (labels) => labels })
  return {
    cache,
    read(body: Buffer, format: ExpositionFormat): Outcome {
      try {
        const { exemplars } = cache.parse(body, { format, atMs: 1000, out })
        const samples = Array.from({ length: out.length }, (_, i) => {
          const value = Object.is(out.values[i], -0) ? '-0' : String(out.values[i])
          return `${formatLabels(store.labelsOf(out.refs[i]!))} ${value} @${out.ts[i]}`
        })
        store.append(out)
        return { samples, exemplars: exemplars.length }
      } catch (error) {
        if (!(error instanceof BinnacleError)) throw error
        expect(error.code).toBe('exposition.malformed')
        expect(error.place?.line).toBeGreaterThan(0)
        expect(error.place?.column).toBeGreaterThan(0)
        const lines = body.toString('latin1').split('\n')
        expect(error.place!.line).toBeLessThanOrEqual(lines.length + 1)
        return { refused: `${error.place!.line}:${error.place!.column} ${error.message}` }
      }
    },
  }
}

const TEXT = `# HELP http_total Requests. \\\\ \\n
# TYPE http_total counter
http_total{code="200",path="/é"} 17
http_total{code="500",path="\\"x\\\\\\n"} 3 1700000000000
# TYPE h histogram
h_bucket{le="0.5"} 1
h_bucket{le="+Inf"} 2
h_sum 1.5e-3
h_count 2
# just words
{"utf8.name","l.x"="v"} NaN
plain   -0 \t
last{a="b",} +Inf
`
const OPEN_METRICS = `# HELP http Requests.
# TYPE http counter
# UNIT http_seconds seconds
http_total{code="200",path="/é"} 17.0 # {trace_id="abc",span_id="é"} 0.5 1700000000.5
http_total{code="500",path="\\"x\\\\\\n"} 3 1700000000.125
http_created{code="200"} 1.6e9
# TYPE h histogram
h_bucket{le="0.5"} 1 # {} 0.25
h_bucket{le="+Inf"} 2
h_sum 1.5e-3
h_count 2
{"utf8.name","l.x"="v"} NaN
# EOF
`
const PAGES: readonly (readonly [ExpositionFormat, string])[] = [
  ['text', TEXT],
  ['openmetrics', OPEN_METRICS],
]

describe.each(PAGES)('%s', (format, page) => {
  const whole = Buffer.from(page)
  /** Exemplars are told once; all else is the same every time. */
  const samplesOf = (outcome: Outcome) => ('samples' in outcome ? outcome.samples : outcome)
  const good = samplesOf(createTarget().read(whole, format))

  test('the page itself is good', () => {
    expect(Array.isArray(good)).toBe(true)
  })

  test('cut at every byte it is read as at first contact, and whole again right after', () => {
    const target = createTarget()
    target.read(whole, format)
    for (let end = 0; end <= whole.length; end++) {
      const cut = whole.subarray(0, end)
      expect(samplesOf(target.read(cut, format))).toEqual(samplesOf(createTarget().read(cut, format)))
      expect(samplesOf(target.read(whole, format))).toEqual(good)
    }
  })

  test('begun at every byte it is read as at first contact, and whole again right after', () => {
    const target = createTarget()
    target.read(whole, format)
    for (let start = 0; start <= whole.length; start++) {
      const rest = whole.subarray(start)
      expect(samplesOf(target.read(rest, format))).toEqual(samplesOf(createTarget().read(rest, format)))
      expect(samplesOf(target.read(whole, format))).toEqual(good)
    }
  })

  test('random bytes are refused with a place or read, and the page is read whole right after', () => {
    const alphabet = [...'# {}="\\\n\t,_:09.eE+-NaInf', 'TYPE ', 'HELP ', 'EOF', 'h_bucket', 'é', '\x00', '\xff']
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some)),
      fc.array(fc.constantFrom(...alphabet), { maxLength: 60 }).map((parts) => Buffer.from(parts.join(''), 'latin1')),
    )
    const target = createTarget()
    fc.assert(
      fc.property(bytes, (body) => {
        expect(samplesOf(target.read(body, format))).toEqual(samplesOf(createTarget().read(body, format)))
        expect(samplesOf(target.read(whole, format))).toEqual(good)
      }),
      { numRuns: 800 },
    )
  })

  test('of any run of good and damaged pages no good sample is lost, and none is made up', () => {
    const lines = page.split('\n').filter((line) => line !== '' && line !== '# EOF')
    const last = format === 'text' ? '' : '# EOF\n'
    // Lines left out, repeated and moved; sometimes with a byte changed.
    const body = fc
      .record({
        order: fc.array(fc.nat(lines.length - 1), { maxLength: 20 }),
        damage: fc.option(fc.record({ at: fc.nat(600), byte: fc.nat(255) }), { nil: undefined, freq: 3 }),
      })
      .map(({ order, damage }) => {
        const text = Buffer.from(order.map((i) => `${lines[i]}\n`).join('') + last)
        const damaged = damage !== undefined && damage.at < text.length
        if (damaged) text[damage.at] = damage.byte
        // A bound that is spelled in another way is spelled as by the TYPE that stood above it when it came first.
        return { text, respelled: damaged && text.includes('h_bucket') }
      })
    fc.assert(
      fc.property(fc.array(body, { minLength: 2, maxLength: 6 }), (bodies) => {
        const target = createTarget()
        for (const { text, respelled } of bodies) {
          const fresh = createTarget().read(text, format)
          const again = target.read(text, format)
          if (respelled) expect('samples' in again).toBe('samples' in fresh)
          else expect(samplesOf(again)).toEqual(samplesOf(fresh))
        }
      }),
      { numRuns: 600 },
    )
  })
})

test.for([
  ['labels without end', `a{${'b="c",'.repeat(50_000)}} 1\n`],
  ['labels that come backwards', `a{${Array.from({ length: 60_000 }, (_, i) => `l${99_999 - i}="x"`).join(',')}} 1\n`],
  [
    'a label twice among very many',
    `a{${Array.from({ length: 60_000 }, (_, i) => `l${i % 59_999}="x"`).join(',')}} 1\n`,
  ],
  ['an open value', `a{b="${'x'.repeat(2_000_000)}`],
  ['backslashes', `a{b="${'\\'.repeat(1_000_000)}"} 1\n`],
  ['open braces', `${'a{'.repeat(500_000)}\n`],
  ['blank lines', '\n'.repeat(2_000_000)],
  ['blanks', ' '.repeat(2_000_000)],
  ['comments', '#\n'.repeat(300_000)],
  ['a long number', `a ${'1'.repeat(2_000_000)}\n`],
  ['the same series', 'a 1\n'.repeat(300_000)],
  ['types in turn', '# TYPE a counter\n# TYPE a gauge\n'.repeat(50_000)],
  [
    'lines that share all but the end',
    Array.from({ length: 3_000 }, (_, i) => `a{b="${'x'.repeat(500)}${i}"} 1\n`).join(''),
  ],
])('%s are read or refused in time, again and again', ([, body]) => {
  const target = createTarget()
  const { user } = process.cpuUsage()
  for (const format of ['text', 'text', 'openmetrics'] as const) target.read(Buffer.from(body!), format)
  expect(process.cpuUsage().user - user).toBeLessThan(6_000_000)
})
