import { readFileSync } from 'node:fs'
import { formatLabels, type Labels, labelsOf } from '@binnacle/promql'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BinnacleError } from '../../../config/index.ts'
import { createSampleBatch } from '../batch/index.ts'
import { createMemoryStore, type MemoryStoreOptions } from '../testkit/index.ts'
import { createScrapeCache, type ExpositionFormat, type ScrapeCacheOptions } from './index.ts'

type TargetOptions = ScrapeCacheOptions & {
  readonly store?: MemoryStoreOptions
  readonly relabel?: (labels: Labels) => Labels | undefined
}

/** A target whose answers are read and appended as the scrape loop does it. */
function createTarget({ store: storeOptions, relabel, ...options }: TargetOptions = {}) {
  const store = createMemoryStore(storeOptions)
  const out = createSampleBatch(1)
  const cache = createScrapeCache({ store, relabel: relabel ?? ((labels) => labels) }, options)
  const names = (refs: Uint32Array) => Array.from(refs, (ref) => formatLabels(store.labelsOf(ref))).sort()
  return {
    store,
    cache,
    scrape(text: string | Buffer, atMs = 1000, format: ExpositionFormat = 'text') {
      const result = cache.parse(Buffer.from(text), { format, atMs, out })
      const samples = Array.from({ length: out.length }, (_, i) => ({
        series: formatLabels(store.labelsOf(out.refs[i]!)),
        ts: out.ts[i]!,
        value: out.values[i]!,
      }))
      store.append(out)
      return { ...result, gone: names(result.gone), samples }
    },
    allGone: () => names(cache.allGone()),
  }
}

function errorOf(run: () => unknown): BinnacleError {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(BinnacleError)
    return error as BinnacleError
  }
  throw new Error('nothing was thrown')
}

const series = (text: string, format: ExpositionFormat = 'text') =>
  createTarget()
    .scrape(text, 1000, format)
    .samples.map((s) => `${s.series} ${Object.is(s.value, -0) ? '-0' : s.value} @${s.ts}`)

