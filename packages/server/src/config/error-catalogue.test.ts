import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type CatalogueEntry, errorCatalogue, renderErrorReference } from './error-catalogue.ts'
import { leaves } from './settings/load.ts'

/*
 * Sources, catalogue and page say the same. Codes are found as texts: nearly every one stands as 'area.what' where it
 * is thrown; those that are put together are listed below.
 */

const catalogue: Readonly<Record<string, CatalogueEntry>> = errorCatalogue
const SRC = fileURLToPath(new URL('..', import.meta.url))

/** Templates of codes, and what they become. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  // PromqlErrorCode of packages/promql; its `max_samples` is query.max_samples here.
  'promql.${error.code}': ['promql.parse', 'promql.execution'],
  'exposition.${setting}': [
    'exposition.label_limit',
    'exposition.label_name_length_limit',
    'exposition.label_value_length_limit',
  ],
}

/** Texts that look like a code but are files of the engine. */
const FILES = ['engine.sock', 'engine.pid', 'engine.xml', 'state.db']

type Source = { readonly file: string; readonly text: string }

function* sources(folder: string): Generator<Source> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== 'testkit' && entry.name !== 'testdata') yield* sources(path)
    } else if (/\.ts$/.test(entry.name) && !/\.test\.ts$/.test(entry.name) && entry.name !== 'error-catalogue.ts') {
      yield { file: relative(SRC, path), text: readFileSync(path, 'utf8') }
    }
  }
}

/** Texts of all `new BinnacleError(...)`, to the bracket that closes them. */
function* thrown({ file, text }: Source): Generator<{ readonly file: string; readonly call: string }> {
  const OPEN = 'new BinnacleError('
  for (let from = text.indexOf(OPEN); from >= 0; from = text.indexOf(OPEN, from + 1)) {
    let depth = 0
    let at = from + OPEN.length - 1
    do {
      if (text[at] === '(') depth++
      else if (text[at] === ')') depth--
      at++
    } while (depth > 0 && at < text.length)
    yield { file, call: text.slice(from + OPEN.length, at - 1).trim() }
  }
}

const all = [...sources(SRC)]
const calls = all.flatMap((source) => [...thrown(source)])
const areas = new Set(Object.keys(catalogue).map((code) => code.slice(0, code.indexOf('.'))))
const settings = new Set(
  leaves().flatMap(({ path }) => path.split('.').map((_, i, parts) => parts.slice(0, i + 1).join('.'))),
)

test('every code that is thrown by name is in the catalogue', () => {
  const missing = calls.flatMap(({ file, call }) => {
    const code = /^'([^']*)'/.exec(call)?.[1]
    return code === undefined || code === '' || code in catalogue ? [] : [`${file}: ${code}`]
  })
  expect(missing).toEqual([])
  expect(calls.length).toBeGreaterThan(50)
})

test('every text of the sources that looks like a code is one, a setting or a file', () => {
  const unknown = all.flatMap(({ file, text }) =>
    [...text.matchAll(/'([a-z_]+)\.[a-z_]+'/g)].flatMap(([quoted, area]) => {
      const word = quoted.slice(1, -1)
      return !areas.has(area ?? '') || word in catalogue || settings.has(word) || FILES.includes(word)
        ? []
        : [`${file}: ${word}`]
    }),
  )
  expect(unknown).toEqual([])
})

test('every template of a code is known, and what it becomes is in the catalogue', () => {
  const found = calls.flatMap(({ call }) => /^`([^`]*)`/.exec(call)?.[1] ?? [])
  expect([...new Set(found)].sort()).toEqual(Object.keys(TEMPLATES).sort())
  for (const codes of Object.values(TEMPLATES)) for (const code of codes) expect(catalogue).toHaveProperty([code])
})

test('every entry of the catalogue is used, and they are in order', () => {
  const text = all.map((source) => source.text).join('\n')
  const composed = new Set(Object.values(TEMPLATES).flat())
  const codes = Object.keys(catalogue)
  expect(codes.filter((code) => !composed.has(code) && !text.includes(`'${code}'`))).toEqual([])
  expect(codes).toEqual([...codes].sort())
})

test('the kind is the one that is thrown', () => {
  const wrong = calls.flatMap(({ file, call }) => {
    const code = /^'([^']+)'/.exec(call)?.[1]
    // A computed kind is not read here, nor options that another function builds.
    if (code === undefined || /\bkind: (?!')/.test(call) || (/,\s*\w+,?\s*$/.test(call) && !call.endsWith('}')))
      return []
    const kind = /\bkind: '(\w+)'/.exec(call)?.[1] ?? 'input'
    const known = catalogue[code]?.kind
    return known === kind || (Array.isArray(known) && known.includes(kind)) ? [] : [`${file}: ${code} is ${kind}`]
  })
  expect(wrong).toEqual([])
})

test('settings that errors name exist', () => {
  const roots = [...new Set([...settings].map((path) => path.split('.')[0]))].join('|')
  const named = new RegExp(`(?<![\\w./'-])(?:${roots}|remote_write)\\.[a-z_]+(?:\\.[a-z_]+)*`, 'g')
  const texts = [
    ...calls.map(({ file, call }) => ({ file, text: call.replace(/\$\{[^}]*\}/g, '…') })),
    ...Object.entries(catalogue).map(([code, { means, todo }]) => ({ file: code, text: `${means} ${todo}` })),
  ]
  const unknown = texts.flatMap(({ file, text }) =>
    [...text.matchAll(named)].flatMap(([word]) => {
      const isCall = text[text.indexOf(word) + word.length] === '('
      return isCall || settings.has(word) ? [] : [`${file}: ${word}`]
    }),
  )
  expect(unknown).toEqual([])
})

test('the page of errors is fresh (node scripts/write-reference.mjs)', () => {
  const page = new URL('../../../../docs/reference/errors.md', import.meta.url)
  expect(readFileSync(page, 'utf8')).toBe(renderErrorReference())
})
