import { expect, test } from 'vitest'
import { renderValues } from './deep-template.ts'

const deep = (value: unknown, isFallback = false) => renderValues(value, (template) => template, { isFallback })

test.for([
  { text: 'plain words', value: 'plain words' },
  { text: 'a:b c', value: 'a:b c' },
  { text: 'http://x.example:80/a?b=c', value: 'http://x.example:80/a?b=c' },
  { text: 'key: value', value: { key: 'value' } },
  { text: 'key:', value: { key: null } },
  { text: 'a # comment', value: 'a # comment' },
  { text: '12', value: 12 },
  { text: '1.5', value: 1.5 },
  { text: '010', value: 8 },
  { text: '0x10', value: 16 },
  { text: '-0o17', value: -15 },
  { text: '[FIRING:2] HighLoad', value: '[FIRING:2] HighLoad' },
  { text: '12345678901234567890', value: '12345678901234567890' },
  { text: '9e12345678901234', value: '9e12345678901234' },
  { text: '1e3', value: 1000 },
  { text: 'a: b: c', value: 'a: b: c' },
  { text: 'yes', value: true },
  { text: 'Off', value: false },
  { text: 'null', value: null },
  { text: '', value: null },
  { text: '12:30:45', value: '12:30:45' },
  { text: '2026-01-02', value: '2026-01-02' },
  { text: '2026-01-02T03:04:05.5Z', value: '2026-01-02T03:04:05.5Z' },
  { text: '[a, 1]', value: ['a', 1] },
  { text: '{"a":[1,"2"]}', value: { a: [1, 2] } },
  { text: '[FIRING:2] a: b: c', value: '[FIRING:2] a: b: c' },
  { text: '- a\n- 2', value: ['a', 2] },
])('a text that is YAML becomes its value: $text', ({ text, value }) => {
  expect(deep({ x: [text] })).toEqual({ x: [value] })
  expect(deep({ x: [text] }, true)).toEqual({ x: [text] })
})

test('what is no text stays, keys are templates, and what nests too deeply is refused', () => {
  expect(renderValues({ a: 1, b: true, c: null }, (t) => `${t}!`, { isFallback: false })).toEqual({
    'a!': 1,
    'b!': true,
    'c!': null,
  })
  expect(() => deep('['.repeat(100) + ']'.repeat(100))).toThrow('nested deeper')
})

test('large texts take no time', () => {
  const json = JSON.stringify(
    Array.from({ length: 20_000 }, (_, i) => ({ host: `h${i}.example:9100`, at: '2026-01-02T03:04:05Z' })),
  )
  const start = performance.now()
  expect(deep(json)).toHaveLength(20_000)
  expect(deep(`key: ${'x: y\n'.repeat(1_000_000)}`)).toMatch(/^key: x/)
  expect(performance.now() - start).toBeLessThan(3000)
})