describe('text format 0.0.4', () => {
  test.for([
    ['a name alone', 'up 1\n', ['up 1 @1000']],
    ['a colon in the name', 'job:up:sum 1\n', ['job:up:sum 1 @1000']],
    ['labels, sorted', 'a{z="1",b="2"} 3\n', ['a{b="2", z="1"} 3 @1000']],
    ['empty braces', 'a{} 3\n', ['a 3 @1000']],
    ['a trailing comma', 'a{b="2",} 3\n', ['a{b="2"} 3 @1000']],
    ['blanks and tabs everywhere', ' \ta { b = "2" , c="3" }\t3 \t 17 \n', ['a{b="2", c="3"} 3 @17']],
    ['labels without a comma between', 'a{b="2" c="3"} 3\n', ['a{b="2", c="3"} 3 @1000']],
    ['no blank before the value', 'a{b="2"}3\n', ['a{b="2"} 3 @1000']],
    ['no newline at the end', 'a 1\nb 2', ['a 1 @1000', 'b 2 @1000']],
    ['blank lines', '\n\na 1\n  \n\nb 2\n\n', ['a 1 @1000', 'b 2 @1000']],
    ['an empty answer', '', []],
    ['escapes', 'a{b="x\\"y\\\\z\\nn\\d"} 1\n', ['a{b="x\\"y\\\\z\\nn\\\\d"} 1 @1000']],
    ['braces and hashes in a value', 'a{b="} # {"} 1\n', ['a{b="} # {"} 1 @1000']],
    ['an empty value is no label', 'a{b="",c="x"} 1\n', ['a{c="x"} 1 @1000']],
    ['UTF-8 in a value', 'a{b="zürich 東京"} 1\n', ['a{b="zürich 東京"} 1 @1000']],
    ['a quoted metric name', '{"my.metric",l="v"} 1\n', ['{"my.metric", l="v"} 1 @1000']],
    ['a quoted label name', '{"my.metric","la bel"="v"} 1\n', ['{"my.metric", "la bel"="v"} 1 @1000']],
    ['a quoted name alone', '{"my.metric"} 1\n', ['{"my.metric"} 1 @1000']],
    ['a quoted name at the end', '{l="v","my.metric"} 1\n', ['{"my.metric", l="v"} 1 @1000']],
    ['comments', '# just words\n#!\n#\n# HELPer x\na 1\n', ['a 1 @1000']],
    ['a negative timestamp', 'a 1 -5\n', ['a 1 @-5']],
    ['a label value over two lines', 'a{b="x\ny"} 1\n', ['a{b="x\\ny"} 1 @1000']],
  ] as const)('takes %s', ([, text, expected]) => {
    expect(series(text)).toEqual(expected)
  })

  test.for([
    ['0', 0],
    ['-0', -0],
    ['+1', 1],
    ['1.', 1],
    ['.5', 0.5],
    ['-.5e1', -5],
    ['1e22', 1e22],
    ['1E-22', 1e-22],
    ['1e+23', 1e23],
    ['123456789012345', 123456789012345],
    ['12345678901234567890', 12345678901234567000],
    ['0.12345678901234567', Number('0.12345678901234567')],
    ['0000000000000000000001.5', 1.5],
    ['5e-324', 5e-324],
    ['1e-400', 0],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['NaN', Number.NaN],
    ['nan', Number.NaN],
    ['Inf', Number.POSITIVE_INFINITY],
    ['+Inf', Number.POSITIVE_INFINITY],
    ['-inf', Number.NEGATIVE_INFINITY],
    ['Infinity', Number.POSITIVE_INFINITY],
  ] as const)('reads the value %s, at first contact and again', ([text, value]) => {
    const target = createTarget()
    for (let i = 0; i < 2; i++) expect(target.scrape(`a ${text}\n`).samples[0]!.value).toBe(value)
  })

  test('reads every number as JavaScript does', () => {
    const target = createTarget()
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc
        .tuple(fc.stringMatching(/^-?[0-9]{1,17}(\.[0-9]{0,17})?$/), fc.integer({ min: -30, max: 30 }))
        .map(([mantissa, exponent]) => `${mantissa}e${exponent}`),
      fc.stringMatching(/^[0-9]{1,16}\.[0-9]{1,10}$/),
    )
    fc.assert(
      fc.property(number, (text) => {
        expect(target.scrape(`a{b="c"} ${text}\n`).samples[0]!.value).toBe(Number(text))
      }),
      { numRuns: 2000 },
    )
  })

  test('bucket bounds and quantiles are stored in one spelling, under their own type only', () => {
    const text = `# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="1e3"} 1\nh_bucket{le="1000000"} 1\nh_bucket{le="+Inf"} 1
h_bucket{le="0.005"} 1\nh_bucket{le="0.00001"} 1\n# TYPE s summary\ns{quantile="1"} 1\ns{le="1"} 2\n# TYPE g gauge\ng{le="1"} 1\n`
    expect(
      createTarget()
        .scrape(text)
        .samples.map((s) => s.series),
    ).toEqual([
      'h_bucket{le="1.0"}',
      'h_bucket{le="1000.0"}',
      'h_bucket{le="1e+06"}',
      'h_bucket{le="+Inf"}',
      'h_bucket{le="0.005"}',
      'h_bucket{le="1e-05"}',
      's{quantile="1.0"}',
      's{le="1"}',
      'g{le="1"}',
    ])
  })

  test.for([
    ['no value', 'a 1\nb\n', 2, 2],
    ['a word for a value', 'a 1\nb{c="d"} x\n', 2, 10],
    ['hexadecimal', 'a 0x10\n', 1, 3],
    ['underscores', 'a 1_0\n', 1, 3],
    ['an overflowing value', 'a 1e999\n', 1, 3],
    ['a signed NaN', 'a -NaN\n', 1, 3],
    ['a timestamp with a fraction', 'a 1 1.5\n', 1, 5],
    ['more after the timestamp', 'a 1 15 x\n', 1, 8],
    ['a name that begins with a digit', 'a 1\n9b 1\n', 2, 1],
    ['an unclosed brace', 'a{b="c" 1\n', 1, 9],
    ['an unclosed quote', 'a{b="c} 1\n', 1, 5],
    ['a label without a value', 'a{b} 1\n', 1, 4],
    ['a label value without quotes', 'a{b=c} 1\n', 1, 5],
    ['a label twice', 'a{b="1",b="2"} 1\n', 1, 9],
    ['no metric name', '{b="1"} 1\n', 1, 1],
    ['two metric names', 'a{"b"} 1\n', 1, 3],
    ['an empty metric name', '{""} 1\n', 1, 3],
    ['a column in characters', 'a{b="zürich"} x\n', 1, 15],
    ['an unknown type', '# TYPE a thing\n', 1, 10],
    ['a type of OpenMetrics', '# TYPE a info\n', 1, 10],
    ['an exemplar', 'a 1 # {b="c"} 1\n', 1, 5],
    ['carriage returns', 'a 1\r\nb 1\r\n', 1, 3],
    ['HTML', '<html>\n', 1, 1],
  ] as const)('refuses %s and says where', ([, text, line, column]) => {
    const target = createTarget()
    const error = errorOf(() => target.scrape(text))
    expect(error.code).toBe('exposition.malformed')
    expect(error.place).toEqual({ line, column })
  })

  test('refuses text that is not UTF-8', () => {
    const latin1 = Buffer.from('a{b="z\xfcrich"} 1\n', 'latin1')
    expect(errorOf(() => createTarget().scrape(latin1)).place).toEqual({ line: 1, column: 6 })
    const help = Buffer.from('# HELP a z\xfcrich\na 1\n', 'latin1')
    expect(errorOf(() => createTarget().scrape(help)).code).toBe('exposition.malformed')
  })
})

