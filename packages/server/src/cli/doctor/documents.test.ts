import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { DoctorReport } from '../../doctor/index.ts'
import { systemClock } from '../../telemetry/index.ts'
import { diagnoseFiles } from './offline.ts'

/*
 * Rules of three documents over what their services expose, to the letter. What can fire and why the rest cannot was found
 * by reading them (see testdata/README.md).
 */
const testdata = fileURLToPath(new URL('../../doctor/testdata', import.meta.url))

async function diagnoseFolder(
  folder: string,
  files: readonly string[],
  pages: Readonly<Record<string, string>>,
): Promise<DoctorReport> {
  const inside = (name: string) => join(testdata, folder, name)
  return await diagnoseFiles(files.map(inside), {
    pages: Object.entries(pages).map(([job, file]) => ({ job, file, body: readFileSync(inside(file)) })),
    read: (path) => readFileSync(path, 'utf8'),
    environment: {},
    features: new Set(),
    clock: systemClock,
  })
}

const verdictsOf = ({ rules }: DoctorReport, verdict: string) =>
  rules.filter((rule) => rule.kind === 'alerting' && rule.verdict === verdict).map(({ name }) => name)

/** `rule: kind of the first reason`. */
const reasonsOf = ({ rules }: DoctorReport) =>
  Object.fromEntries(
    rules
      .filter((rule) => rule.kind === 'alerting' && rule.verdict === 'cannot_fire')
      .map(({ name, reasons }) => [name, reasons[0]?.kind]),
  )

const messageOf = ({ rules }: DoctorReport, name: string) => {
  const rule = rules.find((one) => one.name === name)
  return [...(rule?.reasons ?? []), ...(rule?.remarks ?? [])]
    .map(({ message, hint }) => `${message} (${hint})`)
    .join('\n')
}

describe('Threat Modeling', () => {
  const rules = 'alerts/application-alerts.yaml'
  const pages = { 'kubernetes-pods': 'app.prom' }

  test('none of the 10 alerts can fire as written: the pattern of rule_files does not find their file', async () => {
    const report = await diagnoseFolder('threat-modeling', ['prometheus.yml', rules], pages)
    expect(report.alerts).toEqual({ can_fire: 0, cannot_fire: 10, always_fires: 0, unknown: 0 })
    expect(report.files.map(({ message }) => message)).toEqual([
      expect.stringContaining('no file matches "alerts/*.yml"'),
      expect.stringContaining('is loaded by nobody'),
    ])
    expect(report.files[0]?.hint).toContain('application-alerts.yaml')
  })

  test('with the pattern repaired 2 can, and the others for the reasons that reading finds', async () => {
    const report = await diagnoseFolder('threat-modeling', ['prometheus-repaired.yml'], pages)
    expect(verdictsOf(report, 'can_fire')).toEqual(['HighResponseTime', 'HighAnalysisTime'])
    expect(reasonsOf(report)).toEqual({
      ServiceDown: 'job',
      HighErrorRate: 'label',
      HighMemoryUsage: 'source',
      PodCrashLooping: 'source',
      LowThreatDetectionRate: 'matching',
      MultipleFailedLogins: 'metric',
      UnauthorizedAPIAccess: 'label',
      SuspiciousDataAccess: 'matching',
    })
    expect(messageOf(report, 'HighErrorRate')).toContain('did you mean "status_code"?')
    expect(messageOf(report, 'ServiceDown')).toContain('"istio-mesh", "kubernetes-apiservers"')
    expect(messageOf(report, 'PodCrashLooping')).toContain('kube-state-metrics')
    expect(messageOf(report, 'HighResponseTime')).toContain('none of its series has the label service')
    expect(messageOf(report, 'HighResponseTime')).toContain('$labels.service is always empty')
    expect(messageOf(report, 'SuspiciousDataAccess')).toContain('nobody gives the metric data_access_total')
  })

  test('routes, inhibitions and texts that wait for alerts which never come', async () => {
    const report = await diagnoseFolder('threat-modeling', ['prometheus-repaired.yml', 'alertmanager.yml'], pages)
    expect(report.routing.map(({ message }) => message)).toEqual([
      expect.stringContaining('grouped by cluster, service, which no alert has'),
      expect.stringContaining('receiver "pagerduty"'),
      expect.stringContaining('receiver "security-team"'),
      expect.stringContaining('receiver "product-team"'),
      expect.stringContaining('the inhibition never acts'),
      expect.stringContaining('.CommonLabels.service is always empty'),
      expect.stringContaining('.Annotations.description is always empty'),
    ])
  })
})

