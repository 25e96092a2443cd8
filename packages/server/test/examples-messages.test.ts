import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runCli } from './run-cli.ts'

const EXAMPLES = fileURLToPath(new URL('../../../examples', import.meta.url))

type Request = { readonly to?: string; readonly url?: string; readonly body?: { readonly channel?: string } }
type Rendered = {
  readonly receivers: readonly {
    readonly receiver: string
    readonly messages: readonly { readonly title: string; readonly text: string; readonly request: Request }[]
  }[]
}

/** Who would be told of an alert, where, and in which words; the bodies of mails are Binnacle's own. */
async function toldOf(example: string, labels: string): Promise<string[]> {
  const { environment } = await import(join(EXAMPLES, example, 'service.mjs'))
  const file = join(EXAMPLES, example, 'alertmanager.yml')
  const annotations = [
    'summary=Something is wrong',
    'description=5 of 7',
    'runbook_url=http://runbook.example',
    'dashboard_url=http://board.example',
  ]
  const { stdout, stderr } = await runCli(
    [
      'alert',
      'render',
      '--json',
      '--config',
      file,
      ...annotations.flatMap((one) => ['--annotation', one]),
      ...labels.split(' '),
    ],
    { env: environment({ httpPort: 7171, smtpPort: 7172 }) },
  )
  expect(stderr).toBe('')
  const { receivers } = JSON.parse(stdout) as Rendered
  return receivers.flatMap(({ receiver, messages }) =>
    messages.map(({ title, text, request: { to, url, body } }) => {
      const address = to ?? body?.channel ?? url?.replace(/^.*:7171/, '')
      const words = address === '/pagerduty' ? ownDetails(text) : to === undefined ? withoutTime(text) : ''
      return `${receiver} ${address}: ${title}${words === '' ? '' : `\n${words}`}`
    }),
  )
}

const withoutTime = (text: string) => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/, 'TIME').trimEnd()

/** Details of an event that the team's own templates make; none where they are Alertmanager's. */
function ownDetails(text: string): string {
  const details = JSON.parse(text) as Record<string, unknown>
  return 'alerts' in details ? JSON.stringify(details) : ''
}

