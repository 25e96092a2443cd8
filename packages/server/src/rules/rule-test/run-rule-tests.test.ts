import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BinnacleError } from '../../config/index.ts'
import { formatJunit } from './junit.ts'
import { formatTestReport } from './report.ts'
import { type RuleTestOptions, type RuleTestReport, runRuleTests } from './run-rule-tests.ts'
import { corpus, type RuleTestCase } from './testkit/corpus.ts'

const promtool = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/promtool')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rule-tests-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write({ rules, test: text }: Pick<RuleTestCase, 'rules' | 'test'>): { own: string; file: string } {
  const own = mkdtempSync(join(folder, 'x'))
  writeFileSync(join(own, 'rules.yml'), rules ?? '')
  writeFileSync(join(own, 'test.yml'), text)
  return { own, file: join(own, 'test.yml') }
}

function run(file: string, given: Partial<RuleTestOptions> = {}): Promise<RuleTestReport> {
  return runRuleTests(file, {
    read: (path) => readFileSync(path, 'utf8'),
    features: new Set(),
    run: [],
    diff: false,
    ignoreUnknownFields: false,
    signal: new AbortController().signal,
    clock: { now: () => 0, monotonic: () => 0 },
    ...given,
  })
}

const optionsOf = ({ run = [], diff = false, ignoreUnknownFields = false }: RuleTestCase) => ({
  run,
  diff,
  ignoreUnknownFields,
})

test.for(corpus)('$name', async (one) => {
  const { file, own } = write(one)
  const { failures } = await run(file, optionsOf(one))
  expect(failures.map((failure) => failure.replaceAll(`${own}/`, ''))).toHaveLength(one.expected.length)
  for (const [i, part] of one.expected.entries())
    expect(failures[i]).toContain(part.replace('rules.yml', `${own}/rules.yml`))
})

describe.skipIf(!existsSync(promtool))('what is printed is what promtool prints (JUDGES_DIR names where it is)', () => {
  test.for(corpus)('$name', async (one, { expect: expectHere }) => {
    const { file } = write(one)
    const flags = [
      ...(one.run ?? []).map((pattern) => `--run=${pattern}`),
      ...(one.diff === true ? ['--diff'] : []),
      ...(one.ignoreUnknownFields === true ? ['--ignore-unknown-fields'] : []),
    ]
    const judged = await new Promise<{ out: string; err: string; bad: boolean }>((resolve) => {
      execFile(promtool, ['test', 'rules', ...flags, file], { timeout: 20_000 }, (error, out, err) =>
        resolve({ out, err, bad: error !== null }),
      )
    })
    const report = await run(file, optionsOf(one))
    expectHere(report.failures.length > 0).toBe(judged.bad)
    if (one.ownWords !== true) expectHere(formatTestReport(report)).toEqual({ out: judged.out, err: judged.err })
  })

  test('JUnit reports are the same', async () => {
    const files = corpus
      .filter(({ ownWords }) => ownWords !== true)
      .slice(0, 30)
      .map((one) => write(one).file)
    const out = join(folder, 'junit.xml')
    await new Promise<void>((resolve) => {
      execFile(promtool, ['test', 'rules', `--junit=${out}`, ...files], { timeout: 60_000 }, () => resolve())
    })
    const ours = formatJunit((await Promise.all(files.map((file) => run(file)))).map(({ junit }) => junit))
    const plain = (text: string) => text.replace(/ timestamp="[^"]*"/g, '')
    expect(plain(ours)).toBe(plain(readFileSync(out, 'utf8')))
  })
})

test('a start of its own moves samples, evaluations and time', async () => {
  const { file } = write({
    rules: 'groups:\n- name: g\n  rules:\n  - {record: now, expr: time()}\n',
    test: `rule_files: [rules.yml]
tests:
- start_timestamp: 2021-01-01T00:00:00Z
  interval: 1m
  input_series: [{series: x, values: '1 2 3'}]
  promql_expr_test:
  - {expr: 'timestamp(x)', eval_time: 1m, exp_samples: [{value: 1609459260}]}
  - {expr: 'now', eval_time: 2m, exp_samples: [{labels: now, value: 1609459320}]}
- start_timestamp: 1000
  promql_expr_test:
  - {expr: 'time()', eval_time: 1m, exp_samples: [{value: 1060}]}
`,
  })
  expect((await run(file)).failures).toEqual([])
})

test('a file that cannot be read fails, and stands in the report', async () => {
  const read = () => {
    throw new BinnacleError('config.unreadable', 'cannot read the file: there is no such file', {
      place: { file: 'a.yml' },
    })
  }
  const { failures, junit } = await run('a.yml', { read })
  expect(failures).toEqual(['a.yml: cannot read the file: there is no such file'])
  expect(formatJunit([junit])).toBe(
    '<testsuites><testsuite name="a.yml" tests="1" failures="0" errors="1" skipped="0" timestamp=""><testcase name="unknown"><error>a.yml: cannot read the file: there is no such file</error></testcase></testsuite></testsuites>',
  )
})

test('a pattern that is no regular expression is refused', async () => {
  const { file } = write({ test: 'tests: []\n' })
  await expect(run(file, { run: ['('] })).rejects.toThrow('--run: "(" is no regular expression')
})

test('debugging shows every sample', async () => {
  const { file } = write({
    rules: 'groups:\n- name: g\n  rules:\n  - {record: y, expr: x + 0.5}\n',
    test: `rule_files: [rules.yml]\ntests:\n- name: a\n  interval: 1m\n  input_series: [{series: x, values: '1 2'}]\n  promql_expr_test: [{expr: x, eval_time: 1m, exp_samples: [{labels: x, value: 2}]}]\n`,
  })
  const lines: string[] = []
  await run(file, { debug: (line) => lines.push(line) })
  expect(lines).toEqual([
    'DEBUG: Starting test a',
    'DEBUG: Dump of all data (input_series and rules) at 1m1s:',
    '{__name__="x"} =>\n2 @[60000]\n{__name__="y"} =>\n2.5 @[60000]',
    'DEBUG: Test a finished, took 0.000ms',
  ])
})
