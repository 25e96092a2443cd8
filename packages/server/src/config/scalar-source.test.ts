import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseYaml } from './yaml-document.ts'

test.for([
  ['plain', 'a: sum(up) > 1\n', '>', '1:12'],
  ['plain over lines', 'a: sum(up)\n   by (job)\n', 'job', '2:8'],
  ['single quotes', "a: 'up{a=''b''} > 1'\n", '>', '1:17'],
  ['double quotes', 'a: "up{a=\\"b\\"} > 1"\n', '>', '1:17'],
  ['double quotes with an escaped line break', 'a: "up\\n  > 1"\n', '>', '1:11'],
  ['a literal block', 'a: |\n  sum(up)\n  > 1\n', '>', '3:3'],
  ['a literal block, deep in', 'a: |2-\n    sum(up)\n      by (job)\n  > 1\n', '> 1', '4:3'],
  ['a folded block with a comment in its header', 'a: >- # what\n  sum(up)\n\n  > 1\n', '> 1', '4:3'],
] as const)('the place of a character in %s', ([, text, word, where]) => {
  const document = parseYaml(text, 'a.yml', { scalars: 'text' })
  const value = (document.value as { a: string }).a
  const { line, column } = document.placeInText(['a'], value.indexOf(word))
  expect(`${line}:${column}`).toBe(where)
})

test('behind the end of a text stands its end', () => {
  const document = parseYaml('a: |\n  sum(up\nb: 1\n', 'a.yml')
  expect(document.placeInText(['a'], 99)).toMatchObject({ line: 2, column: 9 })
})

test('what is no text is placed where it begins', () => {
  const document = parseYaml('a:\n  b: [1]\n', 'a.yml')
  expect(document.placeInText(['a', 'b'], 3)).toMatchObject({ line: 2, column: 6 })
  expect(document.styleOf(['a', 'b'])).toBeUndefined()
})

test('every character of a value that is no blank is found where it stands, however it is written', () => {
  const word = fc.string({
    unit: fc.constantFrom('a', 'b', '"', "'", '\\', 'ü', '😀', '#', ':', '-', ' '),
    minLength: 1,
    maxLength: 8,
  })
  const written = fc.tuple(
    fc.array(word, { minLength: 1, maxLength: 4 }),
    fc.constantFrom('literal', 'folded', 'single', 'double'),
  )
  fc.assert(
    fc.property(written, ([lines, style]) => {
      const clean = lines.map((line) => `x${line}x`)
      const text =
        style === 'literal' || style === 'folded'
          ? `a: ${style === 'literal' ? '|' : '>'}\n${clean.map((line) => `  ${line}\n`).join('')}`
          : style === 'single'
            ? `a: '${clean.map((line) => line.replaceAll("'", "''")).join('\n   ')}'\n`
            : `a: "${clean.map((line) => line.replace(/["\\]/g, '\\$&')).join('\n   ')}"\n`
      const document = parseYaml(text, 'a.yml', { scalars: 'text' })
      const value = (document.value as { a: string }).a
      const source = text.split('\n')
      for (let i = 0; i < value.length; i++) {
        const char = value[i]!
        if (/\s/.test(char)) continue
        const { line, column } = document.placeInText(['a'], i)
        const found = source[line! - 1]!.slice(column! - 1)
        const escaped = style === 'double' && (char === '"' || char === '\\') ? `\\${char}` : char
        expect(found.startsWith(escaped)).toBe(true)
      }
    }),
  )
})
