import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { formatDurationMs } from '../src/config/index.ts'
import { type ExampleStory, lineOf, startExampleStory, type Told } from './example-story.ts'

/*
 * Each example whole, under a driven clock: troubles begin, alerts fire after their `for`, routing, grouping and inhibition decide,
 * receivers are told with the text that they would send, and again when it is over. What came of it is in stories/NAME.story,
 * line by line with its minute; after a change on purpose:
 *   npx vitest run packages/server/test/examples-stories.test.ts -u      and read the diff
 */

/** Troubles that go on together; each act begins when the act before is over. */
const ACTS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  catalytic: [
    ['brute-force', 'slow'],
    ['failed-logins', 'slow', 'forbidden', 'no-redis', 'disk'],
    ['very-slow', 'rate-limit', 'errors', 'redis-memory', 'gpu-memory', 'no-database'],
    ['sql-injection', 'encryption', 'invalid-input', 'jwt', 'password-reset', 'pool', 'cold-cache'],
    ['catalytic-saas-down'],
  ],
  'dive-v3': [
    ['mongo-down', 'tampering', 'slow'],
    ['opa-down', 'slow', 'slow-policies', 'redis-memory'],
    ['redis-down', 'denials', 'ttl', 'connections', 'cpu', 'memory'],
    ['backend-down', 'postgres-down'],
    ['logins', 'mfa', 'decision-log', 'slow', 'slow-policies'],
  ],
  'threat-modelling': [
    ['errors', 'slow', 'memory', 'failed-logins', 'analysis-service-down'],
    ['api-service-down', 'crash-loop', 'memory'],
    ['slow', 'long-analysis', 'forbidden', 'data-access'],
    ['no-threats'],
  ],
  'trust-service': [
    ['trust-down'],
    ['errors', 'slow', 'failed-logins', 'memory', 'grpc'],
    ['database', 'slow-queries', 'connections', 'disk', 'vault', 'expiry', 'streams'],
    ['brute-force', 'validation', 'signing', 'pki', 'compliance', 'slow-method', 'slow-queries', 'connections'],
    ['replication', 'node-not-ready', 'crash-loop', 'network'],
  ],
}

type Act = {
  readonly troubles: readonly string[]
  readonly beganMs: number
  readonly endedMs: number
  readonly told: Told[]
}

/** Each act goes on until all that fires was told, and rests until all that was told ended and that was told. */
async function play(
  it: ExampleStory,
  acts: readonly (readonly string[])[],
): Promise<{ acts: Act[]; muted: Set<string> }> {
  const muted = new Set<string>()
  await it.advance('15m')
  const played: Act[] = []
  for (const troubles of acts) {
    const beganMs = it.nowMs
    const told: Told[] = []
    const listen = async () => {
      await it.advance('1m')
      told.push(...it.told())
      for (const name of await it.firing()) if (name.endsWith(MUTE)) muted.add(name.replace(MUTE, ''))
    }
    it.begin(...troubles)
    // Three minutes without anything to wait for: what an alert does to others may come a moment later.
    for (let quiet = 0; quiet < 3; ) {
      await listen()
      const isAllTold = (await it.firing()).every(
        (name) => name === 'Watchdog' || name.endsWith(MUTE) || tells(told, name),
      )
      quiet = told.length > 0 && it.pending().length === 0 && isAllTold ? quiet + 1 : 0
      if (it.nowMs - beganMs > MOST_MS) throw new Error(`${troubles}: not all of ${await it.firing()} is told`)
    }
    const endedMs = it.nowMs
    it.end(...troubles)
    while ((await it.firing()).join() !== 'Watchdog' || it.pending().length > 0 || waiting(told).length > 0) {
      await listen()
      if (it.nowMs - endedMs > MOST_MS) throw new Error(`${troubles}: not over: ${await it.firing()}, ${waiting(told)}`)
    }
    played.push({ troubles, beganMs, endedMs, told })
  }
  return { acts: played, muted }
}

const MUTE = ' (muted)'
const MOST_MS = 3 * 3_600_000

