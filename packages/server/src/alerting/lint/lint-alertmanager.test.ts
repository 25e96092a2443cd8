import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { checkRuleFile } from '../../rules/rule-file/index.ts'
import { checkAlertmanagerConfig } from '../config/index.ts'
import { ALERTMANAGER_CHECKS, alertFactsOf, lintAlertmanager, type Sending, TEMPLATE_CHECKS } from './index.ts'

type Options = {
  readonly rules?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly sendings?: readonly Sending[]
  readonly defaults?: Readonly<Record<string, string>>
}

/** `line:column check message`, of all findings; a rule is `name` and labels. */
function lint(text: string, { rules, environment = {}, sendings, defaults }: Options = {}): string[] {
  const checked = checkAlertmanagerConfig(text, 'alertmanager.yml', {
    environment,
    ...(defaults ? { defaults: { values: defaults } } : {}),
  })
  if (checked.errors.length > 0) throw new Error(checked.errors.map(({ message }) => message).join('\n'))
  const files = rules?.map((one, i) => {
    const { ruleFile, errors } = checkRuleFile(one, `${i}.yml`)
    if (ruleFile === undefined) throw new Error(errors[0]?.message)
    return ruleFile
  })
  return lintAlertmanager(text, checked, files && alertFactsOf(files, sendings)).map(
    ({ check, place, message }) => `${place.line}:${place.column} ${check} ${message}`,
  )
}

/** Receivers a, b and c, which are in use. */
const routing = (...lines: string[]) =>
  `route:\n  receiver: a\n  routes:\n${lines.map((line) => `    ${line}\n`).join('')}    - {matchers: [z="b"], receiver: b}\n    - {matchers: [z="c"], receiver: c}\nreceivers: [{name: a}, {name: b}, {name: c}]\n`
const rules = (...alerts: string[]) => [
  `groups: [{name: g, rules: [${alerts.map((one) => `{alert: ${one.replace(' ', ', expr: up == 0, labels: {')}}}`).join(', ')}]}]`,
]

test('what is right has no findings', () => {
  expect(lint(routing('- {matchers: [x="y"], continue: true}', '- {matchers: [x=~"y|z"]}'))).toEqual([])
})

describe('routes that nothing reaches', () => {
  test.for<[string, string[], string]>([
    [
      'behind one that takes all',
      ['- {receiver: b}', '- {matchers: [x="y"]}'],
      'the route in line 4, {} (receiver "b"), takes all of its alerts first',
    ],
    [
      'behind the same one',
      ['- {matchers: [x="y"]}', '- {matchers: [x="y", w="v"]}'],
      'the route in line 4, {x="y"} (receiver "a"), takes all',
    ],
    [
      'behind a wider regex',
      ['- {matchers: [x=~"y|z"]}', '- {match: {x: z}}'],
      'the route in line 4, {x=~"y|z"} (receiver "a"), takes all',
    ],
    [
      'behind a wider regex of a pattern',
      ['- {matchers: [x=~"y.*"]}', '- {matchers: [x=~"y1|y2"]}'],
      'the route in line 4',
    ],
    ['behind any value', ['- {matchers: [x!=""]}', '- {matchers: [x="y"]}'], 'the route in line 4, {x!=""}'],
    [
      'with two values of one label',
      ['- {matchers: [w="v"]}', '- {matchers: [x="y", x="z"]}'],
      'no alert has both x="y" and x="z"',
    ],
    [
      'with another value than the one above',
      ['- {matchers: [w="v"]}', '- {matchers: [x="y"], routes: [{matchers: [x=~"z|w"]}]}'],
      'no alert has both x="y" and x=~"z|w"',
    ],
  ])('%s', ([, lines, message]) => {
    const found = lint(routing(...lines)).filter((one) => one.startsWith('5:'))
    expect(found).toHaveLength(1)
    expect(found[0]).toContain('routing/unreachable no alert reaches the route')
    expect(found[0]).toContain(message)
  })

  test('what continues, and what may differ, stops nobody', () => {
    expect(
      lint(
        routing(
          '- {matchers: [x=~"y|z"], continue: true}',
          '- {matchers: [x=~"y.*"]}',
          '- {matchers: [x=~".*y"]}',
          '- {matchers: [x="z"]}',
        ),
      ),
    ).toEqual([])
  })

  test('rules tell of routes that their alerts stop before', () => {
    const text = routing(
      '- {matchers: [severity="warning"], receiver: b}',
      '- {matchers: [alertname=~"Low.*|High.*Time"], receiver: c}',
    )
    const given = rules(
      'LowRate severity: warning',
      'HighTime severity: warning',
      'Down {severity: critical, z: b'.replace('{', ''),
    )
    const found = lint(text, { rules: given }).filter((one) => one.startsWith('5:'))
    expect(found).toEqual([
      '5:7 routing/unreachable no alert of the rules reaches the route {alertname=~"Low.*|High.*Time"} (receiver "c"): LowRate, HighTime stop at the route in line 4, {severity="warning"} (receiver "b")',
    ])
    const other = rules('LowRate severity: info', 'HighTime severity: warning')
    expect(lint(text, { rules: other }).filter((one) => one.startsWith('5:'))).toEqual([])
    const templated = rules('LowRate severity: "{{ $value }}"')
    expect(lint(text, { rules: templated }).filter((one) => one.startsWith('5:'))).toEqual([])
  })

  test('a route that no rule makes an alert for is named', () => {
    const found = lint(routing('- {matchers: [team="db"]}'), { rules: rules('A team: web') })
    expect(found[0]).toBe(
      '4:7 routing/unreachable none of the rules makes an alert for the route {team="db"} (receiver "a")',
    )
  })
})

