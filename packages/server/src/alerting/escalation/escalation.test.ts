import { labelValue } from '@binnacle/promql'
import { expect, test } from 'vitest'
import { refuse, type Story, type StoryOptions, startAlerting } from '../testkit/index.ts'
import type { EscalationInput } from './index.ts'

const MIN = 60_000

const YAML = `
route: {receiver: nobody, group_by: [alertname]}
inhibit_rules:
  - {source_matchers: [alertname="Outage"], target_matchers: [severity="critical"]}
receivers:
  - name: nobody
  - {name: on-call, webhook_configs: [{url: "http://on-call"}]}
  - {name: lead, webhook_configs: [{url: "http://lead"}]}
  - {name: manager, webhook_configs: [{url: "http://manager"}]}
  - {name: executives, webhook_configs: [{url: "http://executives"}]}
  - {name: quiet, webhook_configs: [{url: "http://quiet", send_resolved: false}]}
`

/** The chain of a trust service: on-call at once, lead, manager, executives for what is critical. */
const policy: EscalationInput['policies'][number] = {
  name: 'page',
  matchers: ['severity=~"critical|warning"'],
  group_by: ['alertname'],
  levels: [
    { after: 0, notify: ['on-call'], matchers: [] },
    { after: 15 * MIN, notify: ['lead'], matchers: [] },
    { after: 30 * MIN, notify: ['manager'], matchers: [] },
    { after: 60 * MIN, notify: ['executives'], matchers: ['severity="critical"'] },
  ],
}

const begin = (over: Partial<EscalationInput> = {}, more: StoryOptions = {}) =>
  startAlerting(YAML, { escalation: { people: {}, policies: [policy], ...over }, ...more })

const states = (it: Story) => it.alerting.escalations().map(({ state }) => state)

test('each level is told once its time has come, and all of them of the end', async () => {
  await using it = await begin()
  await it.push('Down{severity="critical"}')
  await it.advance('2h')
  expect(it.told()).toEqual([
    '+5s on-call firing Down{severity="critical"}',
    '+15m5s lead firing Down{severity="critical"}',
    '+30m5s manager firing Down{severity="critical"}',
    '+1h5s executives firing Down{severity="critical"}',
  ])
  await it.resolve('Down{severity="critical"}')
  await it.advance('1m')
  expect(it.told().map((line) => line.replace(/^\S+ /, ''))).toEqual([
    'on-call resolved Down{severity="critical"}',
    'lead resolved Down{severity="critical"}',
    'manager resolved Down{severity="critical"}',
    'executives resolved Down{severity="critical"}',
  ])
  expect(it.alerting.escalations()).toEqual([])
})

test('a level that is for critical alerts leaves others out', async () => {
  await using it = await begin()
  await it.push('Slow{severity="warning"}', 'Note{severity="info"}')
  await it.advance('2h')
  expect(it.told().map((line) => line.split(' ')[1])).toEqual(['on-call', 'lead', 'manager'])
})

test('an acknowledgement ends the climb; those who were told hear of the end', async () => {
  await using it = await begin()
  await it.push('Down{severity="critical"}')
  await it.advance('20m')
  expect(it.told()).toHaveLength(2)
  await it.acknowledge('ann', 'Down{severity="critical"}')
  await it.advance('3h')
  expect(it.told()).toEqual([])
  expect(it.alerting.escalations()).toMatchObject([{ state: 'acknowledged', acknowledged: { by: 'ann' } }])
  await it.resolve('Down{severity="critical"}')
  await it.advance('1m')
  expect(it.told().map((line) => line.split(' ')[1])).toEqual(['on-call', 'lead'])
})

