import { compareLabels, type Labels, labelsOf, type MatrixSeries } from '@binnacle/promql'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { histogramOf } from '../../store/testkit/histogram-of.ts'
import { encodeResult } from '../encode-result.ts'
import { type EncodedMatrix, PLACES, readMatrix } from './encoded-matrix.ts'
import { bytesOfSeries, putTogether } from './put-together.ts'

const START = 1_700_000_000_123
const STEP_MS = 1500
const STEPS = 40
/** Texts that look like parts of an answer once they are written as JSON. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom('},"', '"values":[[', '"]]', '],[', '}],[', '\\', '\\"},"values":[[1,"', 'ü', '1', '2', ']}', '{}'),
)
const labels: fc.Arbitrary<Labels> = fc
  .dictionary(fc.oneof(text, fc.constantFrom('a', '1', '10', 'values', 'histograms')), text, { maxKeys: 4 })
  .map((entries) => labelsOf(entries))
const value = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0),
)

type Point = { readonly ms: number; readonly value: number; readonly isHistogram: boolean }
type Series = { readonly labels: Labels; readonly points: readonly Point[] }

const series: fc.Arbitrary<Series> = fc
  .record({
    labels,
    cells: fc.array(fc.option(fc.record({ value, isHistogram: fc.boolean() }), { nil: undefined }), {
      minLength: STEPS,
      maxLength: STEPS,
    }),
  })
  .map(({ labels, cells }) => ({
    labels,
    points: cells.flatMap((cell, i) => (cell === undefined ? [] : [{ ms: START + i * STEP_MS, ...cell }])),
  }))
const answers = fc
  .uniqueArray(series, { selector: ({ labels }) => JSON.stringify(labels), maxLength: 12 })
  .map((all) => all.sort((a, b) => compareLabels(a.labels, b.labels)))

/** Through the encoder of answers; of the points that are to be histograms, each has its own. */
const encodeWith =
  (histograms: boolean) =>
  (all: readonly Series[], fromMs: number, toMs: number): Buffer => {
    const result: MatrixSeries[] = all.flatMap(({ labels, points }) => {
      const taken = points.filter(({ ms }) => ms >= fromMs && ms <= toMs)
      if (taken.length === 0) return []
      const one = {
        labels,
        ts: Float64Array.from(taken, ({ ms }) => ms),
        values: Float64Array.from(taken, ({ value }) => value),
      }
      const own = taken.map(({ ms, isHistogram }) => (isHistogram ? histogramOf((ms - START) / STEP_MS) : undefined))
      return [histograms && own.some((histogram) => histogram !== undefined) ? { ...one, histograms: own } : one]
    })
    const stats = { series: 0, samples: 0, peakSamples: 0 }
    const { pieces } = encodeResult(
      { kind: 'matrix', series: result, warnings: [], infos: [], stats },
      { limit: 0, maxBytes: Number.MAX_SAFE_INTEGER },
    )
    return Buffer.concat([...pieces])
  }

const read = (bytes: Buffer): EncodedMatrix => {
  const matrix = readMatrix(bytes)
  if (matrix === undefined) throw new Error(`not an answer: ${bytes}`)
  return matrix
}
const at = (step: number) => START + step * STEP_MS
const LAST = STEPS - 1

describe.each([
  ['numbers', encodeWith(false)],
  ['numbers and native histograms', encodeWith(true)],
])('%s', (_, encode) => {
  test('pieces put together are what encoding all at once gives, places included', () => {
    fc.assert(
      fc.property(answers, fc.uniqueArray(fc.integer({ min: 1, max: LAST }), { maxLength: 3 }), (all, cuts) => {
        const bounds = [0, ...cuts.sort((a, b) => a - b), STEPS]
        const parts = bounds.slice(1).map((end, i) => {
          const span = { fromMs: at(bounds[i]!), toMs: at(end - 1) }
          return { matrix: read(encode(all, span.fromMs, span.toMs)), ...span }
        })
        const whole = encode(all, at(0), at(LAST))
        const { bytes, places, count } = putTogether(parts)
        expect(bytes.toString()).toBe(whole.toString())
        expect({ places, count }).toEqual({ places: read(whole).places, count: read(whole).count })
        expect(places).toHaveLength(count * PLACES)
      }),
    )
  })

  test('any stretch of any two answers can be taken', () => {
    const steps = fc.integer({ min: 0, max: LAST })
    fc.assert(
      fc.property(answers, fc.tuple(steps, steps, steps), (all, three) => {
        const [from, middle, to] = three.sort((a, b) => a - b) as [number, number, number]
        const whole = read(encode(all, at(0), at(LAST)))
        const { bytes } = putTogether([
          // Times between steps cut between them.
          { matrix: whole, fromMs: at(from) - 1, toMs: at(middle) },
          { matrix: whole, fromMs: at(middle) + 1, toMs: at(to) + 1 },
        ])
        expect(bytes.toString()).toBe(encode(all, at(from), at(to)).toString())
      }),
    )
  })

  test('the first series of an answer are cut where the next one begins', () => {
    fc.assert(
      fc.property(answers, fc.nat(), (all, n) => {
        const matrix = read(encode(all, at(0), at(LAST)))
        if (matrix.count < 2) return
        const count = 1 + (n % (matrix.count - 1))
        const { result } = JSON.parse(`${bytesOfSeries(matrix, count)}]}`) as { result: unknown[] }
        const { result: whole } = JSON.parse(matrix.bytes.toString()) as { result: unknown[] }
        expect(result).toEqual(whole.slice(0, count))
      }),
    )
  })
})

test('what is no answer of a range query is not read as one', () => {
  for (const text of [
    '',
    '{}',
    '{"resultType":"vector","result":[]}',
    '{"resultType":"matrix","result":[{"metric":{',
  ]) {
    expect(readMatrix(Buffer.from(text))).toBe(undefined)
  }
})