const tells = (told: readonly Told[], name: string) => told.some((one) => one.alerts.includes(name))

/** Whose last message says that something fires, although an end would be told. */
function waiting(told: readonly Told[]): string[] {
  const last = new Map(
    told.map((one) => [`${one.receiver}/${one.kind}/${one.index} ${one.alerts.join()}`, one] as const),
  )
  return [...last].filter(([, { status, sendResolved }]) => sendResolved && status === 'firing').map(([who]) => who)
}

function write({ troubles, beganMs, endedMs, told }: Act): string {
  // To the minute: seconds depend on where in its interval each target is scraped.
  const minutes = (ms: number) => Math.round(ms / 60_000) * 60_000
  const lines = told.map((one) => ({ atMs: one.atMs, text: lineOf({ ...one, atMs: minutes(one.atMs - beganMs) }) }))
  const over = lines.findIndex(({ atMs }) => atMs >= endedMs)
  const at = over < 0 ? lines.length : over
  const texts = lines.map(({ text }) => text)
  return [
    `== ${troubles.join(', ')}`,
    ...texts.slice(0, at),
    `-- over after ${(endedMs - beganMs) / 60_000}m`,
    ...texts.slice(at),
    '',
  ].join('\n')
}

describe.for(Object.entries(ACTS))('the example %s', ([name, acts]) => {
  test('tells each of its alerts to everybody who is meant, and its end', { timeout: 120_000 }, async () => {
    await using it = await startExampleStory(name)
    expect(new Set(acts.flat())).toEqual(new Set(it.service.troubles))
    const { acts: played, muted } = await play(it, acts)
    const told = played.flatMap((act) => act.told)

    await expect(played.map(write).join('\n')).toMatchFileSnapshot(
      fileURLToPath(new URL(`stories/${name}.story`, import.meta.url)),
    )

    // Whatever the story says in particular: nothing of the example is without a part in it.
    const alerts = it.rules.files.flatMap(({ groups }) =>
      groups.flatMap(({ rules }) => rules.flatMap((rule) => (rule.kind === 'alerting' ? [rule.alert] : []))),
    )
    const named = (status: string) => new Set(told.filter((one) => one.status === status).flatMap((one) => one.alerts))
    expect(alerts.filter((alert) => !named('firing').has(alert))).toEqual(UNTOLD[name])
    expect([...named('firing')].filter((alert) => !named('resolved').has(alert))).toEqual([])
    const integrations = it.config.receivers.flatMap(({ name: receiver, integrations }) =>
      integrations.map(({ checked, index }) => ({
        receiver,
        kind: checked.kind,
        index,
        sendResolved: checked.sendResolved,
      })),
    )
    const silent = integrations.filter(
      ({ receiver, kind, index, sendResolved }) =>
        !ESCALATED.has(receiver) &&
        !['firing', 'resolved'].every(
          (status) =>
            (status === 'resolved' && !sendResolved) ||
            told.some(
              (one) => one.receiver === receiver && one.kind === kind && one.index === index && one.status === status,
            ),
        ),
    )
    expect(silent.map(({ receiver, kind }) => `${receiver} ${kind}`)).toEqual(SILENT[name] ?? [])
    expect([...muted].sort()).toEqual(MUTED[name])
  })
})

/** Not of the stand-in: what always fires, and what is compared with days before (`tests/baselines.test.yml`). */
const UNTOLD: Readonly<Record<string, readonly string[]>> = {
  catalytic: ['Watchdog'],
  'dive-v3': ['Watchdog'],
  'threat-modelling': ['Watchdog'],
  'trust-service': ['SuspiciousActivity', 'RateLimiting', 'ProcessingVolume', 'RevenueImpact', 'Watchdog'],
}

/** Receivers of alerts that no rule makes. */
const SILENT: Readonly<Record<string, readonly string[]>> = {
  'dive-v3': ['operations email'],
  'trust-service': ['default slack'],
}

