// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables are written as users write them in YAML
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { BinnacleError } from '../../config/index.ts'
import { alertmanagerMissing, amtool, seededRandom } from '../testkit/index.ts'
import { type CheckOptions, checkAlertmanagerConfig, NO_CONFIG, type Route } from './index.ts'
import { type ConfigCase, configCases, mutatedConfigs, receiverCases } from './testkit/index.ts'

const check = (text: string, options: Partial<CheckOptions> = {}) =>
  checkAlertmanagerConfig(text, 'alertmanager.yml', { environment: {}, ...options })
const say = (error: BinnacleError) =>
  `${error.place?.line}:${error.place?.column} ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`

test.for(configCases.filter(({ error }) => error === undefined))('taken: $name', ({ text }) => {
  const { config, errors } = check(text)
  expect(errors.map(say)).toEqual([])
  expect(config).toBeDefined()
})

test.for(configCases.filter(({ error }) => error !== undefined))('refused: $name', ({ text, error }) => {
  const { config, errors } = check(text)
  expect(config).toBeUndefined()
  expect(errors.map(say)[0]).toContain(error)
})

const entries = receiverCases.flatMap(({ section, global, good = [], bad = [] }) => {
  const text = (entry: string) =>
    `${global === undefined ? '' : `global: ${global}\n`}route: {receiver: a}\nreceivers:\n  - name: a\n    ${section}: [${entry}]\n`
  const name = (entry: string) => `${section} ${entry}${global === undefined ? '' : ` with ${global}`}`
  return [
    ...good.map((entry): ConfigCase => ({ name: name(entry), text: text(entry) })),
    ...bad.map((entry): ConfigCase => ({ name: name(entry), text: text(entry), error: '' })),
  ]
})

test.for(entries)('$name', ({ text, error }) => {
  const { config, errors } = check(text)
  expect(errors.map(say).slice(0, error === undefined ? undefined : 0)).toEqual([])
  expect(config === undefined).toBe(error !== undefined)
})