test('DIVE V3: 11 of 17 alerts can fire at most', async () => {
  const report = await diagnoseFolder('dive', ['prometheus.yml'], {
    backend: 'backend.prom',
    opa: 'opa.prom',
    redis: 'redis.prom',
    mongodb: 'mongodb.prom',
    postgres: 'postgres.prom',
  })
  expect(report.alerts).toEqual({ can_fire: 11, cannot_fire: 6, always_fires: 0, unknown: 0 })
  expect(reasonsOf(report)).toEqual({
    HighAuthorizationLatency: 'metric',
    HighOPAPolicyEvaluationTime: 'metric',
    MongoDBHighConnections: 'metric',
    HighCPUUsage: 'source',
    HighMemoryUsage: 'source',
    MongoDBDecisionLogTTLNotWorking: 'metric',
  })
  expect(messageOf(report, 'MongoDBHighConnections')).toContain('there is mongodb_ss_connections')
})

test('Catalytic Computing: 16 of 18 can fire, 7 of them 60 times too late, one of them always', async () => {
  const report = await diagnoseFolder('catalytic', ['prometheus.yml'], {
    api: 'api.prom',
    node: 'node.prom',
    redis: 'redis.prom',
    postgres: 'postgres.prom',
  })
  expect(report.alerts).toEqual({ can_fire: 15, cannot_fire: 2, always_fires: 1, unknown: 0 })
  expect(verdictsOf(report, 'always_fires')).toEqual(['RedisMemoryHigh'])
  expect(reasonsOf(report)).toEqual({ DecryptionFailureRate: 'metric', GPUMemoryExhaustion: 'source' })
  expect(messageOf(report, 'DecryptionFailureRate')).toContain('there is encryption_errors_total')
  const deaf = report.rules.filter(({ remarks }) => remarks.some(({ kind }) => kind === 'unit')).map(({ name }) => name)
  expect(deaf).toEqual([
    'CriticalFailedLoginRate',
    'HighFailedLoginRate',
    'RateLimitExceeded',
    'UnauthorizedAPIAccess',
    'HighInputValidationFailures',
    'JWTTokenErrors',
    'PasswordResetAbuse',
  ])
  const broken = report.rules.filter(({ kind, verdict }) => kind === 'recording' && verdict === 'cannot_fire')
  expect(broken.map(({ name }) => name)).toEqual(['system:memory:efficiency_ratio', 'system:processing:speed_ratio'])
  expect(report.recordings.can_fire).toBe(5)
})

/** The documents themselves, where their folder is there (SHARED_DIR, or `shared` beside the clone). */
const shared = process.env.SHARED_DIR ?? fileURLToPath(new URL('../../../../../../shared', import.meta.url))
const seeds = join(shared, 'seeds')

describe.skipIf(!existsSync(seeds))('the rules as the documents have them', () => {
  /** Rules of the document with the alert `marker`, over the pages of a folder. */
  async function diagnoseDocument(marker: string, folder: string, pages: Readonly<Record<string, string>>) {
    const document = readdirSync(seeds)
      .map((name) => readFileSync(join(seeds, name), 'utf8'))
      .find((text) => text.includes(`alert: ${marker}`))
    const blocks = [...(document ?? '').matchAll(/```yaml\n(.*?)```/gs)].map(([, block = '']) => block)
    const groups = blocks.filter((block) => /^groups:/m.test(block))
    const loose = blocks.filter((block) => /^- alert:/.test(block))
    if (loose.length > 0) groups.push(`groups:\n- name: loose\n  rules:\n${loose.join('').replace(/^/gm, '  ')}`)
    return await diagnoseFiles(
      groups.map((_, i) => `${i}.yml`),
      {
        pages: Object.entries(pages).map(([job, file]) => ({
          job,
          file,
          body: readFileSync(join(testdata, folder, file)),
        })),
        read: (path) => groups[Number.parseInt(path, 10)]!,
        environment: {},
        features: new Set(),
        clock: systemClock,
      },
    )
  }

  test('Threat Modeling: 2 of 10', async () => {
    const report = await diagnoseDocument('LowThreatDetectionRate', 'threat-modeling', {
      'kubernetes-pods': 'app.prom',
    })
    expect(verdictsOf(report, 'can_fire')).toEqual(['HighResponseTime', 'HighAnalysisTime'])
    expect(Object.values(reasonsOf(report)).sort()).toEqual([
      'job',
      'label',
      'label',
      'matching',
      'matching',
      'metric',
      'source',
      'source',
    ])
  })

  test('Catalytic Computing: 16 of 18', async () => {
    const report = await diagnoseDocument('PasswordResetAbuse', 'catalytic', {
      api: 'api.prom',
      node: 'node.prom',
      redis: 'redis.prom',
      postgres: 'postgres.prom',
    })
    expect(report.alerts).toEqual({ can_fire: 15, cannot_fire: 2, always_fires: 1, unknown: 0 })
    expect(Object.keys(reasonsOf(report))).toEqual(['DecryptionFailureRate', 'GPUMemoryExhaustion'])
    const deaf = report.rules.filter(
      ({ kind, remarks }) => kind === 'alerting' && remarks.some((one) => one.kind === 'unit'),
    )
    expect(deaf).toHaveLength(7)
  })
})