/** Alerts that others mute in some act. */
const MUTED: Readonly<Record<string, readonly string[]>> = {
  catalytic: ['HighAPILatency', 'HighFailedLoginRate'],
  'dive-v3': [
    'DecisionLogBelowTarget',
    'DecisionLoggingFailures',
    'HighAuthorizationLatency',
    'HighMFAEnrollmentFailures',
  ],
  'threat-modelling': ['HighMemoryUsage', 'HighResponseTime'],
  'trust-service': ['BruteForceDetection', 'ConnectionIssues', 'QueryPerformance'],
}

/** Of levels, not of routes. */
const ESCALATED = new Set(['backend-lead', 'incident', 'escalation-page', 'escalation-mail', 'executives-mail'])

type Timing = { readonly alerts: readonly string[]; readonly hours: number; readonly told: readonly string[] }

/** An alert for each route, and what each of its receivers hears of it. */
const TIMINGS: Readonly<Record<string, Timing>> = {
  catalytic: {
    alerts: [
      'SQLInjectionAttempt{severity="critical", category="security"}',
      'JWTTokenErrors{severity="warning", category="security"}',
      'GPUMemoryExhaustion{severity="critical", category="performance"}',
      'RedisUnavailable{severity="critical", category="infrastructure"}',
      'LowCacheHitRate{severity="warning", category="performance"}',
      'DiskSpaceLow{severity="warning", category="infrastructure"}',
      'Unknown',
      'Watchdog{severity="none"}',
    ],
    hours: 25,
    told: [
      'SQLInjectionAttempt to default: first +10s, both +20m10s, again +4h25m10s +8h30m10s, end +1d1h20m10s',
      'SQLInjectionAttempt to security-critical: first +10s, both +20m10s, again +51m10s +1h22m10s, end +1d1h20m10s',
      'JWTTokenErrors to security-warning: first +30s, both +20m30s, again +2h25m30s +4h30m30s, end +1d1h20m30s',
      'GPUMemoryExhaustion to operations-critical: first +10s, both +20m10s, again +1h21m10s +2h22m10s, end +1d1h20m10s',
      'RedisUnavailable to infrastructure-critical: first +10s, both +20m10s, again +1h21m10s +2h22m10s, end +1d1h20m10s',
      'LowCacheHitRate to performance-team: first +5m, both +25m, again +12h35m +1d45m, end +1d1h25m',
      'DiskSpaceLow to infrastructure-team: first +5m, both +25m, again +12h35m +1d45m, end +1d1h25m',
      'Unknown to default: first +10s, both +20m10s, again +4h25m10s +8h30m10s, end +1d1h20m10s',
    ],
  },
  'dive-v3': {
    alerts: [
      'OPAServiceDown{severity="critical"}',
      'HighCPUUsage{severity="warning"}',
      'Unknown',
      'Watchdog{severity="none"}',
    ],
    hours: 9,
    told: [
      'OPAServiceDown to critical: first +10s, both +20m10s, again +51m10s +1h22m10s, end +9h20m10s',
      'HighCPUUsage to warning: first +30s, both +20m30s, again +4h25m30s +8h30m30s, end +9h20m30s',
      'Unknown to operations: first +10s, both +20m10s, again +4h25m10s +8h30m10s, end +9h20m10s',
    ],
  },
  'threat-modelling': {
    alerts: [
      'HighErrorRate{severity="critical", team="platform"}',
      'UnauthorizedAPIAccess{severity="critical", team="security"}',
      'MultipleFailedLogins{severity="warning", team="security"}',
      'HighAnalysisTime{severity="warning", team="engineering"}',
      'HighResponseTime{severity="warning", team="platform"}',
      'Unknown',
      'Watchdog{severity="none"}',
    ],
    hours: 25,
    told: [
      'HighErrorRate to default: first +10s, both +20m10s, again +12h21m10s +1d22m10s, end +1d1h20m10s',
      'HighErrorRate to pagerduty: first +10s, both +20m10s, again +12h21m10s +1d22m10s, end +1d1h20m10s',
      'UnauthorizedAPIAccess to default: first +10s, both +20m10s, again +12h21m10s +1d22m10s, end +1d1h20m10s',
      'UnauthorizedAPIAccess to pagerduty: first +10s, both +20m10s, again +12h21m10s +1d22m10s, end +1d1h20m10s',
      'UnauthorizedAPIAccess to security-team: first +10s, both +20m10s, again +12h21m10s +1d22m10s',
      'UnauthorizedAPIAccess to security-team: first +10s, both +20m10s, again +12h21m10s +1d22m10s, end +1d1h20m10s',
      'MultipleFailedLogins to security-team: first +10s, both +20m10s, again +12h21m10s +1d22m10s',
      'MultipleFailedLogins to security-team: first +10s, both +20m10s, again +12h21m10s +1d22m10s, end +1d1h20m10s',
      'MultipleFailedLogins to slack-warnings: first +10s, both +20m10s, again +12h21m10s +1d22m10s, end +1d1h20m10s',
      'HighAnalysisTime to slack-warnings: first +10s, both +20m10s, again +12h21m10s +1d22m10s, end +1d1h20m10s',
      'HighAnalysisTime to product-team: first +10s, both +20m10s, again +12h21m10s +1d22m10s',
      'HighResponseTime to slack-warnings: first +10s, both +20m10s, again +12h21m10s +1d22m10s, end +1d1h20m10s',
      'Unknown to default: first +10s, both +20m10s, again +12h21m10s +1d22m10s, end +1d1h20m10s',
    ],
  },
  'trust-service': {
    alerts: [
      'VaultFailure{severity="critical", category="security"}',
      'ServiceDown{severity="critical", category="system"}',
      'ComplianceFailures{severity="critical", category="business"}',
      'ProcessingVolume{severity="warning", category="business"}',
      'RevenueImpact{severity="warning", category="business"}',
      'SuspiciousActivity{severity="warning", category="security"}',
      'RateLimiting{severity="warning", category="security"}',
      'GrpcErrors{severity="warning", category="grpc"}',
      'Unknown',
      'Watchdog{severity="none"}',
    ],
    hours: 13,
    told: [
      'VaultFailure to security-critical: first +0s, again +5m +10m, both +21m, again +26m +31m, end +13h21m',
      'ServiceDown to platform-critical: first +10s, both +20m10s, again +51m10s +1h22m10s, end +13h20m10s',
      'ComplianceFailures to compliance: first +10s, both +20m10s, again +6h25m10s +12h30m10s, end +13h20m10s',
      'ProcessingVolume to business: first +30s, both +20m30s, again +6h25m30s +12h30m30s, end +13h20m30s',
      'RevenueImpact to business: first +30s, both +20m30s, again +6h25m30s +12h30m30s, end +13h20m30s',
      'SuspiciousActivity to security-warning: first +30s, both +20m30s, again +2h25m30s +4h30m30s, end +13h20m30s',
      'RateLimiting to security-warning: first +30s, both +20m30s, again +2h25m30s +4h30m30s, end +13h20m30s',
      'GrpcErrors to platform-warning: first +30s, both +20m30s, again +4h25m30s +8h30m30s, end +13h20m30s',
      'Unknown to default: first +30s, both +20m30s, again +4h25m30s +8h30m30s, end +13h20m30s',
    ],
  },
}

