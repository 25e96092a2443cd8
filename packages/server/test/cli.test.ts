import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BinnacleError } from '../src/config/index.ts'
import { type FakeCall, fakeParts, startHttp } from '../src/http/testkit/index.ts'
import { runCli } from './run-cli.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'binnacle-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return name
}

test('--version and --help work everywhere and start fast', async () => {
  for (const command of [
    [],
    ['up'],
    ['check'],
    ['query'],
    ['storage'],
    ['storage', 'cut'],
    ['test'],
    ['test', 'rules'],
  ]) {
    const version = await runCli([...command, '--version'])
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' })
    const help = await runCli([...command, '--help'])
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: binnacle'), stderr: '' })
  }
  expect((await runCli(['--help'])).stdout).toContain('--prometheus-config <file>')
})

test.for([
  [['qeury', 'up'], 2, 'did you mean "query"?'],
  [['--listne', ':1'], 2, 'Did you mean --listen?'],
  [['query'], 2, "missing required argument 'promql'"],
  [['--listen', '0.0.0.0:7070'], 1, 'refusing to listen on 0.0.0.0: Binnacle has no login yet'],
  [['--listen', 'nowhere'], 1, '"nowhere" is not HOST:PORT'],
  [['--retention', 'long'], 1, '--retention: "long" is not a duration'],
  [['--config', 'gone.yml'], 1, 'gone.yml: cannot read the file: there is no such file'],
  [['query', 'up', '--url', '127.0.0.1:9'], 1, 'start it with "binnacle up", or name its address with --url'],
] as const)('%j ends with code %d and says what to do, without a stack', async ([args, code, text]) => {
  const result = await runCli(args, { cwd: folder })
  expect(result.code).toBe(code)
  expect(result.stderr).toContain(text)
  expect(result.stderr).not.toMatch(/^\s+at /m)
  expect(result.stdout).toBe('')
})

test('check prints every finding of every file with its line and a caret', async () => {
  const bad = file('binnacle-bad.yml', 'listen: 127.0.0.1:1\nretentoin:\n  metrics: 1d\nquery:\n  timeout: soon\n')
  const good = file('binnacle-good.yml', 'retention:\n  metrics: 7d\n')
  const scrape = file(
    'prometheus.yml',
    'scrape_configs:\n- job_name: a\n  scrape_intervall: 5s\n  static_configs: [{targets: ["x:1"]}]\nrule_files: [r.yml]\n',
  )
  const result = await runCli(['check', bad, good, scrape, 'gone.yml'], { cwd: folder })
  expect(result.code).toBe(1)
  expect(result.stderr).toBe('')
  expect(result.stdout).toContain(
    'error: binnacle-bad.yml:2:1: unknown key "retentoin" (config.unknown_key)\n  retentoin:\n  ^\n  did you mean "retention"?\n',
  )
  expect(result.stdout).toContain('error: binnacle-bad.yml:5:12: "soon" is not a duration')
  expect(result.stdout).toContain('binnacle-bad.yml (Binnacle settings): 2 errors\n')
  expect(result.stdout).toContain('binnacle-good.yml (Binnacle settings): OK, 2 packs\n')
  expect(result.stdout).toContain('error: prometheus.yml:3:3: unknown key "scrape_intervall"')
  expect(result.stdout).toContain('error: prometheus.yml:5:14: rule_files: there is no file "r.yml"')
  expect(result.stdout).toContain('prometheus.yml (Prometheus configuration): 2 errors\n')
  expect(result.stdout).toContain('error: gone.yml: cannot read the file: there is no such file')
})

test('check ends well when there are only warnings', async () => {
  const name = file('warned.yml', 'rule_files: ["gone/*.yml"]\nscrape_configs: []\n')
  const result = await runCli(['check', name], { cwd: folder })
  expect([result.code, result.stdout]).toEqual([0, expect.stringMatching(/ \d warnings?\n$/)])
})

test('check finds what no alert could ever do, and --strict makes it count', async () => {
  const rules = file(
    'odd.yml',
    'groups:\n- name: a\n  rules:\n  - alert: A\n    expr: sum(up) == 0\n    annotations: {summary: "{{ $labels.job }} is down"}\n',
  )
  const result = await runCli(['check', rules], { cwd: folder })
  expect(result).toEqual({
    code: 0,
    stderr: '',
    stdout:
      'warning: odd.yml:6:32: $labels.job is always empty: "sum(up)" does not give it (alerts/template)\n      annotations: {summary: "{{ $labels.job }} is down"}\n                                 ^\n  add it to the aggregation, such as "by (job)", or leave it out of the text\nodd.yml (rules): 1 warning\n',
  })
  expect((await runCli(['check', '--strict', rules], { cwd: folder })).code).toBe(1)
  const json = await runCli(['check', '--json', rules], { cwd: folder })
  expect(JSON.parse(json.stdout)).toMatchObject([
    {
      file: 'odd.yml',
      kind: 'rules',
      content: '1 rule',
      errors: [],
      warnings: [{ check: 'alerts/template', place: { line: 6 } }],
    },
  ])
  expect(await runCli(['check', '--syntax-only', rules], { cwd: folder })).toMatchObject({
    code: 0,
    stdout: 'odd.yml (rules): OK, 1 rule\n',
  })
})