describe('OpenMetrics 1.0', () => {
  const read = (text: string) => series(text, 'openmetrics')

  test('takes counters, created series, units, float timestamps and UTF-8 names', () => {
    const text = `# TYPE a_seconds counter
# UNIT a_seconds seconds
# HELP a_seconds Some "text" \\"quoted\\"
a_seconds_total{b="c"} 17 1700000000.1234
a_seconds_created{b="c"} 1.6e9
# TYPE "my.metric" gauge
{"my.metric","l"="v"} 1
# EOF
`
    expect(read(text)).toEqual([
      'a_seconds_total{b="c"} 17 @1700000000123',
      'a_seconds_created{b="c"} 1600000000 @1000',
      '{"my.metric", l="v"} 1 @1000',
    ])
  })

  test.for([
    ['a missing end mark', 'a 1\n', 2, 1],
    ['data after the end mark', 'a 1\n# EOF\nb 1\n', 3, 1],
    ['a blank line', 'a 1\n\n# EOF\n', 2, 1],
    ['a plain comment', '# words\n# EOF\n', 1, 1],
    ['two blanks', 'a  1\n# EOF\n', 1, 3],
    ['a blank before the braces', 'a {b="c"} 1\n# EOF\n', 1, 3],
    ['a missing comma', 'a{b="c"d="e"} 1\n# EOF\n', 1, 8],
    ['the type untyped', '# TYPE a untyped\n# EOF\n', 1, 10],
    ['a unit that the name lacks', '# UNIT a seconds\n# EOF\n', 1, 10],
    ['a timestamp that is no number', 'a 1 NaN\n# EOF\n', 1, 5],
    ['a label value over two lines', 'a{b="x\ny"} 1\n# EOF\n', 1, 7],
    ['an exemplar without a value', 'a 1 # {b="c"}\n# EOF\n', 1, 14],
  ] as const)('refuses %s', ([, text, line, column]) => {
    const error = errorOf(() => read(text))
    expect(error.code).toBe('exposition.malformed')
    expect(error.place).toEqual({ line, column })
  })

  test('takes an empty answer, although it has no end mark', () => {
    expect(read('')).toEqual([])
  })

  test('gives each exemplar once, with its own time or that of its sample', () => {
    const target = createTarget()
    const page = (id: string) => `a_total{b="c"} 1 # {trace_id="${id}"} 0.5 1700000000.5\nd_total 2 100 # {} 3\n# EOF\n`
    const first = target.scrape(page('x'), 1000, 'openmetrics')
    expect(first.exemplars.map((e) => ({ ...e, series: formatLabels(target.store.labelsOf(e.series)) }))).toEqual([
      { series: 'a_total{b="c"}', labels: ['trace_id', 'x'], ts: 1700000000500, value: 0.5 },
      { series: 'd_total', labels: [], ts: 100_000, value: 3 },
    ])
    expect(target.scrape(page('x'), 2000, 'openmetrics').exemplars).toEqual([])
    expect(target.scrape(page('y'), 3000, 'openmetrics').exemplars.map((e) => e.labels)).toEqual([['trace_id', 'y']])
    expect(target.scrape(page('z'.repeat(150)), 4000, 'openmetrics').exemplars).toEqual([])
  })

  test('is strict again when a target changes from text to OpenMetrics', () => {
    const target = createTarget()
    target.scrape('# UNIT a_seconds seconds\n# HELP a_seconds x\na_seconds 1\n')
    target.scrape('# UNIT a_seconds seconds\n# HELP a_seconds x\na_seconds 1\n# EOF\n', 2000, 'openmetrics')
    expect(target.store.metadata.get('a_seconds')).toEqual({ type: 'unknown', help: 'x', unit: 'seconds' })
    target.scrape('# words\na_seconds 1\n', 3000)
    expect(errorOf(() => target.scrape('# words\na_seconds 1\n# EOF\n', 4000, 'openmetrics')).place?.line).toBe(1)
  })
})

