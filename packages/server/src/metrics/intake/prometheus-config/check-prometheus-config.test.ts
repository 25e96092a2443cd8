// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates are written as users write them in YAML
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BinnacleError } from '../../../config/index.ts'
import { checkPrometheusConfig, type ScrapeConfig } from './index.ts'

const testdata = join(import.meta.dirname, 'testdata')
const files = readdirSync(testdata)
const good = files.filter((file) => file.endsWith('.good.yml'))
const bad = files.filter((file) => file.endsWith('.bad.yml'))
const promtool = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/promtool')
const read = (file: string) => readFileSync(join(testdata, file), 'utf8')
const check = (file: string) => checkPrometheusConfig(read(file), join(testdata, file))
const say = (error: BinnacleError) => {
  const where = error.place?.file?.includes('jobs-bad') ? 'main ' : ''
  const hint = error.hint === undefined ? '' : ` (${error.hint})`
  return `${where}${error.place?.line}:${error.place?.column} ${error.message}${hint}`
}

test.for(good)('%s is taken', (file) => {
  const { config, errors } = check(file)
  expect(errors.map(say)).toEqual([])
  expect(config).toBeDefined()
})

test.for(bad)('%s is refused with the error that its first line names', (file) => {
  const { config, errors } = check(file)
  expect(config).toBeUndefined()
  expect(errors.map(say)[0]).toContain(read(file).split('\n', 1)[0]?.slice(2))
})

const judged = existsSync(promtool) ? '' : ' (skipped: promtool is missing, set JUDGES_DIR)'
describe.skipIf(judged !== '')(`promtool gives the same verdict${judged}`, () => {
  test.for([...good, ...bad])('%s', (file) => {
    let verdict = true
    try {
      // Without --syntax-only it would miss the secret files; with it, job files are not read.
      const mode = file.startsWith('duplicate-job-file') ? [] : ['--syntax-only']
      execFileSync(promtool, ['check', 'config', ...mode, join(testdata, file)], { stdio: 'pipe' })
    } catch {
      verdict = false
    }
    expect(verdict).toBe(file.endsWith('.good.yml'))
  })
})

test('all findings of a file are reported, in the order of the file', () => {
  expect(check('several.bad.yml').errors.map(say)).toEqual([
    '3:20 scrape_interval: not a valid duration string: "x"',
    '6:5 unknown key "scheem" (did you mean "scheme"?)',
    '7:15 found multiple scrape configs with job name "a"',
  ])
})

test('what comes later is a warning with its place, never an error', () => {
  const { warnings } = check('kubernetes.good.yml')
  expect(warnings.map(({ line, column, message }) => `${line}:${column} ${message.split(':')[0]}`)).toEqual([
    '20:5 kubernetes_sd_configs',
    '31:5 kubernetes_sd_configs',
    '44:5 kubernetes_sd_configs',
    '56:5 kubernetes_sd_configs',
  ])
  expect(check('empty-sections.good.yml').warnings).toEqual([])
})

test('jobs take what they leave out from the globals and from the defaults of Prometheus', () => {
  const { config } = check('exporters.good.yml')
  expect(config?.global.externalLabels).toEqual({ cluster: 'catalytic-prod', environment: 'production' })
  expect(config?.scrapeConfigs.map((job) => [job.jobName, job.scrapeIntervalMs, job.scrapeTimeoutMs])).toEqual([
    ['catalytic-saas', 15_000, 10_000],
    ['redis', 20_000, 10_000],
    ['node', 15_000, 10_000],
  ])
  expect(config?.scrapeConfigs[0]).toMatchObject({
    honorLabels: false,
    honorTimestamps: true,
    metricsPath: '/metrics',
    scheme: 'http',
    enableCompression: true,
    sampleLimit: 0,
    nameValidation: 'utf8',
    nameEscaping: 'allow-utf-8',
    staticGroups: [{ targets: [{ __address__: 'saas-api:8000' }], labels: { service: 'api', team: 'backend' } }],
  })
  expect(check('short-interval.good.yml').config?.scrapeConfigs[0]?.scrapeTimeoutMs).toBe(2000)
})