describe('continue', () => {
  test('to nobody is told, with whom it leaves out', () => {
    const found = lint(
      `route:\n  receiver: a\n  routes:\n    - {matchers: [x="y"], receiver: b, continue: true}\n    - matchers: [x="z"]\n      continue: true\nreceivers: [{name: a}, {name: b}]\n`,
    )
    expect(found).toEqual([
      '4:40 routing/continue continue leads to nobody: none of the routes that follow takes any of its alerts. The receiver "a" of the route above is not told.',
      '6:7 routing/continue continue leads to nobody: no route follows.',
    ])
  })

  test('is right for some alerts only', () => {
    const text = routing(
      '- {matchers: [severity="critical"], receiver: b, continue: true}',
      '- {matchers: [team="security"]}',
    )
    const given = rules('Down severity: critical, team: platform, z: x', 'Breach severity: critical, team: security')
    const found = lint(text, { rules: given }).filter((one) => one.includes('continue'))
    expect(found).toEqual([
      '4:54 routing/continue continue leads to nobody for Down: no route that follows takes them. The receiver "a" of the route above is not told.',
    ])
  })
})

describe('inhibitions that never act', () => {
  const inhibit = (text: string) => `${routing()}inhibit_rules:\n  - ${text}\n`
  test.for<[string, string, string]>([
    [
      'equal where they differ',
      '{source_match: {x: y}, target_match: {x: z}, equal: [x]}',
      '"x" must be equal on both alerts, and {x="y",x="z"} cannot hold',
    ],
    [
      'a target that is none',
      '{source_match: {x: y}, target_matchers: [x="z", x=~"q|w"]}',
      'no alert satisfies {x="z",x=~"q|w"}',
    ],
  ])('%s', ([, text, message]) => {
    const found = lint(inhibit(text)).filter((one) => one.includes('routing/inhibition'))
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(message)
  })

  const both = '{source_match: {severity: critical}, target_match: {severity: warning}, equal: [alertname, instance]}'
  const found = (given: readonly string[], text = both) =>
    lint(inhibit(text), { rules: given, sendings: [{ externalLabels: {}, relabelRules: [] }] }).filter((one) =>
      one.includes('routing/inhibition'),
    )

  test('no name on both sides', () => {
    expect(found(rules('CriticalX severity: critical', 'HighX severity: warning'))).toEqual([
      '8:5 routing/inhibition the inhibition never acts: "alertname" must be equal, and no name stands on both sides (CriticalX against HighX)',
    ])
    expect(found(rules('X severity: critical', 'X severity: warning'))).toEqual([])
    expect(found(rules('X severity: critical'))[0]).toContain('no rule makes an alert with {severity="warning"}')
  })

  test('another value, or none on one side', () => {
    const text = '{source_match: {severity: critical}, target_match: {severity: warning}, equal: [zone]}'
    expect(found(rules('A severity: critical, zone: x', 'B severity: warning, zone: y'), text)[0]).toContain(
      '"zone" must be equal on both alerts',
    )
    expect(found(rules('A severity: critical, zone: x', 'B severity: warning, zone: x'), text)).toEqual([])
    // Both without it: that is equal.
    expect(found(rules('A severity: critical, zone: ""', 'B severity: warning, zone: ""'), text)).toEqual([])
  })
})