describe('metadata', () => {
  test('is told to the store once, and again only when it changed', () => {
    const target = createTarget()
    const page = (help: string) => `# HELP a ${help}\n# TYPE a counter\na 1\n# TYPE b untyped\nb 1\n`
    target.scrape(page('one\\ntwo \\\\ \\"'))
    expect(target.store.metadata.get('a')).toEqual({ type: 'counter', help: 'one\ntwo \\ \\"', unit: '' })
    expect(target.store.metadata.get('b')).toEqual({ type: 'unknown', help: '', unit: '' })
    expect(target.store.describeCalls).toBe(2)
    target.scrape(page('one\\ntwo \\\\ \\"'))
    expect(target.store.describeCalls).toBe(2)
    target.scrape(page('new'))
    expect(target.store.describeCalls).toBe(3)
    expect(target.store.metadata.get('a')).toEqual({ type: 'counter', help: 'new', unit: '' })
    target.scrape(page('new'))
    target.scrape(page('one\\ntwo \\\\ \\"'))
    expect(target.store.metadata.get('a')!.help).toBe('one\ntwo \\ \\"')
  })

  test('of a scrape that failed is told with the next good one', () => {
    const target = createTarget()
    expect(() => target.scrape('# TYPE a counter\na x\n')).toThrow()
    expect(target.store.describeCalls).toBe(0)
    target.scrape('# TYPE a counter\na 1\n')
    expect(target.store.metadata.get('a')!.type).toBe('counter')
  })
})

describe('families of a target', () => {
  test('are those of its last good answer', () => {
    const target = createTarget()
    const names = () => target.cache.families().map(({ metric, help }) => `${metric}: ${help}`)
    expect(names()).toEqual([])
    expect(() => target.scrape('# HELP a one\na x\n')).toThrow()
    expect(names()).toEqual([])
    target.scrape('# HELP a one\na 1\n# HELP b two\n# a comment\nb 1\n')
    expect(names()).toEqual(['a: one', 'b: two'])
    expect(() => target.scrape('# HELP c three\nc x\n')).toThrow()
    expect(names()).toEqual(['a: one', 'b: two'])
    target.scrape('# HELP a other\na 1\n# TYPE d gauge\nd 1\n')
    expect(names()).toEqual(['a: other', 'd: '])
    for (let page = 0; page < 40; page++) {
      target.scrape(Array.from({ length: 100 }, (_, i) => `# HELP m${page}_${i} x\nm${page}_${i} 1\n`).join(''))
    }
    expect(names()).toHaveLength(100)
  })
})

