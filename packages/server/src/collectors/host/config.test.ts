import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { hostOptionsSchema } from './index.ts'

const docs = new URL('../../../../../docs/collectors.md', import.meta.url)
const BEGIN = '<!-- options: begin -->\n'
const END = '<!-- options: end -->'

function optionsTable(): string {
  const defaults = hostOptionsSchema.parse({})
  const rows = Object.entries(hostOptionsSchema.shape).map(([name, schema]) => {
    const value = JSON.stringify(defaults[name as keyof typeof defaults])
    return `| \`${name}\` | \`${value.replaceAll('|', '\\|')}\` | ${schema.description ?? ''} |\n`
  })
  return `| option | default | meaning |\n|---|---|---|\n${rows.join('')}`
}

// Written anew by `UPDATE_DOCS=1 npx vitest run packages/server/src/collectors/host/config.test.ts`.
test('the table of options in docs is that of the schema', async () => {
  const text = await readFile(docs, 'utf8')
  const [from, to] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)]
  if (process.env.UPDATE_DOCS) await writeFile(docs, text.slice(0, from) + optionsTable() + text.slice(to))
  else expect(text.slice(from, to)).toBe(optionsTable())
})

test('an unknown option and a wrong type are refused', () => {
  expect(hostOptionsSchema.safeParse({ proc: '/x' }).success).toBe(false)
  expect(hostOptionsSchema.safeParse({ timeout_ms: 'soon' }).success).toBe(false)
})