test('an alert that mutes a more severe one is told', () => {
  const text = `${routing()}inhibit_rules:\n  - {source_match: {category: security}, target_match: {category: speed}, equal: [zone]}\n`
  const found = (...given: string[]) =>
    lint(text, { rules: rules(...given), sendings: [{ externalLabels: {}, relabelRules: [] }] }).filter((one) =>
      one.includes('worse'),
    )
  expect(found('Limit severity: warning, category: security', 'Slow severity: critical, category: speed')).toEqual([
    '8:5 routing/inhibits_worse Limit (warning) mutes Slow (critical) with the same zone: the less severe speaks for the worse',
  ])
  expect(found('Breach severity: critical, category: security', 'Slow severity: critical, category: speed')).toEqual([])
  expect(
    found('Limit severity: warning, category: security, zone: a', 'Slow severity: critical, category: speed, zone: b'),
  ).toEqual([])
})

test.for<[string, string, string]>([
  [
    'a receiver without route',
    'route: {receiver: a}\nreceivers: [{name: a}, {name: b}]\n',
    '2:24 routing/unused no route leads to the receiver "b"',
  ],
  [
    'an interval without route',
    'route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: x}]\n',
    '3:18 routing/unused no route uses the time interval "x"',
  ],
  [
    'a pattern that is none',
    routing('- {match: {severity: "critical|warning"}}'),
    '4:7 routing/pattern the route compares with a text that looks like a regular expression: severity="critical|warning"',
  ],
  [
    'repeats before groups',
    routing('- {matchers: [x="y"], group_interval: 1h, repeat_interval: 30m}'),
    '4:7 routing/repeat repeat_interval is shorter than group_interval',
  ],
  [
    'a zone without summer',
    'route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: x, time_intervals: [{location: EST}]}]\n',
    '3:56 routing/time_zone the time zone EST is 5 hours behind UTC all the year round',
  ],
  [
    'a zone with its sign reversed',
    'route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: x, time_intervals: [{location: Etc/GMT+5}]}]\n',
    '3:56 routing/time_zone the time zone Etc/GMT+5 is 5 hours behind UTC',
  ],
  [
    'a secret of global',
    'global: {opsgenie_api_key: abc}\nroute: {receiver: a}\nreceivers: [{name: a}]\n',
    '1:28 receivers/secret opsgenie_api_key stands in the file in clear',
  ],
])('%s is told', ([, text, message]) => {
  expect(lint(text).some((one) => one.startsWith(message))).toBe(true)
})

test('a template that cannot be read is told where it breaks', () => {
  const text = `route: {receiver: a}
receivers:
  - name: a
    webhook_configs:
      - url: http://x
        payload: {text: '{{ range .Alerts }}{{ .Labels.a | toUper }}{{ end }}', ok: '{{ .Status | toUpper }}'}
`
  expect(lint(text)).toEqual(['6:60 receivers/template the template cannot be read: function "toUper" not defined'])
})

test('every check says what it finds and why', () => {
  for (const { name, finds, why } of ALERTMANAGER_CHECKS) {
    expect(name).toMatch(/^(routing|receivers)\/[a-z_]+$/)
    expect(finds.length + why.length).toBeGreaterThan(40)
  }
})

/*
 * The files of the reference teams as their documents have them, where the folder with those documents is there
 * (SHARED_DIR, or `shared` beside the clone). What is found is what reading them found (requirements, last section).
 */
const shared = process.env.SHARED_DIR ?? fileURLToPath(new URL('../../../../../../shared', import.meta.url))
const seeds = join(shared, 'seeds')