describe('from scrape to scrape', () => {
  test('series that are added and gone are reported, wherever they stand on the page', () => {
    const target = createTarget()
    expect(target.scrape('a 1\nb 1\nc 1\n')).toMatchObject({ scraped: 3, kept: 3, seriesAdded: 3, gone: [] })
    expect(target.scrape('a 2\nb 2\nc 2\n')).toMatchObject({ seriesAdded: 0, gone: [] })
    expect(target.scrape('a 3\nx 3\nc 3\n')).toMatchObject({ seriesAdded: 1, gone: ['b'] })
    expect(target.scrape('c 4\nb 4\na 4\nx 4\n')).toMatchObject({ seriesAdded: 1, gone: [] })
    expect(target.scrape('')).toMatchObject({ scraped: 0, gone: ['a', 'b', 'c', 'x'] })
    expect(target.scrape('')).toMatchObject({ gone: [] })
  })

  test('a scrape that failed reports all series gone once, and they are not new when they return', () => {
    const target = createTarget()
    target.scrape('a 1\nb 1\n')
    expect(() => target.scrape('a 2\nb 2\nc 2\nd x\n')).toThrow()
    expect(target.cache.counts).toMatchObject({ scraped: 3, kept: 3 })
    expect(target.allGone()).toEqual(['a', 'b'])
    expect(target.allGone()).toEqual([])
    expect(target.scrape('a 3\nb 3\n')).toMatchObject({ seriesAdded: 0, gone: [] })
    expect(target.allGone()).toEqual(['a', 'b'])
  })

  test('a failed scrape without markers leaves the last good one as it was', () => {
    const target = createTarget()
    target.scrape('a 1\nb 1\n')
    expect(() => target.scrape('x')).toThrow()
    expect(target.scrape('a 2\n')).toMatchObject({ gone: ['b'] })
  })

  test('the order of labels makes no new series', () => {
    const target = createTarget()
    target.scrape('a{b="1",c="2"} 1\n')
    expect(target.scrape('a{c="2",b="1"} 2\n')).toMatchObject({ seriesAdded: 0, gone: [] })
    expect(target.scrape('a{c="2",b="1"} 3\na{b="1",c="2"} 4\n')).toMatchObject({ duplicates: 1, kept: 2 })
  })

  test('of a series that comes twice the first sample is taken', () => {
    const target = createTarget()
    for (const atMs of [1000, 2000]) {
      const result = target.scrape('a 1\na 2\nb 3\n', atMs)
      expect(result).toMatchObject({ scraped: 3, kept: 3, duplicates: 1 })
      expect(result.samples.map((s) => s.value)).toEqual([1, 3])
    }
    expect(target.scrape('a 1 10\na 2 20\n').samples).toHaveLength(2)
  })

  test('dropped series are counted, relabelled only once and need no ref', () => {
    let calls = 0
    const target = createTarget({
      relabel: (labels) => {
        calls++
        return labels.includes('drop_me') ? undefined : labelsOf([...pairs(labels), ['job', 'j']])
      },
    })
    for (let i = 0; i < 3; i++) {
      const result = target.scrape('drop_me 1\nkeep_me 2\ndrop_me{a="b"} NaN\n')
      expect(result).toMatchObject({ scraped: 3, kept: 1 })
      expect(result.samples).toEqual([{ series: 'keep_me{job="j"}', ts: 1000, value: 2 }])
    }
    expect(calls).toBe(3)
  })

  test('timestamps of the target are taken, and then series get no staleness marker unless asked for', () => {
    const page = 'a 1 5\nb 1\n'
    const honored = createTarget()
    expect(honored.scrape(page).samples.map((s) => s.ts)).toEqual([5, 1000])
    expect(honored.scrape('').gone).toEqual(['b'])
    const tracked = createTarget({ trackTimestampsStaleness: true })
    tracked.scrape(page)
    expect(tracked.scrape('').gone).toEqual(['a', 'b'])
    const ignored = createTarget({ honorTimestamps: false })
    expect(ignored.scrape(page).samples.map((s) => s.ts)).toEqual([1000, 1000])
    expect(ignored.scrape('').gone).toEqual(['a', 'b'])
  })

  test('a sample limit fails the scrape, after counting it whole', () => {
    const target = createTarget({ sampleLimit: 2, relabel: (l) => (l.includes('d') ? undefined : l) })
    target.scrape('a 1\nd 1\nb 1\n')
    const error = errorOf(() => target.scrape('a 1\nd 1\nb 1\nc 1\n'))
    expect(error).toMatchObject({ code: 'exposition.sample_limit', kind: 'limit', hint: 'sample_limit is 2' })
    expect(target.cache.counts).toMatchObject({ scraped: 4, kept: 3 })
    expect(target.allGone()).toEqual(['a', 'b'])
  })

  test.for([
    ['labelLimit', 3, 'exposition.label_limit'],
    ['labelNameLengthLimit', 8, 'exposition.label_name_length_limit'],
    ['labelValueLengthLimit', 5, 'exposition.label_value_length_limit'],
  ] as const)('%s fails the scrape past its value', ([option, limit, code]) => {
    const target = createTarget({ [option]: limit })
    target.scrape('a{b="zürx",c="2"} 1\n')
    expect(errorOf(() => target.scrape('a{b="zürich",long_name="2",d="4"} 1\n'))).toMatchObject({ code, kind: 'limit' })
  })

  test('a series that the store refuses is left out and tried again', () => {
    const target = createTarget({ store: { maxSeries: 2 } })
    for (let i = 0; i < 2; i++) {
      const result = target.scrape('a 1\nb 1\nc 1\n')
      expect(result).toMatchObject({ scraped: 3, kept: 2, refused: 1 })
      expect(result.refusal?.code).toBe('store.series_limit')
      expect(result.samples.map((s) => s.series)).toEqual(['a', 'b'])
    }
  })

  test('refs that the store has voided are asked for anew, staleness markers included', () => {
    const target = createTarget()
    target.scrape('# TYPE h histogram\nh_bucket{le="1"} 1\nb 1\nc 1\n')
    target.store.changeEpoch()
    const second = target.scrape('# TYPE h histogram\nh_bucket{le="1"} 2\nb 2\n')
    expect(second.samples.map((s) => s.series)).toEqual(['h_bucket{le="1.0"}', 'b'])
    expect(second).toMatchObject({ seriesAdded: 0, gone: ['c'] })
    target.store.changeEpoch()
    expect(target.allGone()).toEqual(['b', 'h_bucket{le="1.0"}'])
    target.store.changeEpoch()
    expect(target.scrape('c 3\nb 3\n').samples.map((s) => s.series)).toEqual(['c', 'b'])
  })

  test('a store that drops series while a new one is created gets no void refs', () => {
    let churn = 0
    const target = createTarget({
      relabel: (labels) => {
        if (labels.includes('new') && churn++ === 0) target.store.changeEpoch()
        return labels
      },
    })
    target.scrape('a 1\nb 1\n')
    expect(target.scrape('a 2\nnew 2\nb 2\n').samples.map((s) => s.series)).toEqual(['a', 'new', 'b'])
  })

  test('churn does not pile up', () => {
    const target = createTarget()
    const page = (n: number) => Array.from({ length: 500 }, (_, i) => `a{n="${n}",i="${i}"} 1\nkept_${i} 2\n`).join('')
    for (let n = 0; n < 10; n++) target.scrape(page(n), n)
    const { sizeBytes } = target.cache
    for (let n = 10; n < 60; n++) expect(target.scrape(page(n), n)).toMatchObject({ seriesAdded: 500, kept: 1000 })
    expect(target.cache.sizeBytes).toBeLessThanOrEqual(sizeBytes * 2)
    for (let n = 60; n < 100; n++) expect(() => target.scrape(`${page(n)}broken`)).toThrow()
    expect(target.cache.sizeBytes).toBeLessThanOrEqual(sizeBytes * 3)
    expect(target.scrape(page(59), 100)).toMatchObject({ seriesAdded: 0, gone: [] })
  })
})

