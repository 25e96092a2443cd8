import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { checkRuleFile } from '../rule-file/index.ts'
import { nameOf, rulesOf } from './check.ts'
import { lintRules } from './lint-rules.ts'
import { CONFIG } from './testkit/lint-texts.ts'

/*
 * The rules of the reference teams as their documents have them, where the folder with those documents is there
 * (SHARED_DIR, or `shared` beside the clone). What is found is what reading them found (requirements, last section).
 */
const shared = process.env.SHARED_DIR ?? fileURLToPath(new URL('../../../../../../shared', import.meta.url))
const seeds = join(shared, 'seeds')
const there = existsSync(seeds)

/** Fenced YAML of a document; lists of alerts without a group are put into one. */
function ruleFilesIn(text: string): { name: string; text: string }[] {
  const files: { name: string; text: string }[] = []
  const loose: string[] = []
  for (const [, block = ''] of text.matchAll(/```yaml\n(.*?)```/gs)) {
    if (/^groups:/m.test(block)) files.push({ name: `${files.length}.yml`, text: block })
    else if (/^- alert:/.test(block)) loose.push(block)
  }
  if (loose.length === 0) return files
  return [
    ...files,
    { name: 'loose.yml', text: `groups:\n- name: loose\n  rules:\n${loose.join('').replace(/^/gm, '  ')}` },
  ]
}

/** `rule: check`, of the document that has the alert `marker`. */
function findingsOf(marker: string): string[] {
  const document = readdirSync(seeds)
    .map((name) => readFileSync(join(seeds, name), 'utf8'))
    .find((text) => text.includes(`alert: ${marker}`))
  const files = ruleFilesIn(document ?? '').map(({ name, text }) => {
    const { ruleFile, errors, places } = checkRuleFile(text, name)
    if (ruleFile === undefined) throw new Error(`${name}: ${errors[0]?.message}`)
    return { ruleFile, places, text }
  })
  const rules = [...rulesOf({ files })]
  return lintRules({ files, config: CONFIG! }, 0).map(({ check, place }) => {
    const rule = rules.filter(({ rule }) => rule.place.file === place.file && rule.place.line! <= place.line!).at(-1)
    return `${rule === undefined ? 'configuration' : nameOf(rule.rule)}: ${check}`
  })
}

describe.skipIf(!there)('the rules of the documents (SHARED_DIR names their folder)', () => {
  test('Threat Modeling', () => {
    expect(findingsOf('LowThreatDetectionRate')).toEqual([
      'configuration: alerts/watchdog',
      'HighErrorRate: alerts/runbook',
      'HighMemoryUsage: promql/zero_division',
      'PodCrashLooping: alerts/runbook',
      'PodCrashLooping: alerts/unit',
      'LowThreatDetectionRate: alerts/per_series',
      'LowThreatDetectionRate: promql/vector_matching',
      'UnauthorizedAPIAccess: alerts/runbook',
      'SuspiciousDataAccess: alerts/runbook',
      'SuspiciousDataAccess: promql/vector_matching',
    ])
  })

  test('Catalytic Computing', () => {
    const found = findingsOf('PasswordResetAbuse')
    const of = (check: string) =>
      found.filter((line) => line.endsWith(`: ${check}`)).map((line) => line.split(':').slice(0, -1).join(':'))
    expect(of('alerts/unit')).toEqual([
      'api:http_requests:rate1m',
      'CriticalFailedLoginRate',
      'HighFailedLoginRate',
      'RateLimitExceeded',
      'UnauthorizedAPIAccess',
      'HighInputValidationFailures',
      'JWTTokenErrors',
      'PasswordResetAbuse',
    ])
    expect(of('alerts/per_series')).toEqual([
      'CriticalFailedLoginRate',
      'HighFailedLoginRate',
      'EncryptionFailureRate',
      'DecryptionFailureRate',
      'RateLimitExceeded',
      'UnauthorizedAPIAccess',
      'HighInputValidationFailures',
      'JWTTokenErrors',
      'PasswordResetAbuse',
      'HighAPILatency',
      'CriticalAPILatency',
    ])
    expect(of('rule/level')).toEqual([
      'api:http_request_duration:p95',
      'api:http_request_duration:p99',
      'database:connection_pool:utilization',
      'system:memory:efficiency_ratio',
      'system:processing:speed_ratio',
    ])
    expect(of('alerts/runbook')).toEqual([
      'SQLInjectionAttempt',
      'EncryptionFailureRate',
      'DecryptionFailureRate',
      'CriticalAPILatency',
    ])
    expect(of('promql/zero_division')).toEqual(['RedisMemoryHigh'])
    expect(of('alerts/up')).toEqual(['configuration'])
    expect(of('alerts/watchdog')).toEqual(['configuration'])
    expect(found).toHaveLength(8 + 11 + 5 + 4 + 1 + 2)
  })
})
