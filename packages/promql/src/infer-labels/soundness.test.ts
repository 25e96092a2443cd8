import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluateInstant } from '../evaluate/index.ts'
import { type Labels, labelsOf, labelValue } from '../labels.ts'
import { parseExpr } from '../parse/index.ts'
import { PromqlError } from '../promql-error.ts'
import { createMemorySource, type MemorySeries } from '../testkit/memory-source.ts'
import { inferLabels } from './infer-labels.ts'
import { labelFact } from './label-facts.ts'
import { findMatchProblems } from './mismatch.ts'

/*
 * What is told as certain is held against real results: random queries over random series, whose labels are there or not
 * as it comes.
 */

const LABELS = ['a', 'b', 'job', 'instance', 'le']
const VALUES = ['1', '2', '0.5']

const label = fc.constantFrom(...LABELS)
const value = fc.constantFrom(...VALUES, '')
const matcher = fc
  .tuple(label, fc.constantFrom('=', '!=', '=~', '!~'), fc.constantFrom(...VALUES, '', '1|2', '.+', '.*', '|1'))
  .map(([name, op, text]) => `${name}${op}"${text}"`)
const selector = fc
  .tuple(fc.constantFrom('m1', 'm2', 'r:m1'), fc.array(matcher, { maxLength: 2 }))
  .map(([name, matchers]) => `${name}{${matchers.join(',')}}`)
const grouping = fc
  .tuple(fc.constantFrom('by', 'without'), fc.array(label, { maxLength: 3 }))
  .map(([word, names]) => `${word} (${names.join(', ')})`)
const matching = fc
  .tuple(fc.constantFrom('on', 'ignoring'), fc.uniqueArray(label, { maxLength: 3 }))
  .map(([word, names]) => `${word} (${names.join(', ')})`)
const joined = fc
  .tuple(
    fc.constantFrom('on', 'ignoring'),
    fc.uniqueArray(fc.constantFrom('a', 'b', 'job'), { maxLength: 2 }),
    fc.constantFrom('group_left', 'group_right'),
    fc.uniqueArray(fc.constantFrom('instance', 'le'), { maxLength: 2 }),
  )
  .map(([word, names, group, include]) => `${word} (${names.join(', ')}) ${group} (${include.join(', ')})`)

const { vector: query } = fc.letrec<{ vector: string }>((tie) => ({
  vector: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    { arbitrary: selector, weight: 5 },
    fc.constantFrom(
      'vector(1)',
      'absent(m1)',
      'absent(nobody{a="1", b=~"2"})',
      'absent(nobody{a="1", a="2"})',
      'hour()',
    ),
    fc
      .tuple(fc.constantFrom('rate', 'last_over_time', 'max_over_time'), selector)
      .map(([name, one]) => `${name}(${one}[5m])`),
    fc.tuple(fc.constantFrom('abs', 'sort', 'timestamp', '-'), tie('vector')).map(([name, one]) => `${name}(${one})`),
    fc
      .tuple(fc.constantFrom('sum', 'max', 'group', 'topk', 'count_values'), grouping, tie('vector'))
      .map(([op, by, one]) => {
        const param = op === 'topk' ? '2, ' : op === 'count_values' ? '"b", ' : ''
        return `${op} ${by} (${param}${one})`
      }),
    fc
      .tuple(
        tie('vector'),
        label,
        fc.constantFrom('x', '', '$1', 'y$1'),
        label,
        fc.constantFrom('.*', '(.+)', '', '1', '(.*)'),
      )
      .map(
        ([one, target, replacement, source, regex]) =>
          `label_replace(${one}, "${target}", "${replacement}", "${source}", "${regex}")`,
      ),
    fc
      .tuple(tie('vector'), label, fc.constantFrom('-', ''), fc.array(label, { maxLength: 2 }))
      .map(
        ([one, target, separator, sources]) =>
          `label_join(${[one, ...[target, separator, ...sources].map((text) => `"${text}"`)].join(', ')})`,
      ),
    tie('vector').map((one) => `histogram_quantile(0.5, ${one})`),
    fc
      .tuple(
        tie('vector'),
        fc.constantFrom('+', '/', '>', '== bool', 'and', 'or', 'unless'),
        fc.oneof(fc.constant(''), matching),
        tie('vector'),
      )
      .map(([left, op, how, right]) => `(${left}) ${op} ${how} (${right})`),
    fc
      .tuple(tie('vector'), fc.constantFrom('*', '>', '<= bool'), joined, tie('vector'))
      .map(([left, op, how, right]) => `(${left}) ${op} ${how} (${right})`),
    fc.tuple(tie('vector'), fc.constantFrom('*', '>'), fc.constantFrom('1', 'time()')).map((words) => words.join(' ')),
  ),
}))

const series = fc
  .array(fc.tuple(fc.constantFrom('m1', 'm2', 'r:m1'), ...LABELS.map(() => value)), { minLength: 1, maxLength: 12 })
  .map((rows): MemorySeries[] => {
    const byKey = new Map<string, MemorySeries>()
    for (const [name, ...values] of rows) {
      const labels = labelsOf([['__name__', name!], ...LABELS.map((one, i) => [one, values[i]!] as const)])
      byKey.set(labels.join(), { labels, ts: [0, 60_000], values: Float64Array.of(1, 2 + byKey.size) })
    }
    return [...byKey.values()]
  })

async function resultOf(expr: string, data: readonly MemorySeries[]): Promise<readonly Labels[] | undefined> {
  try {
    const source = createMemorySource(data)
    const result = await evaluateInstant(expr, { source, signal: new AbortController().signal, timeMs: 60_000 })
    return result.kind === 'vector' ? result.labels : undefined
  } catch (error) {
    // Many to many, the same labels twice: no result to compare with.
    if (error instanceof PromqlError) return undefined
    throw error
  }
}

test('labels that are told to be there are there, those told to be gone are gone, and known values are right', async () => {
  let compared = 0
  await fc.assert(
    fc.asyncProperty(query, series, async (text, data) => {
      const facts = inferLabels(parseExpr(text))
      for (const labels of (await resultOf(text, data)) ?? []) {
        compared++
        for (const name of ['__name__', ...LABELS]) {
          const { presence, value: only } = labelFact(facts, name)
          const got = labelValue(labels, name)
          if (presence === 'present') expect(`${name}=${got}`).not.toBe(`${name}=`)
          if (presence === 'absent') expect(`${name}=${got}`).toBe(`${name}=`)
          if (only !== undefined && got !== '') expect(`${name}=${got}`).toBe(`${name}=${only}`)
        }
        // A label that nobody can know of.
        if (facts.others.presence === 'absent') expect(labels.length / 2).toBeLessThanOrEqual(facts.known.size)
      }
    }),
    { numRuns: 4000 },
  )
  expect(compared).toBeGreaterThan(2000)
})

test('where a label is surely there on one side and gone on the other, nothing matches', async () => {
  let compared = 0
  await fc.assert(
    fc.asyncProperty(query, series, async (text, data) => {
      const problems = findMatchProblems(parseExpr(text))
      for (const { expr, labels } of problems) {
        const certain = labels.some(
          ({ left, right }) =>
            left.presence === 'present' ||
            right.presence === 'present' ||
            (left.value !== undefined && right.value !== undefined),
        )
        if (!certain || expr.op === 'unless') continue
        const part = text.slice(expr.start, expr.end)
        const result = await resultOf(part, data)
        if (result === undefined) continue
        compared++
        expect({ part, result }).toEqual({ part, result: [] })
      }
    }),
    { numRuns: 4000 },
  )
  expect(compared).toBeGreaterThan(50)
})