test('levels that were told, and the end of the climb, are events of each alert, also after a restart', async () => {
  await using it = await begin()
  await it.push('Down{severity="critical"}')
  await it.advance('20m')
  await it.acknowledge('ann', 'Down{severity="critical"}')
  await it.advance('1h')
  await it.restart({ crash: true })
  await it.advance('10m')
  const filter = { fromMs: 0, toMs: it.clock.now(), limit: 10, kinds: ['escalation' as const] }
  const { items } = await it.alerting.events(filter, new AbortController().signal)
  expect(items).toMatchObject([
    { what: 'ended', ref: 'page', by: 'ann', level: 3, names: ['manager'] },
    { what: 'told', ref: 'page', level: 2, names: ['lead'] },
    { what: 'told', ref: 'page', level: 1, names: ['on-call'] },
  ])
})

test('alerts of a group climb together; one that comes after the acknowledgement begins anew', async () => {
  await using it = await begin()
  await it.push('Down{severity="critical", instance="a"}')
  await it.advance('10m')
  await it.push('Down{severity="critical", instance="b"}')
  await it.advance('6m')
  expect(it.told()).toEqual([
    '+5s on-call firing Down{instance="a", severity="critical"}',
    '+15m5s lead firing Down{instance="a", severity="critical"} Down{instance="b", severity="critical"}',
  ])
  await it.acknowledge('ann', 'Down{severity="critical", instance="a"}', 'Down{severity="critical", instance="b"}')
  await it.advance('1m')
  await it.push('Down{severity="critical", instance="c"}')
  await it.advance('10m')
  expect(it.told().map((line) => line.replace(/^\S+ /, ''))).toEqual([
    'on-call firing Down{instance="c", severity="critical"}',
  ])
  expect(states(it).sort()).toEqual(['acknowledged', 'climbing'])
})

test('one alert of a group that nobody has acknowledged keeps it climbing, alone', async () => {
  await using it = await begin()
  await it.push('Down{severity="critical", instance="a"}', 'Down{severity="critical", instance="b"}')
  await it.advance('1m')
  it.told()
  await it.acknowledge('ann', 'Down{severity="critical", instance="a"}')
  await it.advance('15m')
  expect(it.told()).toEqual(['+15m5s lead firing Down{instance="b", severity="critical"}'])
})

test('a silenced alert climbs no further until its silence has ended', async () => {
  await using it = await begin()
  await it.push('Down{severity="critical"}')
  await it.advance('10m')
  expect(it.told()).toHaveLength(1)
  await it.silence('alertname="Down"', '1h')
  await it.advance('30m')
  expect(states(it)).toEqual(['paused'])
  expect(it.told()).toEqual([])
  await it.advance('31m')
  expect(it.told().map((line) => line.split(' ')[1])).toEqual(['lead', 'manager', 'executives'])
})

test('an inhibited alert does not begin to climb', async () => {
  await using it = await begin()
  await it.push('Outage{severity="none"}', 'Down{severity="critical"}')
  await it.advance('1h')
  expect(it.told()).toEqual([])
  expect(states(it)).toEqual([])
})

test.for([true, false])('a restart (crash: %s) repeats no level and forgets none', async (crash) => {
  await using it = await begin()
  await it.push('Down{severity="critical"}')
  await it.advance('16m')
  expect(it.told()).toHaveLength(2)
  await it.restart({ crash })
  await it.advance('20m')
  expect(it.told()).toEqual(['+30m5s manager firing Down{severity="critical"}'].map(expectTime))
  await it.acknowledge('ann', 'Down{severity="critical"}')
  await it.advance('10s')
  await it.restart({ crash })
  await it.advance('2h')
  expect(it.told()).toEqual([])
})

test('whoever may have been told of a level when a crash came is told of the end', async () => {
  await using it = await begin()
  await it.push('Down{severity="critical"}')
  await it.advance('10m')
  expect(it.told()).toHaveLength(1)
  it.answer(() => new Promise(() => {}))
  await it.advance('6m')
  it.answer(() => undefined)
  await it.restart({ crash: true })
  await it.resolve('Down{severity="critical"}')
  await it.advance('10s')
  const told = it.told().map((line) => line.replace(/^\S+ /, ''))
  expect(told).toEqual(['on-call resolved Down{severity="critical"}', 'lead resolved Down{severity="critical"}'])
  await it.restart({ crash: true })
  await it.advance('2h')
  expect(it.told()).toEqual([])
})