/** Each route of each example, with the texts of its receivers: `receiver address: title`, and the text in lines of its own. */
const CASES: readonly (readonly [example: string, labels: string, told: readonly string[]])[] = [
  [
    'threat-modelling',
    'alertname=HighErrorRate severity=critical team=platform service=api',
    [
      'pagerduty /pagerduty: HighErrorRate: Something is wrong\n{"firing":1,"resolved":0,"num_firing":1,"num_resolved":0,"alerts":{"HighErrorRate":"5 of 7"}}',
      'default #alerts: Alert: HighErrorRate\nSomething is wrong',
    ],
  ],
  [
    'threat-modelling',
    'alertname=UnauthorizedAPIAccess severity=critical team=security service=api',
    [
      'pagerduty /pagerduty: UnauthorizedAPIAccess: Something is wrong\n{"firing":1,"resolved":0,"num_firing":1,"num_resolved":0,"alerts":{"UnauthorizedAPIAccess":"5 of 7"}}',
      'security-team security-team@threatmodel.io: Security Alert: UnauthorizedAPIAccess',
      'security-team #security-alerts: 🚨 Security Alert: UnauthorizedAPIAccess\n*Alert:* UnauthorizedAPIAccess\n*Description:* 5 of 7\n*Severity:* critical\n*Time:* TIME UTC',
      'default #alerts: Alert: UnauthorizedAPIAccess\nSomething is wrong',
    ],
  ],
  [
    'threat-modelling',
    'alertname=LowThreatDetectionRate severity=warning team=security',
    [
      'security-team security-team@threatmodel.io: Security Alert: LowThreatDetectionRate',
      'security-team #security-alerts: 🚨 Security Alert: LowThreatDetectionRate\n*Alert:* LowThreatDetectionRate\n*Description:* 5 of 7\n*Severity:* warning\n*Time:* TIME UTC',
      'product-team #product-metrics: 📊 Product Alert: LowThreatDetectionRate\n5 of 7',
      'slack-warnings #alerts-warnings: ⚠️ Warning: LowThreatDetectionRate\nSomething is wrong',
    ],
  ],
  [
    'threat-modelling',
    'alertname=HighAnalysisTime severity=warning team=engineering',
    [
      'product-team #product-metrics: 📊 Product Alert: HighAnalysisTime\n5 of 7',
      'slack-warnings #alerts-warnings: ⚠️ Warning: HighAnalysisTime\nSomething is wrong',
    ],
  ],
  [
    'dive-v3',
    'alertname=MetadataTamperingDetected severity=critical service=backend',
    [
      'critical <secret>: [FIRING:1] MetadataTamperingDetected backend (critical)',
      'critical /pagerduty: MetadataTamperingDetected: Something is wrong',
      'critical #dive-critical: FIRING: MetadataTamperingDetected\nSomething is wrong. 5 of 7\nhttp://runbook.example',
    ],
  ],
  [
    'dive-v3',
    'alertname=HighCPUUsage severity=warning service=host',
    [
      'warning operations@dive-v3.local: [DIVE V3] HighCPUUsage',
      'warning #dive-warnings: FIRING: HighCPUUsage\nSomething is wrong. 5 of 7',
    ],
  ],
  [
    'trust-service',
    'alertname=VaultFailure severity=critical category=security',
    [
      'security-critical security@marty.com: [CRITICAL SECURITY] VaultFailure',
      'security-critical /pagerduty: VaultFailure: Something is wrong',
      'security-critical #trust-security: 🔒 VaultFailure\nSomething is wrong: 5 of 7\n<http://runbook.example|Runbook>',
    ],
  ],
  [
    'trust-service',
    'alertname=ServiceDown severity=critical category=system',
    [
      'platform-critical <secret>: [FIRING:1] ServiceDown (system critical)',
      'platform-critical /pagerduty: ServiceDown: Something is wrong',
      'platform-critical #trust-platform: 🔥 ServiceDown\nSomething is wrong: 5 of 7\n<http://runbook.example|Runbook>',
    ],
  ],
  [
    'trust-service',
    'alertname=ComplianceFailures severity=critical category=business',
    [
      'compliance compliance@marty.com, business@marty.com: [COMPLIANCE] Something is wrong',
      'compliance #trust-business: ⚖️ Something is wrong\n5 of 7',
    ],
  ],
  [
    'trust-service',
    'alertname=RevenueImpact severity=warning category=business',
    [
      'business business@marty.com: [BUSINESS] Something is wrong',
      'business #trust-business: 📈 RevenueImpact\nSomething is wrong: 5 of 7',
    ],
  ],
  [
    'trust-service',
    'alertname=RateLimiting severity=warning category=security',
    [
      'security-warning security@marty.com: [WARNING] RateLimiting',
      'security-warning #trust-security: ⚠️ RateLimiting\nSomething is wrong: 5 of 7',
    ],
  ],
  [
    'trust-service',
    'alertname=GrpcErrors severity=warning category=grpc',
    [
      'platform-warning platform@marty.com: [WARNING] GrpcErrors',
      'platform-warning #trust-platform: ⚠️ GrpcErrors\nSomething is wrong: 5 of 7',
    ],
  ],
  [
    'catalytic',
    'alertname=SQLInjectionAttempt severity=critical category=security',
    [
      'security-critical security-team@catalytic.local: [CRITICAL SECURITY] SQLInjectionAttempt',
      'security-critical /pagerduty: SQLInjectionAttempt: Something is wrong',
      'security-critical #security-critical: 🚨 CRITICAL SECURITY ALERT\nSomething is wrong\n5 of 7',
      'default ops-team@catalytic.local: [ALERT] SQLInjectionAttempt',
    ],
  ],
  [
    'catalytic',
    'alertname=JWTTokenErrors severity=warning category=security',
    [
      'security-warning security-team@catalytic.local: [WARNING] JWTTokenErrors',
      'security-warning #security-alerts: ⚠️ Security Warning\nSomething is wrong',
    ],
  ],
  [
    'catalytic',
    'alertname=CriticalAPILatency severity=critical category=performance',
    [
      'operations-critical ops-team@catalytic.local: [CRITICAL] CriticalAPILatency',
      'operations-critical /pagerduty: CriticalAPILatency: Something is wrong',
      'operations-critical #operations: CriticalAPILatency\nSomething is wrong: 5 of 7\nhttp://runbook.example',
    ],
  ],
  [
    'catalytic',
    'alertname=DatabaseUnavailable severity=critical category=infrastructure',
    [
      'infrastructure-critical infra@catalytic.local: [CRITICAL] DatabaseUnavailable',
      'infrastructure-critical /pagerduty: DatabaseUnavailable: Something is wrong',
      'infrastructure-critical #operations: DatabaseUnavailable\nSomething is wrong: 5 of 7\nhttp://runbook.example',
    ],
  ],
  [
    'catalytic',
    'alertname=HighAPILatency severity=warning category=performance',
    ['performance-team performance@catalytic.local: [PERFORMANCE] HighAPILatency'],
  ],
  [
    'catalytic',
    'alertname=DiskSpaceLow severity=warning category=infrastructure',
    ['infrastructure-team infra@catalytic.local: [INFRASTRUCTURE] DiskSpaceLow'],
  ],
]

test.for(CASES)('%s: %s', async ([example, labels, told]) => {
  expect(await toldOf(example, labels)).toEqual(told)
})
