import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runRuleTests } from './run-rule-tests.ts'

/*
 * Files with random mistakes: whatever promtool refuses, or finds failing, we do too, and nothing else.
 */

const RULES = `groups:
- name: g
  interval: 1m
  limit: 10
  labels: {team: a}
  rules:
  - record: x:sum
    expr: sum by (job) (x)
    labels: {level: job}
  - alert: High
    expr: x > 2
    for: 1m
    keep_firing_for: 1m
    labels: {severity: page}
    annotations:
      summary: '{{ $labels.job }} is at {{ $value }}'
`
const TEST = `rule_files: [rules.yml]
evaluation_interval: 1m
group_eval_order: [g]
fuzzy_compare: true
tests:
- name: first
  interval: 1m
  external_labels: {cluster: c}
  external_url: http://x
  input_series:
  - series: 'x{job="a"}'
    values: '1+1x5 _ stale'
  - series: 'h'
    values: '{{schema:1 count:2 sum:3 buckets:[1 1]}}x5'
  alert_rule_test:
  - eval_time: 3m
    alertname: High
    exp_alerts:
    - exp_labels: {severity: page, job: a, team: a}
      exp_annotations: {summary: a is at 4}
  promql_expr_test:
  - expr: x:sum
    eval_time: 2m
    exp_samples:
    - labels: 'x:sum{job="a", level="job", team="a"}'
      value: 3
  - expr: h
    eval_time: 1m
    exp_samples:
    - labels: h
      histogram: '{{schema:1 count:2 sum:3 buckets:[1 1]}}'
`

/** Something else in the place of a value, as hands and merges leave it. */
const REPLACEMENTS =
  "5|-1|1.5|''|null|~|true|no|[]|{}|[a]|{a: b}|abc|1m|1x|5m30s|-1m|0|0s|'{{'|'{{ .Nope }}'|'sum('|'1 +'|a.b|'x{a=\"1\"}'|'1 2 3'|'1x'|.inf|0x10|1e3|2026-01-01|!!str 5|&a 5|*a|\"\\n\"|g|High".split(
    '|',
  )
const KEYS =
  'name|expr|record|alert|for|labels|series|values|eval_time|exp_labels|exp_samples|foo|tests|groups|Name|on'.split('|')

type Change = { readonly at: number; readonly kind: number; readonly pick: number }
const change = fc.record({ at: fc.nat(), kind: fc.nat({ max: 7 }), pick: fc.nat() })

function changed(text: string, { at, kind, pick }: Change): string {
  const lines = text.split('\n').slice(0, -1)
  const i = at % lines.length
  const line = lines[i]!
  const value = REPLACEMENTS[pick % REPLACEMENTS.length]!
  const key = KEYS[pick % KEYS.length]!
  if (kind === 0) lines.splice(i, 1)
  else if (kind === 1) lines.splice(i, 0, line)
  // Not the first line: where the others are indented less, Go's reader ends without a word, and ours refuses the rest.
  else if (kind === 2 && i > 0) lines[i] = ` ${line}`
  else if (kind === 3) lines[i] = line.replace(/^ /, '')
  else if (kind === 4) lines[i] = line.replace(/\w+(?=:)/, key)
  else if (kind === 5) lines.splice(i, 0, `${/^[ -]*/.exec(line)![0].replaceAll('-', ' ')}${key}: ${value}`)
  else lines[i] = line.replace(/: .*$|:$/, `: ${value}`)
  return `${lines.join('\n')}\n`
}

const mistake = fc.record({ inRules: fc.boolean(), changes: fc.array(change, { minLength: 1, maxLength: 2 }) })

/** Whether promtool finds each file good; all are given in one call. */
function judged(files: readonly string[]): Promise<readonly boolean[]> {
  const promtool = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/promtool')
  return new Promise((resolve) => {
    const args = ['-c', '"$0" test rules "$@" 2>&1', promtool, ...files]
    execFile('sh', args, { maxBuffer: 256 * 1024 * 1024 }, (_, out) => {
      // It says nothing of the files' names, but keeps their order.
      const verdicts = [...out.matchAll(/^ {2}(SUCCESS|FAILED)/gm)].map(([, word]) => word === 'SUCCESS')
      resolve(verdicts)
    })
  })
}

async function ours(file: string): Promise<readonly string[]> {
  const { failures } = await runRuleTests(file, {
    read: (path) => readFileSync(path, 'utf8'),
    features: new Set(),
    run: [],
    diff: false,
    ignoreUnknownFields: false,
    signal: new AbortController().signal,
    clock: { now: () => 0, monotonic: () => 0 },
  })
  return failures
}

test.skipIf(process.env.JUDGES_DIR === undefined)(
  'files with random mistakes get the verdict of promtool (JUDGES_DIR)',
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mistakes-'))
    try {
      const seed = process.env.FAST_CHECK_SEED
      const all = fc.sample(mistake, {
        numRuns: Number(process.env.MISTAKES ?? 300),
        ...(seed !== undefined ? { seed: Number(seed) } : process.env.CI ? { seed: 1 } : {}),
      })
      const texts = all.map(({ inRules, changes }) => {
        const text = changes.reduce(changed, inRules ? RULES : TEST)
        return inRules ? { rules: text, test: TEST } : { rules: RULES, test: text }
      })
      const files = texts.map(({ rules, test: text }, i) => {
        writeFileSync(join(folder, `${i}.rules.yml`), rules)
        const file = join(folder, `${i}.test.yml`)
        writeFileSync(file, text.replace('rules.yml', `${i}.rules.yml`))
        return file
      })
      const verdicts = await judged(files)
      expect(verdicts).toHaveLength(files.length)
      const differ: string[] = []
      for (const [i, file] of files.entries()) {
        const failures = await ours(file)
        if (verdicts[i] === (failures.length === 0)) continue
        const { inRules, changes } = all[i]!
        const text = inRules ? texts[i]!.rules : texts[i]!.test
        const before = (inRules ? RULES : TEST).split('\n')
        const lines = text.split('\n').filter((line) => !before.includes(line))
        differ.push(
          `${verdicts[i] ? 'taken' : 'refused'} by promtool: ${JSON.stringify(changes)} ${JSON.stringify(lines)}; ours: ${failures[0] ?? 'good'}`,
        )
      }
      expect(verdicts.filter((isGood) => !isGood).length).toBeGreaterThan(10)
      expect(differ).toEqual([])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