test('test rules prints what promtool prints, and writes a JUnit report', async () => {
  file('job.rules.yml', 'groups:\n- name: a\n  rules:\n  - {record: "job:up:sum", expr: sum by (job) (up)}\n')
  const tests = (value: number) =>
    `rule_files: ["*.rules.yml"]\ntests:\n- name: t\n  interval: 1m\n  input_series: [{series: 'up{job="a"}', values: '1x5'}]\n  promql_expr_test: [{expr: 'job:up:sum', eval_time: 1m, exp_samples: [{labels: 'job:up:sum{job="a"}', value: ${value}}]}]\n`
  const good = file('good-test.yml', tests(1))
  const bad = file('bad-test.yml', tests(2))
  expect(await runCli(['test', 'rules', good], { cwd: folder })).toEqual({
    code: 0,
    stdout: '  SUCCESS\n\n',
    stderr: '',
  })
  const result = await runCli(['test', 'rules', '--junit', 'report.xml', good, bad], { cwd: folder })
  expect(result).toEqual({
    code: 1,
    stdout: '  SUCCESS\n\n\n\n',
    stderr:
      '  FAILED:\n    expr: "job:up:sum", time: 1m,\n        exp: {__name__="job:up:sum", job="a"} 2E+00\n        got: {__name__="job:up:sum", job="a"} 1E+00\n',
  })
  const report = readFileSync(join(folder, 'report.xml'), 'utf8')
  expect(report).toContain('<testsuite name="bad-test.yml" tests="1" failures="1" errors="0" skipped="0"')
  const none = await runCli(['test', 'rules', '--run', 'x', bad], { cwd: folder })
  expect(none).toMatchObject({ code: 0, stdout: '  SUCCESS\n\n' })
})

test('query asks the running Binnacle and prints a table, or the raw answer', async () => {
  const calls: FakeCall[] = []
  await using server = await startHttp(fakeParts(calls))
  const instant = await runCli(['query', 'up', '--url', server.url, '--time', '1000'])
  expect(instant).toEqual({ code: 0, stderr: '', stdout: 'SERIES          VALUE\nup{job="node"}      1\n' })
  const range = await runCli(['query', 'up', '--url', server.url, '--start', '0', '--end', '600', '--json'])
  expect(range).toMatchObject({
    code: 0,
    stdout: '{"resultType":"matrix","result":[]}\n',
    stderr: 'note: a warning\nnote: an info\n',
  })
  expect(calls.map((call) => call.args)).toMatchObject([
    { timeMs: 1_000_000 },
    { startMs: 0, endMs: 600_000, stepMs: 10_000 },
  ])
})

test('query --explain prints the tree with what each part gave, and what to mend', async () => {
  const parts = fakeParts()
  const explain: typeof parts.querier.explain = async (query, signal) => {
    const told = await parts.querier.explain(query, signal)
    const fix = { label: 'Wrap in rate()', text: 'rate(up[5m])' }
    const remark = { tone: 'warning', code: 'counter_without_rate', text: 'it only grows', fix } as const
    const reads = {
      series: 1,
      samples: 1200,
      origins: { head: 1000, engine: 200 },
      fromMs: 0,
      toMs: 1,
      windowMs: 1,
      intervalMs: undefined,
    }
    const child = { ...told.tree, remarks: [remark], reads, start: 4, end: 6 }
    return { ...told, tree: { ...told.tree, title: 'sum', kind: 'aggregate', totalMs: 1.5, children: [child] } }
  }
  await using server = await startHttp({ ...parts, querier: { ...parts.querier, explain } })
  const { code, stdout } = await runCli(['query', 'sum(up)', '--explain', '--url', server.url])
  expect([code, stdout]).toEqual([
    0,
    `2.00 ms, read 3 samples of 1 series
NODE      SERIES  VALUES   READ  FROM                       TIME      OWN
sum            1       1                                 1.50 ms  1.00 ms
└ up [1]       1       1  1,200  head 1,000, engine 200  1.00 ms  1.00 ms
[1] it only grows
    Wrap in rate(): rate(up[5m])
`,
  ])
})

test('a query that fails prints the words of the answer and its hint', async () => {
  const parts = fakeParts()
  const instant = async () => {
    throw new BinnacleError('query.max_samples', 'the query reads too much', { kind: 'limit', hint: 'ask for less' })
  }
  await using server = await startHttp({ ...parts, querier: { ...parts.querier, instant } })
  expect(await runCli(['query', 'up', '--url', server.url])).toEqual({
    code: 1,
    stdout: '',
    stderr: 'binnacle: the query reads too much (query.max_samples)\n  ask for less\n',
  })
})

test('storage shows what is kept, and cuts', async () => {
  const calls: FakeCall[] = []
  await using server = await startHttp(fakeParts(calls))
  const shown = await runCli(['storage', '--url', server.url])
  expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('Bytes a sample  0.63\n')])
  const cut = await runCli(['storage', 'cut', '--url', server.url])
  expect([cut.code, cut.stdout]).toEqual([0, 'All chunks are cut and merged.\n  chunks  3\n'])
  expect(await runCli(['storage', '--url', server.url, '--json', 'cut'])).toMatchObject({ code: 0 })
  expect(calls).toHaveLength(2)
})
