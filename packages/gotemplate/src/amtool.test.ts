// The same templates rendered by the real amtool and by us, over the same notifications: the same text or the same error.
// What amtool 0.33.1 answered is recorded in testdata/amtool.json; JUDGES_DIR has it asked again, RECORD=1 writes the file anew.

import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { alertmanagerDefaults, alertmanagerFunctions, parseTemplates, TemplateError } from './index.ts'
import { amtoolTemplates } from './testkit/amtool-templates.ts'
import { type NotificationName, notifications, notificationValue } from './testkit/notification.ts'

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

const set = parseTemplates([...alertmanagerDefaults, { name: 'empty.tmpl', text: '\n' }], {
  functions: alertmanagerFunctions({ now: () => 0 }),
})

function ours(template: string, data: NotificationName): string {
  try {
    return set.compileText('', template).execute(notificationValue(data)) as string
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    expect(error.line).toBeGreaterThan(0)
    expect(error.column).toBeGreaterThan(0)
    return `error: ${error.message}`
  }
}

async function theirs(template: string, data: NotificationName): Promise<string> {
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

/** Where we differ on purpose, and why. */
const differences: Readonly<Record<string, string>> = {}

for (const [group, templates] of Object.entries(amtoolTemplates)) {
  const datas: NotificationName[] = group === 'defaults' ? ['firing', 'resolved', 'one'] : ['firing']
  describe(`${group}, as amtool`, () => {
    for (const data of datas) {
      for (const template of templates) {
        const key = `${data} ${template}`
        test(JSON.stringify(key), { timeout: 10_000 }, async () => {
          const known = present ? short(await theirs(template, data)) : recorded[group]?.[key]
          if (known === undefined) throw new Error('no recorded answer; run with JUDGES_DIR and RECORD=1')
          fresh[group] ??= {}
          fresh[group][key] = known
          const answer = short(ours(template, data))
          if (differences[template] !== undefined) expect(answer).not.toBe(known)
          else expect(answer).toBe(known)
        })
      }
    }
  })
}
