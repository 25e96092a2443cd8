// The same templates rendered by the real amtool and by us, over the same notifications: the same text or the same error.
// What amtool 0.33.1 answered is recorded in testdata/amtool.json; JUDGES_DIR has it asked again, RECORD=1 writes the file anew.

import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { alertmanagerDefaults, alertmanagerFunctions, parseTemplates, TemplateError } from './index.ts'
import { amtoolTemplates } from './testkit/amtool-templates.ts'
import { htmlTemplates } from './testkit/html-templates.ts'
import { type NotificationName, notifications, notificationValue } from './testkit/notification.ts'
import { randomTemplate, randomText } from './testkit/random-templates.ts'

const run = promisify(execFile)
const amtool = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/amtool')
const present = process.env.JUDGES_DIR !== undefined && existsSync(amtool)
const recordPath = new URL('./testdata/amtool.json', import.meta.url)
type Recorded = Record<string, Record<string, string>>
const recorded: Recorded = existsSync(recordPath) ? JSON.parse(readFileSync(recordPath, 'utf8')) : {}
const fresh: Recorded = {}

const folder = mkdtempSync(join(tmpdir(), 'amtool-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
  if (process.env.RECORD === '1') writeFileSync(recordPath, `${JSON.stringify(fresh, null, 1)}\n`)
})

const files = [...alertmanagerDefaults, { name: 'empty.tmpl', text: '\n' }]
const functions = alertmanagerFunctions({ now: () => 0 })
const sets = { text: parseTemplates(files, { functions }), html: parseTemplates(files, { functions, html: true }) }
type Kind = keyof typeof sets

function ours(kind: Kind, template: string, data: NotificationName): string {
  try {
    return sets[kind].compileText('', template).execute(notificationValue(data)) as string
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    expect(error.line).toBeGreaterThan(0)
    expect(error.column).toBeGreaterThan(0)
    return `error: ${error.message}`
  }
}

async function theirs(kind: Kind, template: string, data: NotificationName): Promise<string> {
  if (template === '') return ''
  const empty = join(folder, 'empty.tmpl')
  if (!existsSync(empty)) writeFileSync(empty, '\n')
  const file = join(folder, `${data}.json`)
  if (!existsSync(file)) writeFileSync(file, JSON.stringify(notifications[data]))
  // Debian's build has the default definitions beside it, not in it.
  const own = join(process.env.JUDGES_DIR!, 'root/usr/share/prometheus/alertmanager/*.tmpl')
  const args = [
    'template',
    'render',
    `--template.type=${kind}`,
    `--template.glob=${own}`,
    `--template.glob=${empty}`,
    `--template.text=${template}`,
    `--template.data=${file}`,
  ]
  try {
    return (await run(amtool, args, { maxBuffer: 10_000_000 })).stdout
  } catch (error) {
    const { stderr } = error as { stderr: string }
    return stderr.replace(/^amtool: error: /, 'error: ').replace(/\n\n?$/, '')
  }
}

/** Very long answers are compared by their ends and length. */
function short(text: string): string {
  return text.length < 20_000 ? text : `${text.slice(0, 100)} (${text.length}) ${text.slice(-100)}`
}

/** Contexts in errors of HTML are named in our own words. */
function withoutContexts(text: string): string {
  return text.replace(/(different contexts|non-text context): .*$/, '$1')
}

const groups: Record<string, readonly string[]> = { ...amtoolTemplates, html: htmlTemplates }
for (const [group, templates] of Object.entries(groups)) {
  const kind: Kind = group === 'html' ? 'html' : 'text'
  const datas: NotificationName[] = group === 'defaults' ? ['firing', 'resolved', 'one'] : ['firing']
  describe(`${group}, as amtool`, () => {
    for (const data of datas) {
      for (const template of templates) {
        const key = `${data} ${template}`
        test(JSON.stringify(key), { timeout: 10_000 }, async () => {
          const known = present ? short(withoutContexts(await theirs(kind, template, data))) : recorded[group]?.[key]
          if (known === undefined) throw new Error('no recorded answer; run with JUDGES_DIR and RECORD=1')
          fresh[group] ??= {}
          fresh[group][key] = known
          expect(short(withoutContexts(ours(kind, template, data)))).toBe(known)
        })
      }
    }
  })
}

test.for(['firing', 'resolved', 'one'] as const)('the e-mail of %s says what the one of amtool says', async (data) => {
  const template = '{{ template "email.default.html" . }}'
  const known = present ? tellingOf(await theirs('html', template, data)) : (recorded.email?.[data]?.split('\n') ?? [])
  expect(known.length).toBeGreaterThan(10)
  fresh.email ??= {}
  fresh.email[data] = known.join('\n')
  const mine = ours('html', template, data)
  expect(mine).not.toContain('<&"')
  expect(tellingOf(mine)).toEqual(expect.arrayContaining(known))
})

const share = join(process.env.JUDGES_DIR ?? '', 'root/usr/share/prometheus/alertmanager')

test.runIf(present).for(['text', 'html'] as const)(
  "Alertmanager's own definitions print as %s what amtool prints",
  { timeout: 120_000 },
  async (kind) => {
    const real = ['default.tmpl', 'email.tmpl'].map((name) => ({ name, text: readFileSync(join(share, name), 'utf8') }))
    const set = parseTemplates(real, { functions, html: kind === 'html' })
    for (const name of set.names.filter((one) => /^(__alertm|__subj|[a-z0-9]+\.default\.(?!instances))/.test(one))) {
      const template = `{{ template "${name}" . }}`
      const answer = set.compileText('', template).execute(notificationValue('firing'))
      expect({ name, answer }).toEqual({ name, answer: await theirs(kind, template, 'firing') })
    }
  },
)

/**
 * Known differences: a value of `map[string]interface {}` is unwrapped before a function sees it, which `slice` tells; and a
 * limit may be met where Go goes on.
 */
const isDifferent = (template: string) => /slice .*\(dict "a" 1\)\.a/.test(template)

test.runIf(present)('random templates print, or fail, as with amtool', { timeout: 120_000 }, async () => {
  const templates = [
    ...fc.sample(randomTemplate, { numRuns: 150, seed: 20240501 }),
    ...fc.sample(randomText, { numRuns: 150, seed: 20240502 }),
  ].filter((template) => template !== '' && !template.includes('\ud800') && !isDifferent(template))
  for (const template of templates) {
    expect({ template, answer: ours('text', template, 'firing') }).toEqual({
      template,
      answer: await theirs('text', template, 'firing'),
    })
  }
})

/** Words that a reader sees, and where links lead. */
function tellingOf(html: string): string[] {
  const links = [...html.matchAll(/<a [^>]*?href="([^"]*)"/g)].map(([, to]) => `link ${to}`)
  const text = html.replace(/<(style|title)[^>]*>[\s\S]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ')
  return [...new Set([...links, ...text.split(/\s+/).filter((word) => word !== '' && word !== '=')])]
}
