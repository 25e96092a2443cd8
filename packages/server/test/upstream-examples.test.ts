import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTemplates, type NotificationData } from '../src/alerting/notify/index.ts'
import { amtool } from '../src/alerting/testkit/start-alertmanager.ts'
import { startNodeExporter } from '../src/collectors/host/testkit/node-exporter.ts'
import { formatTestReport } from '../src/rules/rule-test/report.ts'
import { runRuleTests } from '../src/rules/rule-test/run-rule-tests.ts'
import { systemClock } from '../src/telemetry/index.ts'
import { evaluateInBoth } from './evaluated-rules.ts'
import {
  fencedBlocks,
  filesBelow,
  flatName,
  judgeVerdicts,
  ourErrors,
  type Reader,
  readPacked,
} from './public-texts.ts'

const root = join(process.env.JUDGES_DIR ?? '', 'root')
const documents = join(root, 'usr/share/doc')
const missing =
  process.env.JUDGES_DIR === undefined
    ? ' (skipped: the examples of Prometheus and Alertmanager are missing, set JUDGES_DIR)'
    : ''

const PACKAGES = /\/(prometheus|prometheus-alertmanager|prometheus-node-exporter)\//
/** Debian leaves these ways of discovery out of its build; Prometheus's own takes them. */
const LEFT_OUT = /prometheus-(nomad|stackit)\.yml$/

/** Every configuration that comes with the packages, and every block of YAML in their pages. */
function examples(): Map<string, string> {
  const found = new Map<string, string>()
  const files = [
    ...filesBelow(documents, /\.ya?ml(\.gz)?$/).filter((path) => PACKAGES.test(path)),
    ...filesBelow(join(root, 'etc/prometheus'), /\.ya?ml$/),
  ]
  for (const path of files) found.set(flatName(path, root).replace(/\.gz$/, ''), readPacked(path))
  for (const path of pages()) {
    for (const [i, block] of fencedBlocks(readPacked(path)).entries())
      found.set(`${flatName(path, root)}_${i}.yml`, block)
  }
  return found
}

const pages = () => filesBelow(documents, /(\.md|README[\w.]*)(\.gz)?$/).filter((path) => PACKAGES.test(path))