test('every key is read, paths count from the file, secrets do not print', () => {
  const { config } = check('every-key.good.yml')
  const [all, token, file, , bearer, twelve, merged] = config?.scrapeConfigs ?? []
  expect(all).toMatchObject({
    honorLabels: true,
    honorTimestamps: false,
    trackTimestampsStaleness: true,
    params: { module: ['http_2xx'], n: ['1', 'true'] },
    scrapeTimeoutMs: 5000,
    scrapeProtocols: ['OpenMetricsText1.0.0', 'PrometheusProto'],
    fallbackScrapeProtocol: 'PrometheusText0.0.4',
    bodySizeLimitBytes: 1.5 * 1024 ** 2,
    sampleLimit: 1000,
    targetLimit: 16,
    labelLimit: 10,
    labelNameLengthLimit: 1000,
    nameEscaping: 'dots',
    fileDiscoveries: [{ files: [join(testdata, 'targets/*.yml'), '/etc/targets.json'], refreshIntervalMs: 60_000 }],
  } satisfies Partial<ScrapeConfig>)
  expect(all?.http).toMatchObject({
    basicAuth: { username: 'admin', passwordFile: join(testdata, 'secrets/password') },
    followRedirects: false,
    tls: { caFile: join(testdata, 'ca.pem'), insecureSkipVerify: true, minVersion: 'TLS12', serverName: 'example.org' },
    headers: [{ name: 'X-Tenant', values: ['a', 'b'], files: [join(testdata, 'tenant')] }],
  })
  expect(all?.staticGroups[0]?.labels).toEqual({ zone: '1', empty: '', on: 'true', 'with space': 'x' })
  expect(token?.http.authorization).toMatchObject({ type: 'Token' })
  expect(token?.http.authorization?.credentials?.reveal()).toBe('abc')
  expect(file?.http.authorization).toMatchObject({ type: 'Bearer', credentialsFile: join(testdata, 'token') })
  expect(bearer?.http.authorization?.credentials?.reveal()).toBe('abc')
  expect([twelve?.jobName, merged?.jobName, merged?.scrapeIntervalMs]).toEqual(['12', 'merged', 30_000])
  expect(JSON.stringify(config)).not.toContain('abc')
})

test('jobs of other files follow, with their own folder', () => {
  const { config } = check('job-files.good.yml')
  expect(config?.scrapeConfigs.map((job) => job.jobName)).toEqual(['main', 'one', 'two'])
  expect(config?.scrapeConfigs[1]?.fileDiscoveries[0]?.files).toEqual([join(testdata, 'jobs/targets.json')])
})

test('the fingerprint changes with a secret or a global, not with the layout of the file', () => {
  const of = (text: string) => checkPrometheusConfig(text, 'a.yml').config?.scrapeConfigs[0]?.fingerprint
  const one = of('scrape_configs: [{job_name: a, bearer_token: x}]')
  expect(of('# more\nscrape_configs:\n  - job_name: a\n    bearer_token: x\n')).toBe(one)
  expect(of('scrape_configs: [{job_name: a, bearer_token: y}]')).not.toBe(one)
  expect(of('global: {scrape_interval: 5s}\nscrape_configs: [{job_name: a, bearer_token: x}]')).not.toBe(one)
})

test('whatever stands in a file is answered with findings that have a place, never with a crash', () => {
  const lines = [...read('every-key.good.yml').split('\n'), ...read('kubernetes.good.yml').split('\n')]
  const words = [
    'null',
    '[',
    '{a: b}',
    '*base',
    '<<:',
    '- ',
    '!!binary x',
    '"',
    '\t',
    ': ',
    '&a [*a]',
    '((',
    '1e999',
    '\u0000',
  ]
  const edit = fc.tuple(
    fc.nat(lines.length - 1),
    fc.constantFrom('cut', 'drop', 'swap', 'word'),
    fc.nat(60),
    fc.constantFrom(...words),
  )
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
      const text = [...lines]
      for (const [at, kind, n, word] of edits) {
        const line = text[at] ?? ''
        if (kind === 'cut') text[at] = line.slice(0, n)
        else if (kind === 'drop') text[at] = ''
        else if (kind === 'swap') text[at] = text[n] ?? ''
        else text[at] = line.slice(0, n) + word + line.slice(n)
      }
      const { config, errors } = checkPrometheusConfig(text.join('\n'), 'p.yml')
      expect(config === undefined).toBe(errors.length > 0)
      for (const { place } of errors) expect(place?.line).toBeGreaterThanOrEqual(1)
    }),
    { numRuns: 300 },
  )
})
