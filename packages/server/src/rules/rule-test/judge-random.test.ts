import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatTestReport } from './report.ts'
import { runRuleTests } from './run-rule-tests.ts'

/*
 * Random rules over random series, asked at random moments for what nobody expects, so that both programs print all that
 * they have: recorded series, firing alerts, ALERTS and ALERTS_FOR_STATE.
 */

const promtool = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/promtool')

const minutes = (most: number) => fc.integer({ min: 0, max: most }).map((n) => `${n}m`)
const point = fc.oneof(
  { arbitrary: fc.constantFrom('0', '1', '5', '2.5', '-1', '1e3'), weight: 4 },
  fc.constantFrom('_', '_x3', 'stale', '0+1x4', '10-2x3', '1x5', 'NaN', '5+1x2'),
)
const values = fc.array(point, { minLength: 3, maxLength: 8 }).map((points) => points.join(' '))
const series = fc.uniqueArray(
  fc.constantFrom('x{a="1"}', 'x{a="2"}', 'x{a="1",b="3"}', 'y_total{a="1"}', 'y_total{a="2",b="3"}', 'z'),
  { minLength: 2, maxLength: 6 },
)
const expr = fc.constantFrom(
  'x',
  'x > 1',
  'x == 0',
  'sum by (a) (x)',
  'count(x) > 1',
  'rate(y_total[3m])',
  'increase(y_total[5m]) > 0',
  'max_over_time(x[4m])',
  'absent(z)',
  'absent(x{a="9"})',
  'x offset 2m',
  'avg_over_time(x[5m:1m])',
  'x and on (a) y_total',
  'x unless on (a) y_total > 2',
  'sum(x) or vector(-1)',
  'label_replace(x, "c", "$1-", "a", "(.*)")',
  'r0 * 2',
  'sum by (a) (r1)',
  'ALERTS',
  'changes(x[6m])',
  'vector(time()) > 300',
  'quantile(0.5, x)',
  'z + 1',
)
const rule = fc.record({
  expr,
  kind: fc.constantFrom('record', 'alert', 'alert'),
  forText: minutes(4),
  keep: minutes(3),
  label: fc.constantFrom(
    '{}',
    '{a: rule}',
    '{team: "{{ $labels.a }}"}',
    '{b: ""}',
    '{sev: "{{ if gt $value 1.0 }}high{{ else }}low{{ end }}"}',
  ),
  note: fc.constantFrom(
    '{}',
    '{s: "{{ $labels.a }} is {{ $value }}"}',
    '{s: "{{ $value | humanize }} of {{ len $labels }}"}',
    '{s: "{{ with query `sum(x)` }}{{ . | first | value }}{{ end }}"}',
  ),
})
const file = fc.record({
  rules: fc.array(rule, { minLength: 2, maxLength: 7 }),
  interval: fc.constantFrom('30s', '1m', '2m'),
  step: fc.constantFrom('1m', '30s'),
  names: series,
  points: fc.array(values, { minLength: 6, maxLength: 6 }),
  moments: fc.array(minutes(12), { minLength: 2, maxLength: 4 }),
  offset: fc.constantFrom('', '    query_offset: 1m\n'),
})

type Given = typeof file extends fc.Arbitrary<infer T> ? T : never

function textsOf({ rules, interval, step, names, points, moments, offset }: Given): { rules: string; test: string } {
  const one = ({ expr, kind, forText, keep, label, note }: (typeof rules)[number], i: number) =>
    kind === 'record'
      ? `      - {record: r${i}, expr: '${expr}', labels: ${label.includes('{{') ? '{k: v}' : label}}\n`
      : `      - {alert: A${i}, expr: '${expr}', for: ${forText}, keep_firing_for: ${keep}, labels: ${label}, annotations: ${note}}\n`
  const asked = moments.flatMap((at) => [
    ...rules.flatMap(({ kind }, i) => (kind === 'record' ? [`    - {expr: r${i}, eval_time: ${at}}\n`] : [])),
    `    - {expr: ALERTS, eval_time: ${at}}\n    - {expr: ALERTS_FOR_STATE, eval_time: ${at}}\n`,
  ])
  const alerts = moments.flatMap((at) =>
    rules.flatMap(({ kind }, i) => (kind === 'alert' ? [`    - {alertname: A${i}, eval_time: ${at}}\n`] : [])),
  )
  return {
    rules: `groups:\n  - name: g\n${offset}    rules:\n${rules.map(one).join('')}`,
    test: `rule_files: [rules.yml]\nevaluation_interval: ${interval}\ntests:\n- interval: ${step}\n  input_series:\n${names.map((name, i) => `    - {series: '${name}', values: '${points[i]}'}\n`).join('')}${alerts.length > 0 ? `  alert_rule_test:\n${alerts.join('')}` : ''}  promql_expr_test:\n${asked.join('')}`,
  }
}

test.skipIf(!existsSync(promtool))(
  'random rules over random series give what promtool gives (JUDGES_DIR)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'random-rules-'))
    let printed = 0
    try {
      await fc.assert(
        fc.asyncProperty(file, async (given) => {
          const { rules, test: text } = textsOf(given)
          writeFileSync(join(folder, 'rules.yml'), rules)
          writeFileSync(join(folder, 'test.yml'), text)
          const judged = await new Promise<{ out: string; err: string }>((resolve) => {
            execFile(promtool, ['test', 'rules', join(folder, 'test.yml')], { timeout: 20_000 }, (_, out, err) =>
              resolve({ out, err }),
            )
          })
          const report = await runRuleTests(join(folder, 'test.yml'), {
            read: (path) => readFileSync(path, 'utf8'),
            features: new Set(),
            run: [],
            diff: false,
            ignoreUnknownFields: false,
            signal: new AbortController().signal,
            clock: { now: () => 0, monotonic: () => 0 },
          })
          printed += judged.err.length
          expect({ rules, text, ...formatTestReport(report) }).toEqual({ rules, text, ...judged })
        }),
        { numRuns: 25, endOnFailure: true },
      )
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    expect(printed).toBeGreaterThan(10_000)
  },
  120_000,
)
