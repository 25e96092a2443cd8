import { formatLabels } from '@binnacle/promql'
import { expect, test } from 'vitest'
import { checkPrometheusConfig } from '../prometheus-config/index.ts'
import { buildTargets } from './target.ts'
import { targetUrl } from './target-url.ts'

function build(job: string) {
  const { config, errors } = checkPrometheusConfig(`scrape_configs:\n- {job_name: j, ${job}}\n`, 'p.yml')
  if (!config) throw errors[0]
  const [first] = config.scrapeConfigs
  return buildTargets(first!.staticGroups[0]!, first!)
}

test('a target gets job and instance, and its URL from scheme, address, path and parameters', () => {
  const [built] = build(
    'metrics_path: /p, scheme: https, params: {b: [x y, z], a: ["1"]}, static_configs: [{targets: ["h:1"], labels: {zone: a}}]',
  )
  expect(built).toMatchObject({
    kind: 'target',
    target: { url: 'https://h:1/p?a=1&b=x+y&b=z', intervalMs: 60_000, timeoutMs: 10_000 },
  })
  if (built?.kind !== 'target') return
  expect(formatLabels(built.target.publicLabels)).toBe('{instance="h:1", job="j", zone="a"}')
  expect(formatLabels(built.target.discoveredLabels)).toBe(
    '{__address__="h:1", __metrics_path__="/p", __param_a="1", __param_b="x y", __scheme__="https", __scrape_interval__="1m", __scrape_timeout__="10s", job="j", zone="a"}',
  )
})

test('relabelling may set everything: job, address, path, parameter, interval and timeout', () => {
  const [built] = build(
    `static_configs: [{targets: ["http://site/"]}], params: {module: [old]}, relabel_configs: [
      {source_labels: [__address__], target_label: __param_target}, {source_labels: [__param_target], target_label: instance},
      {target_label: __param_module, replacement: new}, {target_label: __address__, replacement: "blackbox:9115"},
      {target_label: __scrape_interval__, replacement: 30s}, {target_label: __scrape_timeout__, replacement: 5s},
      {target_label: job, replacement: probe}]`,
  )
  expect(built).toMatchObject({
    kind: 'target',
    target: {
      url: 'http://blackbox:9115/metrics?module=new&target=http%3A%2F%2Fsite%2F',
      publicLabels: ['instance', 'http://site/', 'job', 'probe'],
      intervalMs: 30_000,
      timeoutMs: 5000,
    },
  })
})

test.for([
  [
    'static_configs: [{targets: [a]}], relabel_configs: [{target_label: x, replacement: y}, {source_labels: [job], regex: j, action: drop}]',
    { kind: 'dropped', droppedBy: 1 },
  ],
  [
    'static_configs: [{targets: [a]}], relabel_configs: [{target_label: __address__, replacement: ""}]',
    { kind: 'invalid', reason: 'no address' },
  ],
  [
    'static_configs: [{targets: [a]}], relabel_configs: [{target_label: __address__, replacement: a/b}]',
    { kind: 'invalid', reason: '"a/b" is not a valid hostname' },
  ],
  [
    'static_configs: [{targets: [a]}], relabel_configs: [{target_label: __scrape_interval__, replacement: x}]',
    { kind: 'invalid', reason: '__scrape_interval__ is not a valid duration' },
  ],
  [
    'static_configs: [{targets: [a]}], relabel_configs: [{target_label: __scrape_timeout__, replacement: 2m}]',
    { kind: 'invalid', reason: 'scrape timeout cannot be greater than scrape interval' },
  ],
] as const)('%s gives %j', ([job, expected]) => {
  expect(build(job)[0]).toMatchObject(expected)
})

// What Go's net/url prints for the same parts.
test.for([
  ['/metrics', '/metrics'],
  ['metrics', '/metrics'],
  ['', ''],
  ['/a b?c#d%e', '/a%20b%3Fc%23d%25e'],
  ["/$&+,:;=@-_.~!'()*", '/$&+,:;=@-_.~%21%27%28%29%2A'],
] as const)('the path %s is written %s', ([path, expected]) => {
  expect(targetUrl({ scheme: 'http', address: 'h', path, params: new Map() })).toBe(`http://h${expected}`)
})