describe.skipIf(alertmanagerMissing !== '')(`beside amtool${alertmanagerMissing}`, () => {
  test('amtool check-config gives the same verdict on every case', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'binnacle-amconfig-'))
    try {
      // Templates are read by it too, which is not what these cases are about.
      const cases = [...configCases.filter(({ name }) => name !== 'templates'), ...entries]
      cases.forEach(({ text }, i) => {
        writeFileSync(join(folder, `${i}.yml`), text)
      })
      const { stdout } = await amtool(['check-config', ...cases.map((_, i) => `${i}.yml`)], { cwd: folder })
      const wrong = cases.flatMap(({ name, error }, i) => {
        const said = stdout.split(`Checking '${i}.yml'`)[1]?.split('Checking ')[0] ?? ''
        return said.includes('  SUCCESS') === (error === undefined) ? [] : [`${name}: ${said.trim()}`]
      })
      expect(wrong).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('amtool check-config gives the same verdict on files with random mistakes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'binnacle-amconfig-'))
    try {
      const { seed, random } = seededRandom()
      const texts = mutatedConfigs(500, random)
      texts.forEach((text, i) => {
        writeFileSync(join(folder, `${i}.yml`), text)
      })
      const wrong: unknown[] = []
      for (let at = 0; at < texts.length; ) {
        const names = texts.slice(at, at + 250).map((_, k) => `${at + k}.yml`)
        const { stdout } = await amtool(['check-config', ...names], { cwd: folder })
        const verdicts = stdout.split(/^Checking '/m).slice(1)
        for (const [k, said] of verdicts.entries()) {
          const text = texts[at + k]!
          const { config, errors } = checkAlertmanagerConfig(text, join(folder, 'x.yml'), { environment: {} })
          // amtool itself breaks on a few: those have no verdict. Templates are not what is compared here.
          if (!/ {2}(FAILED|SUCCESS)/.test(said) || /^templates:/m.test(text)) continue
          if (said.includes('  SUCCESS') !== (config !== undefined)) wrong.push({ text, said, errors: errors.map(say) })
        }
        at += Math.max(1, verdicts.length)
      }
      expect(wrong, `seed ${seed}`).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

test('whatever stands in a file, it is answered with findings', () => {
  for (const text of mutatedConfigs(500, seededRandom().random)) {
    const { config, errors } = check(text)
    expect(config === undefined).toBe(errors.length > 0)
    for (const error of errors) expect(error.place?.line).toBeGreaterThan(0)
  }
})

test('all findings are reported, in the order of the file', () => {
  const text = `global: {resolve_timeout: x}
route:
  receiver: c
  routes:
    - matchers: ['(']
      group_wait: y
      routes: [{recevier: a}]
receivers: [{name: a}, {name: a}]
inhibit_rules: [{equal: ['']}]
`
  expect(
    check(text)
      .errors.map(say)
      .map((one) => one.slice(0, 45)),
  ).toEqual([
    '1:27 resolve_timeout: not a valid duration st',
    '3:13 undefined receiver "c" used in route',
    '6:19 group_wait: not a valid duration string:',
    '7:17 unknown key "recevier" (did you mean "re',
    '8:31 notification config name "a" is not uniq',
    '9:26 invalid label name "" in equal list',
  ])
})

function* walk(route: Route): Generator<Route> {
  yield route
  for (const child of route.routes) yield* walk(child)
}

test('a route inherits what it does not say, except its time intervals', () => {
  const { config } = check(`
route:
  receiver: a
  group_by: ['...']
  group_wait: 1s
  routes:
    - matchers: [b="c"]
      match_re: {a: d}
      group_by: [z, y]
      repeat_interval: 1h
      mute_time_intervals: [t]
      routes:
        - receiver: b
          continue: true
          group_by: ['...']
    - group_by: []
receivers: [{name: a}, {name: b}]
time_intervals: [{name: t}]
`)
  const routes = [...walk(config!.route)].map(({ routes: _, place, matchers, own, ...rest }) => ({
    ...rest,
    own: [...own],
    line: place.line,
  }))
  const common = { groupIntervalMs: 300_000, muteTimeIntervals: [], activeTimeIntervals: [], continue: false }
  expect(routes).toEqual([
    {
      ...common,
      key: '{}',
      id: '0',
      receiver: 'a',
      groupBy: 'all',
      groupWaitMs: 1000,
      repeatIntervalMs: 14_400_000,
      own: ['receiver', 'group_by', 'routes', 'group_wait'],
      line: 3,
    },
    {
      ...common,
      key: '{}/{a=~"^(?:d)$",b="c"}',
      id: '0.0',
      receiver: 'a',
      groupBy: ['y', 'z'],
      groupWaitMs: 1000,
      repeatIntervalMs: 3_600_000,
      muteTimeIntervals: ['t'],
      own: ['group_by', 'match_re', 'matchers', 'mute_time_intervals', 'routes', 'repeat_interval'],
      line: 7,
    },
    {
      ...common,
      key: '{}/{a=~"^(?:d)$",b="c"}/{}',
      id: '0.0.0',
      receiver: 'b',
      groupBy: 'all',
      groupWaitMs: 1000,
      repeatIntervalMs: 3_600_000,
      continue: true,
      own: ['receiver', 'group_by', 'continue'],
      line: 13,
    },
    {
      ...common,
      key: '{}/{}',
      id: '0.1',
      receiver: 'a',
      groupBy: [],
      groupWaitMs: 1000,
      repeatIntervalMs: 14_400_000,
      own: ['group_by'],
      line: 16,
    },
  ])
})

test('without a file there is one receiver that tells nobody', () => {
  const { config } = check(NO_CONFIG)
  expect(config?.receivers).toMatchObject([{ name: 'default', integrations: [] }])
  expect(config?.resolveTimeoutMs).toBe(300_000)
})

test('inhibitions have the matchers of all forms', () => {
  const { config } = check(`${NO_CONFIG}
inhibit_rules:
  - source_match: {a: b}
    source_matchers: [c=~"d|e"]
    target_match_re: {f: g.*}
    equal: [h, i]
`)
  expect(config?.inhibitRules).toMatchObject([
    {
      name: '',
      sourceMatchers: [
        { name: 'a', kind: '=', value: 'b' },
        { name: 'c', kind: '=~', value: 'd|e' },
      ],
      targetMatchers: [{ name: 'f', kind: '=~', value: 'g.*' }],
      equal: ['h', 'i'],
      place: { line: 7, column: 5 },
    },
  ])
})

describe('the environment', () => {
  const environment = { HOST: 'mail.example', PORT: '587', URL: 'https://hooks.example/T0/B0', TEAM: 'db' }
  const text = `global:
  smtp_smarthost: '\${HOST}:\${PORT}'
  slack_api_url: $URL
  smtp_hello: 'a $HOST b {{ \${HOST} }} $\${HOST}'
  smtp_from: $$TEAM
route:
  receiver: a
  routes:
    - matchers: ['team="\${TEAM}"']
receivers: [{name: a}]
`

  test('stands for ${NAME} anywhere outside of templates, and for $NAME when it is all', () => {
    const { config, errors } = check(text, { environment })
    expect(errors.map(say)).toEqual([])
    expect(config?.globals).toMatchObject({
      smtp_smarthost: { host: 'mail.example', port: '587' },
      smtp_hello: 'a $HOST b {{ ${HOST} }} ${HOST}',
      smtp_from: '$TEAM',
    })
    expect(config?.globals.slack_api_url?.reveal()).toBe(environment.URL)
    expect(config?.route.routes[0]?.matchers).toMatchObject([{ name: 'team', kind: '=', value: 'db' }])
  })

  test('lacks a name: that is told with its place, once', () => {
    expect(check(text).errors.map(say)).toEqual([
      '2:19 the environment variable HOST is not set (set HOST, or write $${HOST} for the text itself)',
      '2:19 the environment variable PORT is not set (set PORT, or write $${PORT} for the text itself)',
      '3:18 the environment variable URL is not set (set URL, or write $$URL for the text itself)',
      '9:18 the environment variable TEAM is not set (set TEAM, or write $${TEAM} for the text itself)',
    ])
  })
})

describe('defaults from binnacle.yml', () => {
  const defaults = (values: Readonly<Record<string, string>>) => ({
    defaults: { values, place: { file: 'binnacle.yml', line: 7, column: 5 } },
  })

  test('count where the file says nothing', () => {
    const given = defaults({
      smtp_smarthost: 'mail:25',
      smtp_from: 'x@y',
      opsgenie_api_key: 'k',
      smtp_require_tls: 'no',
    })
    const { config } = check(`global: {smtp_from: own@y, opsgenie_api_key_file: /k}\n${NO_CONFIG}`, given)
    expect(config?.globals).toMatchObject({
      smtp_smarthost: { host: 'mail', port: '25' },
      smtp_from: 'own@y',
      opsgenie_api_key: undefined,
      opsgenie_api_key_file: '/k',
      smtp_require_tls: false,
    })
    expect(check(NO_CONFIG, given).config?.globals.opsgenie_api_key?.reveal()).toBe('k')
  })

  test('are checked where they stand', () => {
    const { errors } = check(NO_CONFIG, defaults({ smtp_smarthost: 'mail', smtp_form: 'x' }))
    expect(errors.map((error) => `${error.place?.file}:${say(error)}`)).toEqual([
      'binnacle.yml:7:5 alerting.defaults: smtp_smarthost: address mail: missing port in address (expected host:port)',
      'binnacle.yml:7:5 alerting.defaults: unknown key "smtp_form" (did you mean "smtp_from"?)',
    ])
  })
})

test('what Binnacle does not follow is a warning', () => {
  const { warnings } = check(`${NO_CONFIG}tracing: {endpoint: x}\n`)
  expect(warnings).toEqual([
    {
      file: 'alertmanager.yml',
      line: 5,
      column: 1,
      message: 'tracing: Binnacle has its own tracing settings; ignored',
    },
  ])
})

test('what a bad global would have given is not told to be missing', () => {
  const yaml = `global: {slack_api_url: '\${SLACK}', smtp_from: a@x.example}
route: {receiver: x}
receivers:
- name: x
  slack_configs: [{channel: a}]
  email_configs: [{to: b@x.example}, {}]
`
  const { errors } = checkAlertmanagerConfig(yaml, 'alertmanager.yml', { environment: {} })
  expect(errors.map(({ place, message }) => `${place?.line} ${message}`)).toEqual([
    '1 the environment variable SLACK is not set',
    '6 missing to address in email config',
  ])
})