describe.for(Object.entries(TIMINGS))('the routes of %s', ([name, { alerts, hours, told }]) => {
  test('wait, gather, repeat and end as they say', { timeout: 120_000 }, async () => {
    await using it = await startExampleStory(name, { rules: false })
    // Of services of their own: what mutes others of its service is not the matter here.
    const instance = (n: number) =>
      alerts.map(
        (alert, i) =>
          `${alert.replace(/\}?$/, '')}${alert.includes('{') ? ', ' : '{'}service="s${i}", instance="${n}"}`,
      )
    await it.push(...instance(1))
    await it.advance('20m')
    await it.push(...instance(2))
    await it.advance(`${hours}h`)
    await it.resolve(...instance(1), ...instance(2))
    await it.advance('30m')
    const all = it.told().filter(({ receiver }) => !ESCALATED.has(receiver))
    const names = alerts.map((alert) => alert.replace(/\{.*/, ''))
    expect(
      names.flatMap((alert) =>
        it.config.receivers.flatMap(({ name: receiver, integrations }) => {
          const mine = all.filter((one) => one.receiver === receiver && one.alerts[0] === alert)
          if (mine.length === 0) return []
          const kinds = [...new Set(mine.map(({ kind }) => kind))]
          // All integrations of a receiver hear the same at the same time; each that wants to, of the end.
          const lines = new Set(kinds.map((kind) => timeLineOf(mine.filter((one) => one.kind === kind))))
          expect(kinds.length).toBe(new Set(integrations.map(({ checked }) => checked.kind)).size)
          return [...lines].map((line) => `${alert} to ${receiver}: ${line}`)
        }),
      ),
    ).toEqual(told)
  })
})

/** `first +10s, both +20m10s, again +51m10s +1h22m10s, end +13h20m10s`; the first two repetitions. */
function timeLineOf(told: readonly Told[]): string {
  const at = ({ atMs }: Told) => `+${formatDurationMs(atMs)}`
  const firing = told.filter(({ status }) => status === 'firing')
  const both = firing.findIndex(({ alerts }) => alerts.length === 2)
  const end = told.filter(({ status }) => status === 'resolved')
  const before = firing.slice(1, both)
  const parts = [
    `first ${at(firing[0]!)}`,
    ...(before.length === 0 ? [] : [`again ${before.slice(0, 2).map(at).join(' ')}`]),
    ...(both < 0
      ? []
      : [
          `both ${at(firing[both]!)}`,
          `again ${firing
            .slice(both + 1, both + 3)
            .map(at)
            .join(' ')}`,
        ]),
    ...(end.length === 0 ? [] : [`end ${end.map(at).join(' ')}`]),
  ]
  return parts.join(', ')
}

/** Each inhibition: what mutes, what is muted, and the same elsewhere, which is told. */
const INHIBITIONS: readonly (readonly [example: string, source: string, target: string, elsewhere?: string])[] = [
  [
    'catalytic',
    'CriticalFailedLoginRate{severity="critical", category="security", symptom="failed_logins", service="api"}',
    'HighFailedLoginRate{severity="warning", category="security", symptom="failed_logins", service="api"}',
    'JWTTokenErrors{severity="warning", category="security", service="api"}',
  ],
  [
    'catalytic',
    'SQLInjectionAttempt{severity="critical", category="security", service="api"}',
    'HighAPILatency{severity="warning", category="performance", symptom="api_latency", service="api"}',
    'RedisMemoryHigh{severity="warning", category="performance", service="cache"}',
  ],
  ['dive-v3', 'BackendAPIDown{severity="critical", service="backend"}', 'HighAuthorizationLatency{severity="warning"}'],
  ['dive-v3', 'MongoDBDown{severity="critical", service="mongo"}', 'DecisionLoggingFailures{severity="critical"}'],
  ['dive-v3', 'MongoDBDown{severity="critical", service="mongo"}', 'DecisionLogBelowTarget{severity="warning"}'],
  ['dive-v3', 'OPAServiceDown{severity="critical", service="opa"}', 'HighAuthorizationLatency{severity="warning"}'],
  ['dive-v3', 'OPAServiceDown{severity="critical", service="opa"}', 'HighOPAPolicyEvaluationTime{severity="warning"}'],
  ['dive-v3', 'RedisDown{severity="critical", service="redis"}', 'HighMFAEnrollmentFailures{severity="warning"}'],
  [
    'threat-modelling',
    'ServiceDown{severity="critical", team="platform", service="api"}',
    'HighResponseTime{severity="warning", team="platform", service="api"}',
    'HighResponseTime{severity="warning", team="platform", service="analysis"}',
  ],
  [
    'threat-modelling',
    'HighErrorRate{severity="critical", team="platform", service="api"}',
    'HighResponseTime{severity="warning", team="platform", service="api"}',
  ],
  [
    'threat-modelling',
    'PodCrashLooping{severity="critical", team="platform", pod="api-1"}',
    'HighMemoryUsage{severity="warning", team="platform", pod="api-1"}',
    'HighMemoryUsage{severity="warning", team="platform", pod="api-2"}',
  ],
  ...['HighErrorRate', 'HighLatency'].map(
    (name) =>
      [
        'trust-service',
        'ServiceDown{severity="critical", category="system", service="trust"}',
        `${name}{severity="critical", category="system", service="trust"}`,
        `${name}{severity="critical", category="system", service="other"}`,
      ] as const,
  ),
  [
    'trust-service',
    'ServiceDown{severity="critical", category="system", service="trust"}',
    'SLAViolations{severity="warning", category="business", service="trust"}',
  ],
  ...['QueryPerformance', 'ConnectionIssues'].map(
    (name) =>
      [
        'trust-service',
        'DatabaseFailure{severity="critical", category="system", service="trust"}',
        `${name}{severity="warning", category="database", service="trust"}`,
      ] as const,
  ),
  [
    'trust-service',
    'AuthenticationFailures{severity="critical", category="security", client_ip="1"}',
    'BruteForceDetection{severity="warning", category="security", client_ip="1"}',
    'BruteForceDetection{severity="warning", category="security", client_ip="2"}',
  ],
]

test.for(INHIBITIONS)('%s: while %s fires, nobody hears of %s', async ([name, source, target, elsewhere]) => {
  await using it = await startExampleStory(name, { rules: false })
  const nameOf = (alert: string) => alert.replace(/\{.*/, '')
  const others = elsewhere === undefined ? [] : [elsewhere]
  await it.push(source, target, ...others)
  await it.advance('30m')
  const told = it.told()
  const of = (alert: string) => told.filter((one) => one.alerts.includes(nameOf(alert)))
  expect(of(source)).not.toEqual([])
  for (const other of others) expect(of(other)).not.toEqual([])
  if (!others.some((other) => nameOf(other) === nameOf(target))) expect(of(target)).toEqual([])
  else expect(of(target).every((one) => one.alerts.length === 1)).toBe(true)
  expect(await it.firing()).toContain(`${nameOf(target)} (muted)`)
  await it.resolve(source)
  await it.advance('30m')
  expect(it.told().some(({ alerts, status }) => status === 'firing' && alerts.includes(nameOf(target)))).toBe(true)
})

describe('escalation', () => {
  const levels = (told: readonly Told[]) =>
    told
      .filter(({ receiver, title }) => ESCALATED.has(receiver) || title.includes(': level '))
      .map((one) => lineOf(one))

  test('Trust Service: team lead, manager and executives, each in their time, and all hear of the end', async () => {
    await using it = await startExampleStory('trust-service', { rules: false })
    await it.push('VaultFailure{severity="critical", category="security", service="trust"}')
    await it.push('RateLimiting{severity="warning", category="security", service="trust"}')
    await it.advance('3h')
    await it.resolve('VaultFailure{severity="critical", category="security", service="trust"}')
    await it.advance('10m')
    expect(levels(it.told())).toEqual([
      '+15m5s firing escalation-page/pagerduty trigger: level 1 of 3 (critical): not acknowledged for 15m: VaultFailure',
      '+30m5s firing escalation-mail/email escalation@marty.com: [ESCALATION] VaultFailure: level 2 of 3 (critical): not acknowledged for 30m',
      '+1h5s firing executives-mail/email executives@marty.com: [ESCALATION] Something is wrong',
      '+3h5s resolved escalation-page/pagerduty resolve: level 1 of 3 (critical): not acknowledged for 15m: VaultFailure',
      '+3h5s resolved escalation-mail/email escalation@marty.com: [RESOLVED] VaultFailure: level 2 of 3 (critical): not acknowledged for 30m',
      '+3h5s resolved executives-mail/email executives@marty.com: [RESOLVED] Something is wrong',
    ])
  })

  test('Trust Service: who acknowledges ends the climb', async () => {
    await using it = await startExampleStory('trust-service', { rules: false })
    await it.push('ServiceDown{severity="critical", category="system", service="trust"}')
    await it.advance('20m')
    await it.acknowledge('ann', 'ServiceDown')
    await it.advance('3h')
    expect(levels(it.told())).toEqual([
      '+15m5s firing escalation-page/pagerduty trigger: level 1 of 3 (critical): not acknowledged for 15m: ServiceDown',
    ])
  })

  test('Trust Service: while another alert mutes it, an alert does not climb', async () => {
    await using it = await startExampleStory('trust-service', { rules: false })
    await it.push(
      'ServiceDown{severity="critical", category="system", service="trust"}',
      'HighLatency{severity="critical", category="system", service="trust"}',
    )
    await it.advance('2h')
    expect(levels(it.told())).toEqual([
      '+15m5s firing escalation-page/pagerduty trigger: level 1 of 3 (critical): not acknowledged for 15m: ServiceDown',
      '+30m5s firing escalation-mail/email escalation@marty.com: [ESCALATION] ServiceDown: level 2 of 3 (critical): not acknowledged for 30m',
      '+1h5s firing executives-mail/email executives@marty.com: [ESCALATION] Something is wrong',
    ])
  })

  test('threat modelling: what is critical for 15 minutes becomes an incident', async () => {
    await using it = await startExampleStory('threat-modelling', { rules: false })
    await it.push(
      'ServiceDown{severity="critical", team="platform", service="api"}',
      'HighAnalysisTime{severity="warning", team="engineering"}',
    )
    await it.advance('1h')
    await it.resolve('ServiceDown{severity="critical", team="platform", service="api"}')
    await it.advance('5m')
    expect(levels(it.told())).toEqual([
      '+15m5s firing incident/pagerduty trigger: ServiceDown: level 1 of 1 (critical): not acknowledged for 15m',
      '+15m5s firing incident/webhook: [FIRING:1] ServiceDown api (critical platform)',
      '+15m5s firing incident/slack #incidents: 🚨 Incident: ServiceDown\n    Something is wrong',
      '+1h5s resolved incident/pagerduty resolve: ServiceDown: level 1 of 1 (critical): not acknowledged for 15m',
      '+1h5s resolved incident/webhook: [RESOLVED] ServiceDown api (critical platform)',
      '+1h5s resolved incident/slack #incidents: ✅ Resolved: ServiceDown\n    Something is wrong',
    ])
  })

  test('Catalytic Computing: the backend lead at once, the infrastructure team after an hour', async () => {
    await using it = await startExampleStory('catalytic', { rules: false })
    await it.push(
      'HighErrorRate{severity="critical", category="performance", service="api"}',
      'CriticalAPILatency{severity="critical", category="performance", symptom="api_latency", service="api"}',
      'HighAPILatency{severity="warning", category="performance", symptom="api_latency", service="api"}',
    )
    await it.advance('2h')
    expect(levels(it.told())).toEqual([
      '+5s firing backend-lead/email backend-lead@catalytic.local: [CRITICAL] HighErrorRate: Something is wrong',
      '+1h5s firing infrastructure-team/email infra@catalytic.local: [INFRASTRUCTURE] CriticalAPILatency: level 1 of 1 (api latency): not acknowledged for 1h',
    ])
  })
})

test('a silence keeps everybody quiet, and its end does not', async () => {
  await using it = await startExampleStory('dive-v3')
  await it.advance('10m')
  await it.silence('service="mongo"', '1h')
  it.begin('mongo-down')
  await it.advance('50m')
  const names = () => [...new Set(it.told().flatMap(({ alerts }) => alerts))]
  expect(names()).toEqual(['DecisionLoggingFailures'])
  await it.advance('20m')
  expect(names()).toEqual(['MongoDBDown'])
})

describe('ThreatCompass', () => {
  test('an alarm has its three states, is repeated while it lasts, and its end is told once', async () => {
    await using it = await startExampleStory('threat-compass', { rules: false })
    const critical = 'threatcompass-production-flask-no-tasks'
    await it.alarm(critical, 'ALARM')
    await it.advance('13h')
    await it.alarm(critical, 'OK')
    await it.advance('13h')
    await it.alarm('threatcompass-production-rds-cpu', 'INSUFFICIENT_DATA')
    await it.advance('1m')
    await it.alarm('threatcompass-production-rds-cpu', 'ALARM')
    await it.advance('1m')
    await it.alarm('threatcompass-production-rds-cpu', 'OK')
    await it.advance('10m')
    expect(it.told().map((one) => lineOf(one))).toEqual([
      '+0s firing critical/email admin@yourdomain.com: ALARM: "threatcompass-production-flask-no-tasks" (critical)',
      '+0s firing critical/slack #threatcompass-critical: 🚨 ThreatCompass Alert: threatcompass-production-flask-no-tasks\n    Alarm: threatcompass-production-flask-no-tasks\n    State: ALARM\n    Description: No task of the Flask service is running\n    Reason: Threshold Crossed: 1 datapoint [0.0] was less than the threshold (1.0).\n    (danger)',
      '+12h10s firing critical/email admin@yourdomain.com: ALARM: "threatcompass-production-flask-no-tasks" (critical)',
      '+12h10s firing critical/slack #threatcompass-critical: 🚨 ThreatCompass Alert: threatcompass-production-flask-no-tasks\n    Alarm: threatcompass-production-flask-no-tasks\n    State: ALARM\n    Description: No task of the Flask service is running\n    Reason: Threshold Crossed: 1 datapoint [0.0] was less than the threshold (1.0).\n    (danger)',
      '+13h10s resolved critical/email admin@yourdomain.com: OK: "threatcompass-production-flask-no-tasks" (critical)',
      '+13h10s resolved critical/slack #threatcompass-critical: ✅ ThreatCompass Alert: threatcompass-production-flask-no-tasks\n    Alarm: threatcompass-production-flask-no-tasks\n    State: OK\n    Description: No task of the Flask service is running\n    Reason: Threshold no longer crossed.\n    (good)',
      '+1d2h firing warning/email devops@yourdomain.com: INSUFFICIENT_DATA: "threatcompass-production-rds-cpu"',
      '+1d2h firing warning/slack #threatcompass: ThreatCompass Alert: threatcompass-production-rds-cpu\n    Alarm: threatcompass-production-rds-cpu\n    State: INSUFFICIENT_DATA\n    Description: The database is busy\n    Reason: No datapoints.\n    (warning)',
      '+1d2h1m10s firing warning/email devops@yourdomain.com: ALARM: "threatcompass-production-rds-cpu"',
      '+1d2h1m10s firing warning/slack #threatcompass: ThreatCompass Alert: threatcompass-production-rds-cpu\n    Alarm: threatcompass-production-rds-cpu\n    State: ALARM\n    Description: The database is busy\n    Reason: Threshold Crossed: 3 datapoints were greater than the threshold (80.0).\n    (danger)',
      '+1d2h2m10s resolved warning/email devops@yourdomain.com: OK: "threatcompass-production-rds-cpu"',
      '+1d2h2m10s resolved warning/slack #threatcompass: ThreatCompass Alert: threatcompass-production-rds-cpu\n    Alarm: threatcompass-production-rds-cpu\n    State: OK\n    Description: The database is busy\n    Reason: Threshold no longer crossed.\n    (good)',
    ])
  })

  test('what is not of CloudWatch goes to a receiver of its own', async () => {
    await using it = await startExampleStory('threat-compass', { rules: false })
    await it.push('DiskFull{severity="critical"}', 'Watchdog{severity="none"}')
    await it.advance('1m')
    expect(it.told().map((one) => lineOf(one))).toEqual([
      '+0s firing own/email devops@yourdomain.com: [FIRING:1] DiskFull (critical)',
    ])
  })
})