function pairs(labels: Labels): [string, string][] {
  return Array.from({ length: labels.length / 2 }, (_, i) => [labels[i * 2]!, labels[i * 2 + 1]!])
}

const text = fc.string({ unit: fc.constantFrom(...'aZ09_:. \\"\n{}#,=é東'), maxLength: 12 })
const legacyName = fc.stringMatching(/^[a-z_][a-z0-9_]{0,6}$/)
const aSeries = fc.record({
  name: fc.oneof(
    legacyName,
    text.filter((t) => t !== ''),
  ),
  labels: fc.dictionary(
    fc.oneof(
      legacyName,
      text.filter((t) => t !== '' && t !== '__name__'),
    ),
    text,
    { maxKeys: 4 },
  ),
  value: fc.double({ noNaN: true }),
  ts: fc.option(fc.integer({ min: -1e12, max: 2e12 }), { nil: undefined }),
})
const quote = (value: string) => `"${value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`
const isLegacy = (name: string) => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)

function render(all: readonly (typeof aSeries extends fc.Arbitrary<infer T> ? T : never)[], format: ExpositionFormat) {
  const lines = all.map(({ name, labels, value, ts }) => {
    const inside = Object.entries(labels).map(([k, v]) => `${isLegacy(k) ? k : quote(k)}=${quote(v)}`)
    if (!isLegacy(name)) inside.unshift(quote(name))
    const key = `${isLegacy(name) ? name : ''}${inside.length > 0 ? `{${inside.join(',')}}` : ''}`
    const number = Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
    const time = ts === undefined ? '' : ` ${format === 'text' ? ts : (ts / 1000).toFixed(3)}`
    return `${key} ${Object.is(value, -0) ? '-0' : number}${time}\n`
  })
  return `${lines.join('')}${format === 'text' ? '' : '# EOF\n'}`
}

