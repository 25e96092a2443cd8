import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clipSpans, joinSpans, type RemarkSpan, remarksOf } from './remark-spans.ts'

const span = (fromMs: number, toMs: number, ...infos: string[]): RemarkSpan => ({
  fromMs,
  toMs,
  warnings: [],
  infos,
  exact: true,
})

test('what is not cut off keeps its remarks, each once and in order', () => {
  const spans = [span(0, 4, 'b'), span(5, 9, 'a', 'b')]
  expect(remarksOf(clipSpans(spans, 0, 9))).toEqual({ warnings: [], infos: ['a', 'b'] })
  expect(remarksOf(clipSpans(spans, 5, 9))).toEqual({ warnings: [], infos: ['a', 'b'] })
})

test('of steps that were evaluated with others it is only known that nothing was remarked', () => {
  expect(remarksOf(clipSpans([span(0, 9, 'a')], 1, 9))).toBe(undefined)
  expect(remarksOf(clipSpans([span(0, 9)], 1, 9))).toEqual({ warnings: [], infos: [] })
})

test('a remark that others make as well is there whoever else made it', () => {
  expect(remarksOf(clipSpans([span(0, 9, 'a'), span(10, 10, 'a')], 1, 10))?.infos).toEqual(['a'])
  expect(remarksOf(clipSpans([span(0, 9, 'a'), span(10, 10, 'b')], 1, 10))).toBe(undefined)
})

test('what was cut once stays in doubt, also when it is cut no further', () => {
  const cut = clipSpans([span(0, 9, 'a')], 1, 9)
  expect(remarksOf(clipSpans(cut, 1, 9))).toBe(undefined)
  expect(remarksOf(clipSpans(joinSpans([...cut, span(10, 10)]), 1, 10))).toBe(undefined)
})

/** Remarks by step; spans are evaluated over some of them. */
test('however spans are cut and joined, what is told is what the steps themselves would tell', () => {
  const remarks = fc.array(fc.subarray(['a', 'b', 'c']), { minLength: 100, maxLength: 100 })
  const lengths = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 40, maxLength: 100 })
  fc.assert(
    fc.property(remarks, lengths, fc.nat({ max: 99 }), fc.nat({ max: 99 }), (byStep, lengths, one, other) => {
      const between = (from: number, to: number) => [...new Set(byStep.slice(from, to + 1).flat())].sort()
      let spans: readonly RemarkSpan[] = []
      let end = -1
      for (const length of lengths) {
        const to = Math.min(99, end + length)
        if (to > end) spans = joinSpans([...spans, span(end + 1, to, ...between(end + 1, to))])
        end = to
        expect(spans.length).toBeLessThanOrEqual(64)
      }
      const from = Math.min(one, other, end)
      const to = Math.min(Math.max(one, other), end)
      const told = remarksOf(clipSpans(spans, from, to))
      if (told !== undefined) expect(told.infos).toEqual(between(from, to))
      if (from === 0 && to === end) expect(told).toBeDefined()
    }),
  )
})
