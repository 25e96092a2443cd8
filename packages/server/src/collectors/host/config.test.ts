import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { hostOptionsSchema } from './index.ts'

const docs = new URL('../../../../../docs/collectors.md', import.meta.url)
const BEGIN = '<!-- options: begin -->\n'
const END = '<!-- options: end -->'

function optionsTable(): string {
  const rows: string[] = []
  const add = (name: string, value: unknown, description: string | undefined) => {
    rows.push(`| \`${name}\` | \`${JSON.stringify(value).replaceAll('|', '\\|')}\` | ${description} |\n`)
  }
  const defaults: Record<string, unknown> = hostOptionsSchema.parse({})
  for (const [name, schema] of Object.entries(hostOptionsSchema.shape)) {
    if (schema.type !== 'prefault') {
      add(name, defaults[name], schema.description)
      continue
    }
    const values = defaults[name] as Record<string, unknown>
    for (const [key, inner] of Object.entries(schema.def.innerType.shape)) {
      add(`${name}.${key}`, values[key], inner.description)
    }
  }
  return `| option | default | meaning |\n|---|---|---|\n${rows.join('')}`
}

// Written anew by `UPDATE_DOCS=1 npx vitest run packages/server/src/collectors/host/config.test.ts`.
test('the table of options in docs is that of the schema', async () => {
  const text = await readFile(docs, 'utf8')
  const [from, to] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)]
  if (process.env.UPDATE_DOCS) await writeFile(docs, text.slice(0, from) + optionsTable() + text.slice(to))
  else expect(text.slice(from, to)).toBe(optionsTable())
})

test('an unknown option, a wrong type and a broken regex are refused', () => {
  expect(hostOptionsSchema.safeParse({ proc: '/x' }).success).toBe(false)
  expect(hostOptionsSchema.safeParse({ timeout_ms: 'soon' }).success).toBe(false)
  expect(hostOptionsSchema.safeParse({ netdev: { device_exclude: '(' } }).success).toBe(false)
  // What node exporter takes and JavaScript's own engine would not.
  expect(hostOptionsSchema.safeParse({ netdev: { device_exclude: '(?i)^VETH' } }).success).toBe(true)
})