describe('properties', () => {
  test.for(['text', 'openmetrics'] as const)(
    'what is written as %s is read back, at first contact and again',
    (format) => {
      fc.assert(
        fc.property(
          fc.uniqueArray(aSeries, { selector: (s) => s.name + JSON.stringify(s.labels), maxLength: 12 }),
          (all) => {
            const target = createTarget()
            const expected = all.map(({ name, labels, value, ts }) => ({
              series: formatLabels(labelsOf({ ...labels, __name__: name })),
              // Seconds in a double: the time may come out one below, in Prometheus as here.
              ts: ts === undefined ? 1000 : format === 'text' ? ts : Math.trunc(Number((ts / 1000).toFixed(3)) * 1000),
              value,
            }))
            const distinct = expected.filter(
              (s, i) => s.ts !== 1000 || expected.findIndex((o) => o.series === s.series) === i,
            )
            for (let i = 0; i < 3; i++) {
              expect(target.scrape(render(all, format), 1000, format).samples).toEqual(distinct)
            }
          },
        ),
        { numRuns: 200 },
      )
    },
  )

  // (No histogram here: which spelling a bound gets depends on the TYPE above it when it was first seen, in Prometheus too.)
  test.for(['text', 'openmetrics'] as const)(
    'a %s line means the same behind any other line as alone on a page',
    (format) => {
      // Few pieces, so that neighbours share any part of their bytes, also half a label, an escape or a broken one.
      const piece = fc.constantFrom(
        ...['a="1"', 'a="12"', 'b="1"', 'ab="1"', '"a"="1"', 'le="1"', 'le="1.0"', 'c=""', 'A="x"', 'a="é"'],
        ...['b="\\"1"', 'b="\\n"', '"quoted"', '"x.y"="1"', 'a="1', 'a=1', ' a = "1" ', 'a="b,c}"', '__name__="n"', ''],
      )
      const name = fc.constantFrom('m', 'mm', 'm_bucket', 'm ', '')
      const after = fc.constantFrom('', '', '', ',', ' ')
      const line = fc
        .tuple(name, fc.array(piece, { maxLength: 4 }), after, fc.constantFrom(' 1', ' 2 # {a="1"} 3'))
        .map(([head, labels, last, tail]) => `${head}{${labels.join(',')}${last}}${tail}\n`)
      const plain = name.map((head) => `${head} 1\n`)
      const type = fc.constantFrom('# TYPE m histogram\n', '# TYPE m gauge\n')
      const end = format === 'openmetrics' ? '# EOF\n' : ''
      const read = (text: string) => {
        try {
          return createTarget().scrape(text + end, 1000, format)
        } catch (error) {
          expect(error).toBeInstanceOf(BinnacleError)
          return undefined
        }
      }
      fc.assert(
        fc.property(
          type,
          fc.array(fc.oneof({ weight: 6, arbitrary: line }, plain), { maxLength: 12 }),
          (head, lines) => {
            const good = lines.filter((text) => read(head + text) !== undefined)
            const alone = good.map((text) => read(head + text)!)
            const seen = new Set<string>()
            const expected = alone
              .flatMap((page) => page.samples)
              .filter(({ series }) => !seen.has(series) && seen.add(series))
            const together = read(head + good.join(''))!
            expect(together.samples).toEqual(expected)
            // A line that is refused alone is refused behind the others too. (A quote that does not end takes what follows.)
            const bad = lines.find((text) => read(head + text) === undefined)
            if (bad !== undefined) expect(read(head + good.join('') + bad)).toBeUndefined()
          },
        ),
        { numRuns: 400 },
      )
    },
  )

  test('damaged pages are read as by somebody who sees them for the first time, or refused with a place', () => {
    const page = `# HELP a Help.\n# TYPE a counter\na_bucket{le="1",x="é"} 1\na_bucket{le="+Inf"} 2.5e3\na_sum 17.25\n
{"utf8.name","k"="v"} NaN 17\nplain 1\nplain_more{a="\\"\\\\"} -3 \n# TYPE b gauge\nb{c="d",} +Inf\n`
    const openMetrics = page.replace(' \n', '\n').replace('\n\n', '\n').replace(',}', '}').concat('# EOF\n')
    const change = fc.record({ at: fc.nat(260), cut: fc.nat(4), put: fc.uint8Array({ maxLength: 3 }) })
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 4 }), fc.boolean(), (rounds, strict) => {
        const format = strict ? 'openmetrics' : 'text'
        const target = createTarget()
        target.scrape(strict ? openMetrics : page, 1, format)
        for (const changes of rounds) {
          let body: Buffer = Buffer.from(strict ? openMetrics : page)
          for (const { at, cut, put } of changes) {
            body = Buffer.concat([body.subarray(0, at), put, body.subarray(Math.min(body.length, at + cut))])
          }
          const fresh = createTarget()
          const outcome = (run: () => ReturnType<typeof fresh.scrape>) => {
            try {
              const { samples, scraped, kept, duplicates } = run()
              return { samples, scraped, kept, duplicates }
            } catch (error) {
              expect(error).toBeInstanceOf(BinnacleError)
              const { message, place } = error as BinnacleError
              expect(place?.line).toBeGreaterThan(0)
              expect(place?.column).toBeGreaterThan(0)
              return { message, place }
            }
          }
          expect(outcome(() => target.scrape(body, 7, format))).toEqual(outcome(() => fresh.scrape(body, 7, format)))
        }
      }),
      { numRuns: 1500 },
    )
  })
})

