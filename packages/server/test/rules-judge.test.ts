import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startBinnacle } from './start-binnacle.ts'
import { startPrometheus } from './start-prometheus.ts'

const judges = process.env.JUDGES_DIR

const RULES = `groups:
- name: recording
  labels: {team: core, kind: group}
  rules:
  - {record: 'job:load:sum', expr: 'sum  by(job) (load)', labels: {kind: rule}}
  - {record: 'load:twice', expr: job:load:sum * 2}
  - {record: 'load:without', expr: load, labels: {disk: ""}}
  - {record: scalar, expr: 1 + 1}
  - {record: gone, expr: nothing > 1}
- name: alerting
  interval: 1s
  limit: 100
  rules:
  - alert: High
    expr: load > 5
    labels: {severity: page, where: '{{ $externalLabels.region }}/{{ $labels.disk }}', none: '{{ $labels.none }}'}
    annotations: {summary: 'disk {{ $labels.disk }} at {{ $value | humanize }}', empty: '', bad: '{{ $labels.disk.x }}', all: '{{ range $k, $v := $labels }}{{ $k }}={{ $v }} {{ end }}'}
  - {alert: Later, expr: load > 5, for: 1h}
  - {alert: Kept, expr: load == 7, keep_firing_for: 1h}
  - {alert: Absent, expr: 'absent(nothing{a="b"})', annotations: {q: '{{ with query "job:load:sum" }}{{ . | first | value }}{{ end }}'}}
  - {alert: Scalar, expr: vector(1) * 12345.678}
  - {alert: Never, expr: load > 1000, for: 1m30s}
- name: wrong
  rules:
  - {alert: Same, expr: load, labels: {disk: all}}
  - {record: same, expr: load, labels: {disk: all}}
  - {alert: ManyToMany, expr: load * on (job) load}
  - {record: 'a:range', expr: 'load[1m]'}
- name: limited
  limit: 1
  rules:
  - {alert: Limited, expr: load > 1}
  - {record: limited, expr: load}
  - {alert: WithinLimit, expr: load > 6}
`

type Json = { [key: string]: unknown }

/** Times differ from evaluation to evaluation; alerts have no order. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  const out: Json = {}
  for (const [key, item] of Object.entries(value as Json)) {
    if (['lastEvaluation', 'evaluationTime', 'activeAt', 'keepFiringSince'].includes(key)) out[key] = typeof item
    // Which of two duplicates comes first is chance.
    else if (key === 'lastError') out[key] = String(item).replace(/\[\{.*\}\]/, '[...]')
    else if (key === 'alerts' && Array.isArray(item)) {
      const all = item.map(comparable).map((one) => JSON.stringify(one))
      out[key] = all.sort().map((one) => JSON.parse(one) as unknown)
    } else out[key] = comparable(item)
  }
  return out
}

test.skipIf(judges === undefined)(
  'rules, alerts and their series are those of Prometheus 3.5 over the same target',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'binnacle-rules-judge-'))
    let load = { a: 6, b: 7, c: 1 } as Record<string, number>
    const target = createServer((_, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4')
      response.end(
        Object.entries(load)
          .map(([disk, value]) => `load{disk="${disk}"} ${value}\n`)
          .join(''),
      )
    })
    await new Promise<void>((done) => target.listen(0, '127.0.0.1', done))
    const { port } = target.address() as AddressInfo
    writeFileSync(join(folder, 'rules.yml'), RULES)
    const prometheusConfig = `global: {scrape_interval: 1s, evaluation_interval: 1s, external_labels: {region: eu}}
rule_files: [${folder}/rules.yml]
scrape_configs: [{job_name: app, static_configs: [{targets: ["127.0.0.1:${port}"]}]}]
`
    try {
      await using judge = await startPrometheus({ config: prometheusConfig })
      await using ours = await startBinnacle({
        prometheusConfig,
        config: 'collectors: {host: {enabled: false}, process: {enabled: false}}\n',
      })
      const ask = async (url: string, path: string) => comparable(await (await fetch(url + path)).json())
      const same = async (path: string, ms = 20_000) => {
        for (const end = Date.now() + ms; ; ) {
          const [expected, found] = await Promise.all([ask(judge.url, path), ask(ours.url, path)])
          if (JSON.stringify(expected) === JSON.stringify(found)) return expected
          if (Date.now() > end) expect(found, path).toEqual(expected)
          await new Promise((done) => setTimeout(done, 300))
        }
      }
      const values = async (query: string) => {
        const path = `/api/v1/query?query=${encodeURIComponent(query)}`
        const read = async (url: string) => {
          const { data } = (await (await fetch(url + path)).json()) as {
            data: { result: { metric: Json; value: [number, string] }[] }
          }
          return data.result.map(({ metric, value }) => `${JSON.stringify(metric)} ${value[1]}`).sort()
        }
        const [expected, found] = await Promise.all([read(judge.url), read(ours.url)])
        expect(found, query).toEqual(expected)
        return expected
      }
      // Three evaluations at least, so that all is there on both sides.
      await new Promise((done) => setTimeout(done, 5_000))
      const rules = JSON.stringify(await same('/api/v1/rules'))
      expect(rules).toContain('"state":"firing"')
      expect(rules).toContain('exceeded limit of 1 with')
      await same('/api/v1/alerts')
      load = { a: 6, b: 6, c: 1 }
      await new Promise((done) => setTimeout(done, 3_000))
      await same('/api/v1/rules')
      for (const path of [
        '/api/v1/rules?type=alert&exclude_alerts=true',
        '/api/v1/rules?rule_name[]=High&rule_name[]=job:load:sum',
        '/api/v1/rules?rule_group[]=limited',
        `/api/v1/rules?file[]=${folder}/rules.yml&type=record`,
        '/api/v1/rules?match[]={severity="page"}',
        '/api/v1/rules?match[]={team=~".+"}',
        '/api/v1/rules?group_limit=2',
        '/api/v1/rules?group_limit=x',
        '/api/v1/rules?group_limit=0',
        '/api/v1/rules?group_next_token=x',
        '/api/v1/rules?group_limit=1&group_next_token=x',
        '/api/v1/rules?type=x',
        '/api/v1/rules?exclude_alerts=x',
        '/api/v1/rules?match[]={}',
        '/api/v1/rules?match[]=}',
      ])
        await same(path)
      expect(await values('ALERTS')).not.toEqual([])
      for (const query of [
        'job:load:sum',
        'load:twice',
        'load:without',
        'scalar',
        'gone',
        'same',
        'limited',
        'count(ALERTS_FOR_STATE)',
      ]) {
        await values(query)
      }
      load = { c: 1 }
      await new Promise((done) => setTimeout(done, 3_000))
      await same('/api/v1/rules')
      await same('/api/v1/alerts')
      await values('ALERTS')
      await values('ALERTS_FOR_STATE * 0')
      await values('load:without')
    } finally {
      target.close()
      target.closeAllConnections()
      rmSync(folder, { recursive: true, force: true })
    }
  },
  90_000,
)