/** Fenced YAML of the document that has `marker`: its alertmanager.yml, and its rules. */
function documentWith(marker: string): { readonly routing: string; readonly rules: readonly string[] } {
  const document = readdirSync(seeds)
    .map((name) => readFileSync(join(seeds, name), 'utf8'))
    .find((text) => text.includes(marker))
  const blocks = [...(document ?? '').matchAll(/```yaml\n(.*?)```/gs)].map(([, block = '']) => block)
  const loose = blocks.filter((block) => /^- alert:/.test(block)).join('')
  return {
    routing: blocks.find((block) => /^route:/m.test(block)) ?? '',
    rules: [
      ...blocks.filter((block) => /^groups:/m.test(block)),
      ...(loose === '' ? [] : [`groups:\n- name: loose\n  rules:\n${loose.replace(/^/gm, '  ')}`]),
    ],
  }
}

describe.skipIf(!existsSync(seeds))('the files of the documents (SHARED_DIR names their folder)', () => {
  test('Threat Modeling', () => {
    const { routing, rules } = documentWith('alertname: ^(Low.*|High.*Analysis.*)')
    const environment = { SLACK_API_URL: 'https://hooks.slack.com/services/T0/B0/x', PAGERDUTY_SERVICE_KEY: 'k' }
    // It names no mail server, which the real Alertmanager refuses too.
    const defaults = { smtp_smarthost: 'mail:25', smtp_from: 'alerts@threatmodel.example' }
    expect(lint(routing, { rules, environment, defaults })).toEqual([
      '22:5 routing/continue continue leads to nobody for ServiceDown, HighErrorRate, PodCrashLooping: no route that follows takes them. The receiver "default" of the route above is not told.',
      '28:5 routing/continue continue leads to nobody for UnauthorizedAPIAccess, SuspiciousDataAccess: no route that follows takes them. The receiver "default" of the route above is not told.',
      '36:5 routing/unreachable no alert of the rules reaches the route {alertname=~"^(Low.*|High.*Analysis.*)"} (receiver "product-team"): LowThreatDetectionRate, HighAnalysisTime stop at the route in line 31, {severity="warning"} (receiver "slack-warnings")',
      '45:59 receivers/literal_newline \\n stands for itself in single quotes: no line ends there',
      '50:7 receivers/pagerduty_key the receiver "pagerduty" has a service_key, which is for PagerDuty\'s Events API v1, while its address is version 2\'s',
      '55:92 receivers/literal_newline \\n stands for itself in single quotes: no line ends there',
      '88:5 routing/inhibition the inhibition never acts: "alertname" must be equal, and no name stands on both sides (ServiceDown, HighErrorRate and 3 more against HighResponseTime, HighMemoryUsage and 3 more)',
    ])
  })

  test('Catalytic Computing', () => {
    const { routing, rules } = documentWith("smtp_auth_password: '$SMTP_PASSWORD'")
    const environment = {
      SMTP_PASSWORD: 'p',
      SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T0/B0/x',
      PAGERDUTY_WEBHOOK_URL: 'https://events.pagerduty.com/v2/enqueue',
    }
    expect(lint(routing, { rules, environment })).toEqual([
      '31:7 routing/continue continue leads to nobody: none of the routes that follow takes any of its alerts. The receiver "default" of the route above is not told.',
      '61:5 routing/inhibition the inhibition never acts: "alertname" must be equal, and no name stands on both sides (CriticalFailedLoginRate, SQLInjectionAttempt and 6 more against HighFailedLoginRate, RateLimitExceeded and 8 more)',
      '68:5 routing/inhibits_worse HighFailedLoginRate (warning) mutes CriticalAPILatency (critical) with the same instance: the less severe speaks for the worse',
      '95:61 receivers/literal_newline \\n stands for itself in single quotes: no line ends there',
      '98:14 receivers/webhook_service the receiver "security-critical" posts a webhook to events.pagerduty.com: PagerDuty does not understand Alertmanager\'s payload',
    ])
  })
})

test('the page lists every check', () => {
  const page = readFileSync(fileURLToPath(new URL('../../../../../docs/alertmanager.md', import.meta.url)), 'utf8')
  const listed = [...page.matchAll(/^\| `((?:routing|receivers)\/\w+)` \|/gm)].map(([, name]) => name)
  expect(listed.sort()).toEqual([...ALERTMANAGER_CHECKS, ...TEMPLATE_CHECKS].map(({ name }) => name).sort())
})
