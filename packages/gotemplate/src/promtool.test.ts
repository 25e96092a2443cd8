// The same annotations expanded by the real promtool (its rule tests print what they got) and by us. What promtool 3.5.3
// answered is recorded in testdata/promtool.json; JUDGES_DIR has it asked again, RECORD=1 writes the file anew.

import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRuleTemplates, expansionFailure, type QuerySample, TemplateError } from './index.ts'
import { brokenRuleTexts, ruleTexts } from './testkit/rule-texts.ts'

const run = promisify(execFile)
const promtool = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/promtool')
const present = process.env.JUDGES_DIR !== undefined && existsSync(promtool)
const recordPath = new URL('./testdata/promtool.json', import.meta.url)
let known: Record<string, string> = existsSync(recordPath) ? JSON.parse(readFileSync(recordPath, 'utf8')) : {}

const folder = mkdtempSync(join(tmpdir(), 'promtool-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
  if (process.env.RECORD === '1') writeFileSync(recordPath, `${JSON.stringify(known, null, 1)}\n`)
})

const labels = { __name__: 'errors', instance: 'db-1.example:9100', job: 'a' }
const externalURL = 'http://prom.example:9090/p'
const externalLabels = { cluster: 'eu', zone: 'z' }
const keyOf = (text: string, value: string | undefined) => `${value ?? '12345.678'} ${text}`

beforeAll(async () => {
  if (present) known = { ...(await expanded()), ...(await refused()) }
}, 120_000)

/** All texts as alerts of one file; a test that expects none prints what each of them got. */
async function expanded(): Promise<Record<string, string>> {
  const rules = ruleTexts.map(([text, value], at) => ({
    alert: `T${at}`,
    // Keeps the labels of the one series, its name too.
    expr: value === undefined ? 'errors{job="a"}' : `errors_${at}`,
    annotations: { text },
  }))
  const series = ruleTexts.flatMap(([, value], at) =>
    value === undefined
      ? []
      : [{ series: `errors_${at}{instance="db-1.example:9100",job="a"}`, values: value.replace('+', '') }],
  )
  const file = {
    rule_files: ['rules.yml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        external_labels: externalLabels,
        external_url: externalURL,
        input_series: [
          { series: 'errors{instance="db-1.example:9100",job="a"}', values: '12345.678' },
          { series: 'one{instance="db-3.example:9100",job="a"}', values: '3' },
          { series: 'errors{instance="db-2.example:9100",job="b"}', values: '2' },
          ...series,
        ],
        alert_rule_test: rules.map(({ alert }) => ({ eval_time: '0m', alertname: alert, exp_alerts: [] })),
      },
    ],
  }
  writeFileSync(join(folder, 'rules.yml'), JSON.stringify({ groups: [{ name: 'g', rules }] }))
  writeFileSync(join(folder, 'test.yml'), JSON.stringify(file))
  const output = await outputOf(['test', 'rules', join(folder, 'test.yml')])
  const answers: Record<string, string> = {}
  for (const found of output.matchAll(
    /alertname: T(\d+), time: 0s,[\s\S]*?Annotations:\{text=("(?:\\.|[^"\\])*")\}/g,
  )) {
    const [text, value] = ruleTexts[Number(found[1])]!
    answers[keyOf(text, value)] = unquoted(found[2]!)
  }
  if (Object.keys(answers).length === 0) throw new Error(`promtool refused the rules: ${output.slice(0, 1000)}`)
  return answers
}

/** What `promtool check rules` says about texts that do not parse. */
async function refused(): Promise<Record<string, string>> {
  const answers: Record<string, string> = {}
  for (const [at, text] of brokenRuleTexts.entries()) {
    const path = join(folder, `broken-${at}.yml`)
    writeFileSync(
      path,
      JSON.stringify({ groups: [{ name: 'g', rules: [{ alert: 'T', expr: 'up', annotations: { text } }] }] }),
    )
    const output = await outputOf(['check', 'rules', path])
    answers[`broken ${text}`] = /annotation "text": (.*)/.exec(output)?.[1] ?? output
  }
  return answers
}

async function outputOf(args: string[]): Promise<string> {
  try {
    const { stdout, stderr } = await run(promtool, args, { maxBuffer: 10_000_000 })
    return stdout + stderr
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return stdout + stderr
  }
}

/** Go's quoted texts, whose escapes JSON shares but for a few. */
function unquoted(quoted: string): string {
  return JSON.parse(
    quoted
      .replace(/\\x([0-9a-f]{2})/g, '\\u00$1')
      .replace(/\\a/g, '\\u0007')
      .replace(/\\v/g, '\\u000b'),
  )
}

function query(text: string): QuerySample[] {
  if (text === 'errors') {
    return [
      { labels, value: 12345.678 },
      { labels: { ...labels, instance: 'db-2.example:9100', job: 'b' }, value: 2 },
    ]
  }
  if (text === 'one') return [{ labels: { ...labels, __name__: 'one', instance: 'db-3.example:9100' }, value: 3 }]
  if (text === 'vector(1.5)') return [{ labels: {}, value: 1.5 }]
  if (text === 'nothing') return []
  throw new Error(`1:${text.length + 1}: parse error: unclosed left parenthesis`)
}

for (const [at, [text, value]] of ruleTexts.entries()) {
  test(JSON.stringify(keyOf(text, value)), async () => {
    const name = value === undefined ? 'errors' : `errors_${at}`
    const sample = Object.entries({ ...labels, __name__: name }) as [string, string][]
    // A query that fails does so when it is answered.
    const rules = createRuleTemplates({ externalURL, externalLabels, query: async (asked) => query(asked) })
    const number = value === undefined ? 12345.678 : Number(value.replace('Inf', 'Infinity'))
    let answer: string
    try {
      answer = await rules.compile(`T${at}`, text)(sample, number, 0)
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      answer = expansionFailure(`T${at}`, error)
    }
    expect(answer).toBe(known[keyOf(text, value)])
  })
}

test.for([...brokenRuleTexts.keys()])('broken text %i is refused in the words of promtool', (at) => {
  const text = brokenRuleTexts[at]!
  let thrown: unknown
  try {
    createRuleTemplates({ externalURL }).compile('T', text)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(TemplateError)
  expect((thrown as TemplateError).message).toBe(known[`broken ${text}`])
})