test('a recorded page of node exporter 1.11.1 is read as by a plain parser', () => {
  const body = readFileSync(new URL('testdata/node-exporter-1.11.1-2026-11-21.prom', import.meta.url))
  const expected = body
    .toString()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, inside = '', value] = /^([a-z0-9_]+)(?:\{(.*)\})? (\S+)$/i.exec(line)!
      const labels = [...inside.matchAll(/([a-z0-9_]+)="((?:\\.|[^"\\])*)"/gi)].map(([, k, v]) => {
        const plain = JSON.parse(`"${v}"`) as string
        // `go_gc_duration_seconds` is a summary.
        return [k!, k === 'quantile' && /^[01]$/.test(plain) ? `${plain}.0` : plain] as const
      })
      return {
        series: formatLabels(labelsOf([['__name__', name!], ...labels])),
        ts: 1000,
        value: value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value),
      }
    })
  const target = createTarget()
  for (let i = 0; i < 2; i++) {
    const result = target.scrape(body)
    expect(result.samples).toEqual(expected)
    expect(result.scraped).toBeGreaterThan(500)
  }
  expect(target.store.metadata.get('node_cpu_seconds_total')).toEqual({
    type: 'counter',
    help: 'Seconds the CPUs spent in each mode.',
    unit: '',
  })
})