describe.skipIf(missing !== '')(`examples that come with Prometheus and Alertmanager${missing}`, () => {
  let folder = ''
  let texts = new Map<string, string>()
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'upstream-'))
    texts = examples()
    for (const [name, text] of texts) writeFileSync(join(folder, name), text)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  // What is written for one of them is shown to all three: each takes some and refuses the rest.
  test.for([
    ['rules', 7],
    ['config', 20],
    ['alertmanager', 4],
  ] as const satisfies [Reader, number][])(
    'each as it stands gets the verdict of the real tool: as %s',
    { timeout: 240_000 },
    async ([reader, atLeast]) => {
      const files = [...texts.keys()].map((name) => join(folder, name)).filter((file) => !LEFT_OUT.test(file))
      const verdicts = await judgeVerdicts(reader, files)
      expect([...verdicts.keys()].sort()).toEqual([...files].sort())
      expect([...verdicts.values()].filter((isTaken) => isTaken).length).toBeGreaterThanOrEqual(atLeast)
      const differ = files.flatMap((file) => {
        const errors = ourErrors(reader, texts.get(file.slice(folder.length + 1))!, file)
        const isTaken = verdicts.get(file)!
        return isTaken === (errors.length === 0)
          ? []
          : [`${file}: ${isTaken ? errors.join('; ') : 'refused by it only'}`]
      })
      expect(differ).toEqual([])
    },
  )

  test('configurations of discoveries that the judge has not are taken', () => {
    const names = [...texts.keys()].filter((name) => LEFT_OUT.test(name))
    expect(names).toHaveLength(2)
    for (const name of names) expect(ourErrors('config', texts.get(name)!, name), name).toEqual([])
  })

  test.for(['an empty store', 'the series of a node exporter'] as const)(
    'rule files are evaluated as in Prometheus, over %s',
    { timeout: 240_000 },
    async (over) => {
      const rules = new Map([...texts].filter(([name, text]) => ourErrors('rules', text, name).length === 0))
      await using exporter = over === 'an empty store' ? undefined : await startNodeExporter([])
      const { theirs, ours } = await evaluateInBoth(rules, exporter?.address, 60_000)
      expect(theirs.size).toBeGreaterThanOrEqual(10)
      expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs))
      expect(new Set(ours.values())).toEqual(new Set(['ok']))
    },
  )

  test('templates of the pages about rules print what promtool prints', { timeout: 60_000 }, async () => {
    const blocks = pages()
      .filter((path) => /template_(examples|reference)|alerting_rules/.test(path))
      .flatMap((path) => [...readPacked(path).matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, body]) => body!))
      .filter((body) => body.includes('{{'))
    expect(blocks.length).toBeGreaterThanOrEqual(7)
    const alert = (text: string, i: number) =>
      `  - {alert: A${i}, expr: up == 0, annotations: {text: ${JSON.stringify(text)}}}\n`
    writeFileSync(join(folder, 'pages.rules'), `groups:\n- name: pages\n  rules:\n${blocks.map(alert).join('')}`)
    // Nothing is expected, so that both tell what they got.
    const series = [
      'up{instance="a:1", job="node"}',
      'some_metric{instance="someinstance"}',
      'node_memory_MemTotal{job="node", instance="a:1"}',
      'node_network_receive_bytes{job="node", instance="a:1", device="eth0"}',
    ]
    const inputs = series.map((one, i) => `  - {series: '${one}', values: '${i}+0x5'}\n`).join('')
    const expected = blocks.map((_, i) => `  - {eval_time: 5m, alertname: A${i}, exp_alerts: []}\n`).join('')
    const file = join(folder, 'pages.test')
    writeFileSync(file, `rule_files: [pages.rules]\ntests:\n- input_series:\n${inputs}  alert_rule_test:\n${expected}`)
    const judged = await new Promise<{ out: string; err: string }>((resolve) => {
      execFile(join(root, 'usr/bin/promtool'), ['test', 'rules', file], (_, out, err) => resolve({ out, err }))
    })
    const report = await runRuleTests(file, {
      read: (path) => readFileSync(path, 'utf8'),
      features: new Set(),
      run: [],
      diff: false,
      ignoreUnknownFields: false,
      signal: new AbortController().signal,
      clock: systemClock,
    })
    expect(report.failures.length).toBeGreaterThan(0)
    expect(formatTestReport(report)).toEqual(judged)
    expect(judged.err + judged.out).toContain('First argument: 1')
  })

  test('definitions of the example for Microsoft Teams print what amtool prints', { timeout: 60_000 }, async () => {
    const path = join(documents, 'prometheus-alertmanager/examples/webhook/teams.tmpl')
    const text = readPacked(path)
    const names = [...text.matchAll(/\{\{-?\s*define\s+"([^"]+)"/g)].map(([, name]) => name!)
    expect(names.length).toBeGreaterThan(0)
    const labels = { alertname: 'Down', instance: 'a:1', severity: 'critical' }
    const common = {
      receiver: 'team',
      groupLabels: { alertname: 'Down' },
      commonLabels: { alertname: 'Down', severity: 'critical' },
      commonAnnotations: { summary: 'It is "down" & out' },
      externalURL: 'http://am.example',
    }
    const alerts = (['firing', 'resolved'] as const).map((status, i) => ({
      status,
      labels: { ...labels, instance: `${i}:1` },
      annotations: { summary: 'It is "down" & out', description: `<${i}>` },
      generatorURL: 'http://p.example',
      fingerprint: `${i}`,
    }))
    const [startsAtMs, endsAtMs] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)]
    const data: NotificationData = {
      ...common,
      status: 'firing',
      notificationReason: 'unknown',
      alerts: alerts.map((alert) => ({
        ...alert,
        startsAtMs,
        ...(alert.status === 'resolved' ? { endsAtMs } : {}),
        resolvedReason: '',
      })),
    }
    const theirs = {
      ...common,
      status: 'firing',
      alerts: alerts.map((alert) => ({
        ...alert,
        startsAt: new Date(startsAtMs).toISOString(),
        endsAt: alert.status === 'resolved' ? new Date(endsAtMs).toISOString() : '0001-01-01T00:00:00Z',
      })),
    }
    writeFileSync(join(folder, 'teams.tmpl'), text)
    writeFileSync(join(folder, 'data.json'), JSON.stringify(theirs))
    const templates = createTemplates({ files: [{ path, text }], externalUrl: common.externalURL }, systemClock)
    for (const name of names) {
      const template = `{{ template ${JSON.stringify(name)} . }}`
      const args = [`--template.glob=${join(folder, 'teams.tmpl')}`, `--template.data=${join(folder, 'data.json')}`]
      const judged = await amtool(['template', 'render', ...args, `--template.text=${template}`])
      expect(judged.code, judged.stderr).toBe(0)
      expect(templates.text(template, data), name).toBe(judged.stdout)
    }
  })
})