// After a restart the rhythm of looking begins anew: up to 5 s.
const expectTime = (line: string) =>
  expect.stringMatching(new RegExp(`^\\+30m\\d*s? ${line.split(' ').slice(1).join(' ').replace(/[{}"]/g, '\\$&')}$`))

test('a level whose receiver does not answer is tried until it does; the others go on', async () => {
  let down = true
  await using it = await begin(
    { policies: [{ ...policy, levels: [{ after: 0, notify: ['on-call', 'lead'], matchers: [] }] }] },
    { answer: ({ notification }) => (down && notification.receiver === 'on-call' ? refuse(503) : undefined) },
  )
  await it.push('Down{severity="critical"}')
  await it.advance('10m')
  expect(it.told()).toEqual(['+5s lead firing Down{severity="critical"}'])
  down = false
  await it.advance('2m')
  expect(it.told().map((line) => line.split(' ')[1])).toEqual(['on-call'])
})

test('the highest level that was told is repeated where the policy says so', async () => {
  const levels = policy.levels.slice(0, 2)
  await using it = await begin({ policies: [{ ...policy, levels, repeat: 30 * MIN }] })
  await it.push('Down{severity="critical"}')
  await it.advance('1h20m')
  expect(it.told().map((line) => line.split(' ')[1])).toEqual(['on-call', 'lead', 'lead', 'lead'])
})

test('people are told by their receivers, each once a level', async () => {
  await using it = await begin({
    people: { ann: ['lead', 'on-call'], bob: ['lead'] },
    policies: [{ ...policy, levels: [{ after: 0, notify: ['ann', 'bob', 'on-call'], matchers: [] }] }],
  })
  await it.push('Down{severity="critical"}')
  await it.advance('1m')
  expect(
    it
      .told()
      .map((line) => line.split(' ')[1])
      .sort(),
  ).toEqual(['lead', 'on-call'])
})

test('a message says which level it is, and the record keeps it', async () => {
  await using it = await begin()
  await it.push('Down{severity="critical"}')
  await it.advance('16m')
  const [first, second] = it.taken
  const note = (attempt: typeof first) => labelValue(attempt!.notification.alerts[0]!.annotations, 'escalation')
  expect(note(first)).toBe('level 1 of 4 (page): begins')
  expect(note(second)).toBe('level 2 of 4 (page): not acknowledged for 15m')
  const signal = new AbortController().signal
  const { items } = await it.alerting.notifications({ fromMs: 0, toMs: it.clock.now(), limit: 10 }, signal)
  expect(items.map(({ receiver, groupKey }) => [receiver, groupKey.split(':')[0]])).toEqual([
    ['lead', 'escalation/page/2'],
    ['on-call', 'escalation/page/1'],
  ])
})

test('a policy that is gone after a reload leaves nothing behind', async () => {
  await using it = await begin()
  await it.push('Down{severity="critical"}')
  await it.advance('1m')
  it.told()
  await it.apply(YAML, { people: {}, policies: [{ ...policy, name: 'other', matchers: ['severity="none"'] }] })
  await it.advance('2h')
  expect(it.told()).toEqual([])
  expect(it.alerting.escalations()).toEqual([])
})

test('thousands of alerts in one group are one message a level', async () => {
  await using it = await begin()
  await it.push(...Array.from({ length: 3_000 }, (_, i) => `Down{severity="critical", instance="${i}"}`))
  await it.advance('16m')
  expect(it.taken.map(({ notification }) => [notification.receiver, notification.alerts.length])).toEqual([
    ['on-call', 3_000],
    ['lead', 3_000],
  ])
})
