import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkRuleFile } from './check-rule-file.ts'
import { corpus } from './testkit/corpus.ts'

const run = promisify(execFile)
const promtool = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/promtool')

/** `line:column: message`, the findings of one file. */
const findings = (text: string) => {
  const { errors, warnings } = checkRuleFile(text, 'rules.yml')
  return [
    ...errors.map((error) => `${error.place?.line}:${error.place?.column}: ${error.message}`),
    ...warnings.map(({ place, message }) => `warning ${place.line}:${place.column}: ${message}`),
  ]
}

test.for(corpus)('$name', ({ text, expected }) => {
  const found = findings(text)
  expect(found).toHaveLength(expected.length)
  for (const [i, finding] of found.entries()) expect(finding).toContain(expected[i])
})

test('names of series and labels may be checked as Prometheus 2 did', () => {
  const text = `
groups:
  - name: g
    labels: {a.b: x}
    rules:
      - record: a.b
        expr: up
        labels: {c.d: x}
      - alert: any name at all
        expr: up
        annotations: {e.f: x}
`
  expect(checkRuleFile(text, 'a.yml').errors).toEqual([])
  const { errors } = checkRuleFile(text, 'a.yml', { nameValidation: 'legacy' })
  expect(errors.map(({ place, message }) => `${place?.line}:${place?.column} ${message}`)).toEqual([
    '4:14 invalid label name "a.b"',
    '6:17 "a.b" is not a valid name of a series',
    '8:18 invalid label name "c.d"',
    '11:23 invalid annotation name "e.f"',
  ])
})

test('unknown keys can be passed over', () => {
  const text = 'groups:\n  - name: g\n    team: a\n    rules:\n      - record: x\n        expr: up\n        owner: b\n'
  expect(checkRuleFile(text, 'a.yml').errors).toHaveLength(2)
  expect(checkRuleFile(text, 'a.yml', { ignoreUnknownFields: true }).errors).toEqual([])
})

test('experimental functions need their feature', () => {
  const text = 'groups:\n  - name: g\n    rules:\n      - record: x\n        expr: sort_by_label(up, "job")\n'
  expect(checkRuleFile(text, 'a.yml').errors).toHaveLength(1)
  expect(checkRuleFile(text, 'a.yml', { features: new Set(['promql-experimental-functions']) }).errors).toEqual([])
})

test('a good file becomes values with their places', () => {
  const text = `groups:
  - name: api
    interval: 30s
    query_offset: 10s
    limit: 5
    labels: {team: api}
    rules:
      - record: job:up:sum
        expr: >
          sum by (job)
            (up)
        labels: {b: "1", a: ""}
      - alert: Down
        expr: up == 0
        for: 5m
        keep_firing_for: 1h30m
        labels: {severity: page}
        annotations: {summary: "{{ $labels.job }} is down"}
`
  const { ruleFile, places } = checkRuleFile(text, 'api.yml')
  const [group] = ruleFile!.groups
  expect(group).toMatchObject({
    name: 'api',
    intervalMs: 30_000,
    queryOffsetMs: 10_000,
    limit: 5,
    labels: ['team', 'api'],
    place: { file: 'api.yml', line: 2, column: 5 },
  })
  const [record, alert] = group!.rules
  expect(record).toMatchObject({
    kind: 'recording',
    record: 'job:up:sum',
    expr: 'sum by (job)\n  (up)',
    labels: ['a', '', 'b', '1'],
    place: { line: 8, column: 9 },
  })
  expect(alert).toMatchObject({
    kind: 'alerting',
    alert: 'Down',
    expr: 'up == 0',
    forMs: 300_000,
    keepFiringForMs: 5_400_000,
    labels: { severity: 'page' },
    annotations: { summary: '{{ $labels.job }} is down' },
  })
  expect(places.exprPlace(record!, record!.expr.indexOf('up'))).toMatchObject({ line: 11, column: 14 })
  expect(places.exprPlace(alert!, 3)).toMatchObject({ line: 14, column: 18 })
  expect(places.fieldPlace(alert!, 'labels', 'severity')).toMatchObject({ line: 17, column: 18 })
  expect(places.fieldPlace(alert!, 'labels', 'team')).toMatchObject({ line: 13, column: 9 })
  expect(places.textPlace(alert!, ['annotations', 'summary'], 3)).toMatchObject({ line: 18, column: 36 })
  expect(places.groupPlace(group!, 'interval')).toMatchObject({ line: 3, column: 5 })
})

describe.skipIf(!existsSync(promtool))('the verdict is that of promtool (JUDGES_DIR names where it is)', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rule-files-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test.for(corpus)('$name', async ({ text, expected }, { expect: expectHere }) => {
    const file = join(folder, `${expectHere.getState().currentTestName?.replaceAll(/\W+/g, '-')}.yml`)
    writeFileSync(file, text)
    const args = ['check', 'rules', '--lint=all', '--lint-fatal', file]
    const verdict = await run(promtool, args, { timeout: 20_000 }).then(
      () => 'good',
      (error: { code: number }) => (error.code === 3 ? 'lint' : 'bad'),
    )
    // A second document is passed over there without a word, so that warning of ours is no verdict.
    const own = expected.filter((finding) => !finding.includes('second document'))
    const ours = own.length === 0 ? 'good' : own.every((finding) => finding.startsWith('warning')) ? 'lint' : 'bad'
    expectHere(ours).toBe(verdict)
  })
})
