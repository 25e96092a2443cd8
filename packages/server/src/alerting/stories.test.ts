import { expect, test } from 'vitest'
import type { Attempt, Story } from './testkit/index.ts'
import { refuse, startAlerting } from './testkit/index.ts'

/** One receiver, groups by alertname, quick timings. */
const PLAIN = `
route:
  receiver: team
  group_by: [alertname]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 4h
receivers:
  - name: team
    webhook_configs: [{url: "http://team"}]
`

const withRoute = (...lines: string[]) => PLAIN.replace('\nreceivers:', `\n${lines.join('\n')}\nreceivers:`)

/** Time a flush that comes due together with a deadline needs: repeats come with the flush after their interval. */
test('a group is told after group_wait, with all alerts that came meanwhile', async () => {
  await using it = await startAlerting(PLAIN)
  await it.push('Down{instance="b"}')
  await it.advance('10s')
  await it.push('Down{instance="a"}', 'Slow')
  await it.advance('19s')
  expect(it.told()).toEqual([])
  await it.advance('1s')
  expect(it.told()).toEqual(['+30s team firing Down{instance="a"} Down{instance="b"}'])
  await it.advance('10s')
  expect(it.told()).toEqual(['+40s team firing Slow'])
})

test('what is new in a group is told at its next group_interval', async () => {
  await using it = await startAlerting(PLAIN)
  await it.push('Down{instance="a"}')
  await it.advance('1m')
  it.told()
  await it.push('Down{instance="b"}')
  await it.advance('4m29s')
  expect(it.told()).toEqual([])
  await it.advance('1s')
  expect(it.told()).toEqual(['+5m30s team firing Down{instance="a"} Down{instance="b"}'])
})

test('nothing new is told again only after repeat_interval, with the flush that follows it', async () => {
  await using it = await startAlerting(PLAIN)
  await it.push('Down')
  await it.advance('4h30s')
  expect(it.told()).toEqual(['+30s team firing Down'])
  await it.advance('5m')
  expect(it.told()).toEqual(['+4h5m30s team firing Down'])
})

test('an end is told once, and the next beginning waits for group_wait again', async () => {
  await using it = await startAlerting(PLAIN)
  await it.push('Down')
  await it.advance('1m')
  await it.resolve('Down')
  await it.advance('10m')
  expect(it.told()).toEqual(['+30s team firing Down', '+5m30s team resolved Down'])
  await it.push('Down')
  await it.advance('30s')
  expect(it.told()).toEqual(['+11m30s team firing Down'])
})

test('an end among others that go on firing is told', async () => {
  await using it = await startAlerting(PLAIN)
  await it.push('Down{instance="a"}', 'Down{instance="b"}')
  await it.advance('1m')
  it.told()
  await it.resolve('Down{instance="a"}')
  await it.advance('1h')
  expect(it.told()).toEqual(['+5m30s team firing Down{instance="b"} resolved Down{instance="a"}'])
})

test('an alert that ends before group_wait is over is never told', async () => {
  await using it = await startAlerting(PLAIN)
  await it.push('Down')
  await it.advance('20s')
  await it.resolve('Down')
  await it.advance('1h')
  expect(it.attempts).toEqual([])
})

test('a receiver without send_resolved hears of beginnings only, and of each beginning', async () => {
  await using it = await startAlerting(PLAIN.replace('"http://team"', '"http://team", send_resolved: false'))
  await it.push('Down{instance="a"}', 'Down{instance="b"}')
  await it.advance('1m')
  await it.resolve('Down{instance="a"}')
  await it.advance('10m')
  await it.resolve('Down{instance="b"}')
  await it.advance('10m')
  await it.push('Down{instance="a"}')
  await it.advance('10m')
  expect(it.told()).toEqual([
    '+30s team firing Down{instance="a"} Down{instance="b"}',
    '+21m30s team firing Down{instance="a"}',
  ])
})

test('an alert of which nobody speaks any more ends with its resolve_timeout', async () => {
  await using it = await startAlerting(`global: {resolve_timeout: 2m}\n${PLAIN}`)
  await it.alerting.receive([{ labels: ['alertname', 'Quiet'], annotations: [], generatorUrl: '' }])
  await it.advance('1m')
  await it.alerting.receive([{ labels: ['alertname', 'Quiet'], annotations: [], generatorUrl: '' }])
  await it.advance('2m')
  expect(await it.alerting.alerts({})).toEqual([])
  await it.advance('10m')
  expect(it.told()).toEqual(['+30s team firing Quiet', '+5m30s team resolved Quiet'])
  expect(it.taken[1]?.notification.alerts[0]).toMatchObject({ resolvedReason: 'expired' })
})

test('continue tells several receivers, each in the groups of its route', async () => {
  await using it = await startAlerting(`
route:
  receiver: fallback
  group_by: ['...']
  routes:
    - {receiver: all, continue: true, group_by: [], matchers: [severity!=""]}
    - {receiver: pager, matchers: [severity="critical"]}
receivers:
  - name: fallback
    webhook_configs: [{url: "http://x"}]
  - name: all
    webhook_configs: [{url: "http://x"}]
  - name: pager
    webhook_configs: [{url: "http://x"}, {url: "http://y"}]
`)
  await it.push('A{severity="critical"}', 'B{severity="info"}', 'C', 'D')
  await it.advance('1m')
  expect(it.told().sort()).toEqual([
    '+30s all firing A{severity="critical"} B{severity="info"}',
    '+30s fallback firing C',
    '+30s fallback firing D',
    '+30s pager firing A{severity="critical"}',
    '+30s pager firing A{severity="critical"}',
  ])
})

const INHIBIT = (rule: string) => `${PLAIN}\ninhibit_rules:\n  - ${rule}\n`

test('an inhibited alert is told once the inhibiting one resolves', async () => {
  await using it = await startAlerting(
    INHIBIT('{source_matchers: [alertname="JobDown"], target_matchers: [alertname="InstanceDown"], equal: [zone]}'),
  )
  await it.push('InstanceDown{zone="aa"}', 'JobDown{zone="aa"}', 'InstanceDown{zone="bb"}')
  await it.advance('1m')
  expect(it.told().sort()).toEqual(['+30s team firing InstanceDown{zone="bb"}', '+30s team firing JobDown{zone="aa"}'])
  await it.resolve('JobDown{zone="aa"}')
  await it.advance('5m')
  expect(it.told().sort()).toEqual([
    '+5m30s team firing InstanceDown{zone="aa"} InstanceDown{zone="bb"}',
    '+5m30s team resolved JobDown{zone="aa"}',
  ])
})

test('an inhibition without equal quiets every target', async () => {
  await using it = await startAlerting(
    INHIBIT('{source_matchers: [alertname="Maintenance"], target_matchers: [severity="warning"]}'),
  )
  await it.push('Slow{severity="warning"}', 'Maintenance{zone="x"}')
  await it.advance('1m')
  expect(it.told()).toEqual(['+30s team firing Maintenance{zone="x"}'])
  expect((await it.alerting.alerts({ inhibited: false })).map(({ labels }) => labels[1])).toEqual(['Maintenance'])
})

test('a source that comes later quiets what was told already; its end is heard once the source is gone', async () => {
  await using it = await startAlerting(
    INHIBIT('{source_matchers: [alertname="Cause"], target_matchers: [alertname="Effect"]}'),
  )
  await it.push('Effect')
  await it.advance('1m')
  await it.push('Cause')
  await it.advance('5h')
  const told = it.told()
  expect(told.filter((line) => line.includes('Effect'))).toEqual(['+30s team firing Effect'])
  expect(told.filter((line) => line.includes('Cause'))).toHaveLength(2)
})

test('alerts that are source and target do not quiet each other, but are quieted by a source that is no target', async () => {
  await using it = await startAlerting(
    INHIBIT(
      '{source_matchers: [severity=~"critical|major"], target_matchers: [severity=~"major|minor"], equal: [host]}',
    ),
  )
  await it.push('A{host="1", severity="major"}', 'B{host="1", severity="major"}', 'C{host="1", severity="minor"}')
  await it.advance('1m')
  expect(it.told().sort()).toEqual([
    '+30s team firing A{host="1", severity="major"}',
    '+30s team firing B{host="1", severity="major"}',
  ])
  await it.push('D{host="1", severity="critical"}')
  expect((await it.alerting.alerts({})).map(({ inhibitedBy }) => inhibitedBy.length)).toEqual(
    expect.arrayContaining([1, 1, 1, 0]),
  )
  expect(await it.alerting.alerts({ inhibited: false })).toHaveLength(1)
})

test('a silenced alert is told when its silence ends between group_wait and flush', async () => {
  await using it = await startAlerting(PLAIN)
  await it.silence('alertname="Down"', '20s')
  await it.push('Down')
  await it.advance('1m')
  expect(it.told()).toEqual(['+30s team firing Down'])
})

test('a silence that begins between group_wait and flush mutes', async () => {
  await using it = await startAlerting(PLAIN)
  await it.push('Down{host="a"}', 'Down{host="b"}')
  await it.silence('host="a"', '1h', '10s')
  await it.advance('1m')
  expect(it.told()).toEqual(['+30s team firing Down{host="b"}'])
  await it.advance('1h')
  expect(it.told()).toEqual(['+1h30s team firing Down{host="a"} Down{host="b"}'])
})

test('an alert that is silenced while it fires and ends under the silence is not told of', async () => {
  await using it = await startAlerting(PLAIN)
  await it.push('Down')
  await it.advance('1m')
  await it.silence('alertname="Down"', '2h')
  await it.resolve('Down')
  await it.advance('3h')
  expect(it.told()).toEqual(['+30s team firing Down'])
})

test('a silence that is expired by hand lets the group speak at its next flush', async () => {
  await using it = await startAlerting(PLAIN)
  const id = await it.silence('alertname="Down"', '8h')
  await it.push('Down')
  await it.advance('10m')
  expect(it.told()).toEqual([])
  await it.alerting.silences.expire(id)
  await it.advance('5m')
  expect(it.told()).toEqual(['+10m30s team firing Down'])
})

test('a muted route is quiet within its times and speaks after them', async () => {
  await using it = await startAlerting(`
route:
  receiver: team
  group_wait: 30s
  group_interval: 5m
  routes:
    - receiver: team
      mute_time_intervals: [lunch]
receivers:
  - name: team
    webhook_configs: [{url: "http://team"}]
time_intervals:
  - name: lunch
    time_intervals: [{times: [{start_time: '10:00', end_time: '11:00'}]}]
`)
  await it.push('Down')
  await it.advance('59m')
  expect(it.told()).toEqual([])
  expect((await it.alerting.alerts({}))[0]).toMatchObject({ mutedBy: ['lunch'] })
  expect((await it.alerting.groups({}))[0]?.alerts[0]).toMatchObject({ state: 'suppressed', mutedBy: ['lunch'] })
  expect(await it.alerting.groups({ muted: false })).toEqual([])
  await it.advance('2m')
  expect(it.told()).toEqual(['+1h30s team firing Down'])
})

test('a route speaks only in its active times', async () => {
  await using it = await startAlerting(`
route:
  receiver: team
  routes:
    - receiver: team
      group_wait: 30s
      group_interval: 5m
      active_time_intervals: [office, never]
receivers:
  - name: team
    webhook_configs: [{url: "http://team"}]
time_intervals:
  - name: office
    time_intervals: [{times: [{start_time: '10:30', end_time: '18:00'}]}]
  - name: never
    time_intervals: [{years: ['1999']}]
`)
  await it.push('Down')
  await it.advance('29m')
  expect(it.told()).toEqual([])
  expect((await it.alerting.alerts({}))[0]).toMatchObject({ mutedBy: ['never', 'office'] })
  await it.advance('2m')
  expect(it.told()).toEqual(['+30m30s team firing Down'])
})

test('a new configuration keeps what was told: nothing is told twice, what is new goes its new way', async () => {
  await using it = await startAlerting(PLAIN)
  await it.push('Down{instance="a"}')
  await it.advance('10m')
  it.told()
  await it.apply(PLAIN.replace('group_interval: 5m', 'group_interval: 1m'))
  await it.advance('1h')
  expect(it.told()).toEqual([])
  await it.apply(PLAIN.replaceAll('team', 'others'))
  await it.advance('1m')
  expect(it.told()).toEqual(['+1h10m others firing Down{instance="a"}'])
  await it.apply(PLAIN)
  await it.resolve('Down{instance="a"}')
  await it.advance('6m')
  expect(it.told()).toEqual(['+1h11m team resolved Down{instance="a"}'])
})

test('a configuration that comes while a notification is under way does not make it twice', async () => {
  await using it = await startAlerting(PLAIN)
  let finish: (() => void) | undefined
  it.answer(
    () =>
      new Promise((resolve) => {
        finish = () => resolve(undefined)
      }),
  )
  await it.push('Down')
  await it.advance('30s')
  expect(it.attempts).toHaveLength(1)
  await it.apply(PLAIN.replace('group_wait: 30s', 'group_wait: 0s'))
  it.answer(() => undefined)
  await it.advance('1m')
  finish?.()
  await it.advance('1h')
  expect(it.attempts).toHaveLength(1)
})

test('after a restart nothing is repeated and nothing forgotten', async () => {
  await using it = await startAlerting(PLAIN)
  await it.push('Down{instance="a"}', 'Other')
  await it.silence('instance="b"', '2h')
  await it.advance('10m')
  it.told()
  await it.resolve('Other')
  await it.push('Down{instance="b"}')
  await it.restart()
  await it.advance('1h')
  expect(it.told()).toEqual(['+10m team resolved Other'])
  await it.advance('1h')
  // The silence was kept too; then the alert is told with the flush that follows its end.
  expect(it.told()).toEqual(['+2h team firing Down{instance="a"} Down{instance="b"}'])
  await it.resolve('Down{instance="a"}', 'Down{instance="b"}')
  await it.advance('10m')
  expect(it.told()).toEqual(['+2h15m team resolved Down{instance="a"} Down{instance="b"}'])
})

test('the repeat_interval counts through a restart', async () => {
  await using it = await startAlerting(PLAIN)
  await it.push('Down')
  await it.advance('3h')
  await it.restart()
  await it.advance('1h')
  expect(it.told()).toEqual(['+30s team firing Down'])
  await it.advance('10m')
  expect(it.told()).toEqual(['+4h5m team firing Down'])
})

test('an alert whose end passed while Binnacle was down has time to be heard of again', async () => {
  await using it = await startAlerting(PLAIN)
  const send = () =>
    it.alerting.receive([
      { labels: ['alertname', 'Down'], annotations: [], generatorUrl: '', endsAtMs: it.clock.now() + 240_000 },
    ])
  await send()
  await it.advance('1m')
  it.told()
  await it.alerting.stop()
  await it.advance('30m')
  await it.restart()
  await it.advance('1m')
  await send()
  await it.advance('3m')
  expect(it.told()).toEqual([])
  await it.advance('10m')
  expect(it.told()).toEqual(['+36m team resolved Down'])
})

test('what a crash left in doubt is sent again with the same key', async () => {
  await using it = await startAlerting(PLAIN)
  it.answer(() => new Promise(() => {}))
  await it.push('Down')
  await it.advance('30s')
  it.answer(() => undefined)
  await it.restart({ crash: true })
  await it.advance('30s')
  expect(it.attempts.map(({ notification }) => notification.idempotencyKey)).toEqual([
    it.attempts[0]?.notification.idempotencyKey,
    it.attempts[0]?.notification.idempotencyKey,
  ])
  await it.advance('10m')
  await it.resolve('Down')
  await it.advance('10m')
  const keys = it.attempts.map(({ notification }) => notification.idempotencyKey)
  expect(keys).toHaveLength(3)
  expect(keys[2]).not.toBe(keys[0])
})

test('who may have heard of a beginning when a crash came hears of the end, once', async () => {
  await using it = await startAlerting(PLAIN)
  it.answer(() => new Promise(() => {}))
  await it.push('Down')
  await it.advance('30s')
  expect(it.attempts).toHaveLength(1)
  it.answer(() => undefined)
  await it.restart({ crash: true })
  await it.resolve('Down')
  await it.advance('30m')
  expect(it.told()).toEqual([expect.stringMatching(/ team resolved Down$/)])
  await it.restart({ crash: true })
  await it.advance('30m')
  expect(it.told()).toEqual([])
})

test('what an integration remembers of a group survives a crash between two attempts, and is its own', async () => {
  await using it = await startAlerting(PLAIN)
  const seen = new Map<string, (string | undefined)[]>()
  const note = ({ notification: { memory, groupKey } }: Attempt) => {
    seen.set(groupKey, [...(seen.get(groupKey) ?? []), memory?.get('attempts')])
    memory?.set('attempts', String(Number(memory.get('attempts') ?? 0) + 1))
    return refuse(503)
  }
  it.answer(note)
  await it.push('Down', 'Slow')
  await it.advance('30s')
  const before = new Map([...seen].map(([key, all]) => [key, all.length]))
  expect([...before.values()]).toEqual([expect.any(Number), expect.any(Number)])
  await it.restart({ crash: true })
  await it.advance('30s')
  for (const all of seen.values()) expect(all).toEqual(all.map((_, i) => (i === 0 ? undefined : String(i))))
  for (const [key, all] of seen) expect(all.length).toBeGreaterThan(before.get(key)!)
  // It stays with the group while that goes on, and what it forgets is forgotten after a restart as well.
  it.answer(({ notification: { memory } }) => memory?.set('attempts', undefined) as undefined)
  await it.advance('5m')
  await it.restart()
  let left: unknown = 'not told'
  it.answer(({ notification: { memory } }) => {
    left = memory?.get('attempts')
    return undefined
  })
  await it.resolve('Down')
  await it.advance('6m')
  expect(left).toBeUndefined()
})

test('a beginning of other content has another key', async () => {
  await using it = await startAlerting(PLAIN)
  it.answer(() => new Promise(() => {}))
  await it.push('Down{instance="a"}')
  await it.advance('30s')
  it.answer(() => undefined)
  await it.push('Down{instance="b"}')
  await it.restart({ crash: true })
  await it.advance('30s')
  const keys = it.attempts.map(({ notification }) => notification.idempotencyKey)
  expect(new Set(keys).size).toBe(2)
})

test('a receiver that is away for an hour is tried with back-off and told once when it is back', async () => {
  await using it = await startAlerting(PLAIN)
  it.answer(({ atMs }) => (atMs < it.clock.now() + 1 && !back ? refuse(503) : undefined))
  let back = false
  await it.push('Down')
  await it.advance('1h')
  const during = it.attempts.length
  const [integration] = it.alerting.receivers()[0]!.integrations
  expect(integration).not.toHaveProperty('lastSuccessMs')
  // The whole hour but for the 30 s that the group waited.
  expect(it.clock.now() - integration!.lastFailure!.sinceMs).toBe(3600_000 - 30_000)
  // 60 minutes in 5 minute flushes; waits grow to a minute.
  expect(during).toBeGreaterThan(60)
  expect(during).toBeLessThan(300)
  back = true
  await it.advance('10m')
  expect(it.told()).toHaveLength(1)
  const page = await it.alerting.notifications(
    { fromMs: 0, toMs: it.clock.now(), limit: 100 },
    new AbortController().signal,
  )
  expect(page.items.map(({ delivered }) => delivered)).toEqual([true, ...Array(page.items.length - 1).fill(false)])
  expect(it.alerting.receivers()[0]?.integrations[0]).toMatchObject({
    kind: 'webhook',
    lastSuccessMs: expect.any(Number),
    lastFailure: { answer: 'status 503' },
  })
})

test('a refusal for good is not tried again before the next flush', async () => {
  await using it = await startAlerting(PLAIN)
  it.answer(() => refuse(400))
  await it.push('Down')
  await it.advance('5m29s')
  expect(it.attempts).toHaveLength(1)
  await it.advance('1s')
  expect(it.attempts).toHaveLength(2)
  expect(it.registry.render('text')).toContain(
    'alertmanager_notifications_failed_total{integration="webhook",receiver_name="team",reason="clientError"} 2',
  )
})

test('Retry-After is waited for', async () => {
  await using it = await startAlerting(PLAIN)
  const at: number[] = []
  it.answer((attempt: Attempt) => {
    at.push(attempt.atMs)
    return at.length === 1 ? refuse(429, { retryAfterMs: 90_000 }) : undefined
  })
  await it.push('Down')
  await it.advance('5m')
  expect(at.map((ms) => ms - at[0]!)).toEqual([0, 90_000])
})

test('an attempt that hangs gives way to another', async () => {
  await using it = await startAlerting(PLAIN)
  let count = 0
  it.answer((_attempt, signal) => {
    if (++count > 1) return undefined
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  await it.push('Down')
  await it.advance('2m')
  expect(it.told()).toHaveLength(1)
  expect(count).toBe(2)
})

test('one integration that is away does not keep the others from being told, nor are they told again', async () => {
  await using it = await startAlerting(
    PLAIN.replace('[{url: "http://team"}]', '[{url: "http://a"}, {url: "http://b"}]'),
  )
  it.answer(({ index }) => (index === 0 ? refuse(500) : undefined))
  await it.push('Down')
  await it.advance('20m')
  expect(it.taken.map(({ index }) => index)).toEqual([1])
  it.answer(() => undefined)
  await it.advance('10m')
  expect(it.taken.map(({ index }) => index)).toEqual([1, 0])
})

test('groups by nothing, by all labels, and by a label that an alert lacks', async () => {
  await using it = await startAlerting(
    withRoute(
      '  routes:',
      '    - {receiver: team, matchers: [a!=""], group_by: [a, zone]}',
      `    - {receiver: team, matchers: [b!=""], group_by: ['...']}`,
    ),
  )
  await it.push('X{a="1"}', 'Y{a="1", zone="z"}', 'P{b="1"}', 'Q{b="1"}')
  expect((await it.alerting.groups({})).map(({ key }) => key)).toEqual([
    '{}/{a!=""}:{a="1"}',
    '{}/{b!=""}:{alertname="P", b="1"}',
    '{}/{b!=""}:{alertname="Q", b="1"}',
    '{}/{a!=""}:{a="1", zone="z"}',
  ])
})

test('an acknowledgement is shown, survives a restart, and ends with its alert', async () => {
  await using it = await startAlerting(PLAIN)
  await it.push('Down')
  const [alert] = await it.alerting.alerts({})
  await it.alerting.acknowledge([alert!.fingerprint], { by: 'ann', comment: 'on it' })
  await it.restart()
  expect((await it.alerting.alerts({}))[0]?.acknowledged).toEqual({ by: 'ann', atMs: it.clock.now(), comment: 'on it' })
  await it.resolve('Down')
  await it.push('Down')
  expect((await it.alerting.alerts({}))[0]?.acknowledged).toBeUndefined()
  await expect(it.alerting.acknowledge(['0000000000000000'], { by: 'ann', comment: '' })).rejects.toMatchObject({
    code: 'alerting.alert_missing',
    kind: 'missing',
  })
})

test('bad alerts are named, good ones of the same request are taken', async () => {
  await using it = await startAlerting(PLAIN, { limits: { maxAlertSize: 1000 } })
  const alert = (labels: string[], more = {}) => ({ labels, annotations: [], generatorUrl: '', ...more })
  const sent = it.alerting.receive([
    alert([]),
    alert(['alertname', 'Good']),
    alert(['alertname', 'Backwards'], { startsAtMs: 2, endsAtMs: 1 }),
    alert(['alertname', 'Long', 'text', 'x'.repeat(1000)]),
    alert(['alertname', '\ud800']),
  ])
  const error = await sent.catch((error) => error)
  expect(error).toMatchObject({ code: 'alerting.bad_alert', kind: 'input' })
  expect(error.message.split('\n')).toEqual([
    'alert {}: at least one label pair required',
    'alert {alertname="Backwards"}: start time must be before end time',
    expect.stringContaining('characters'),
    expect.stringContaining('no valid Unicode'),
  ])
  expect(await it.alerting.alerts({})).toHaveLength(1)
})

test('more alerts than the limit are refused, those that are known go on', async () => {
  await using it = await startAlerting(PLAIN, { limits: { maxAlerts: 2 } })
  await it.push('A', 'B')
  await expect(it.push('A', 'C')).rejects.toMatchObject({ code: 'alerting.too_many_alerts', kind: 'overload' })
  await it.resolve('A')
  await it.advance('1m')
  await it.push('C')
  expect(await it.alerting.alerts({})).toHaveLength(2)
})

test('transitions of alerts from outside and their reasons are kept, through a restart', async () => {
  await using it = await startAlerting(`global: {resolve_timeout: 2m}\n${PLAIN}`)
  await it.push('Down{instance="a"}')
  await it.alerting.receive([{ labels: ['alertname', 'Quiet'], annotations: [], generatorUrl: '' }])
  await it.push('Down{instance="a"}')
  await it.advance('10m')
  await it.resolve('Down{instance="a"}')
  await it.restart()
  const all = async (story: Story) =>
    (
      await story.alerting.transitions({ fromMs: 0, toMs: story.clock.now(), limit: 10 }, new AbortController().signal)
    ).items.map(({ from, to, reason, labels }) => [labels[1], from, to, reason])
  expect(await all(it)).toEqual([
    ['Down', 'firing', 'inactive', 'sender'],
    ['Quiet', 'firing', 'inactive', 'expired'],
    expect.arrayContaining(['inactive', 'firing']),
    expect.arrayContaining(['inactive', 'firing']),
  ])
})

test('alerts of rules leave their transitions to the rules', async () => {
  await using it = await startAlerting(PLAIN)
  await it.alerting.receive([{ labels: ['alertname', 'Rule'], annotations: [], generatorUrl: '' }], { from: 'rules' })
  const page = await it.alerting.transitions(
    { fromMs: 0, toMs: it.clock.now(), limit: 10 },
    new AbortController().signal,
  )
  expect(page.items).toEqual([])
  expect(await it.alerting.alerts({})).toHaveLength(1)
})

test('while the disk is full senders are refused, so that they send again, and people are told once all the same', async () => {
  await using it = await startAlerting(PLAIN)
  it.diskIsFull(true)
  await expect(it.push('Down')).rejects.toMatchObject({ code: 'state.write_failed', kind: 'unavailable' })
  await it.advance('10m')
  expect(it.told()).toEqual(['+30s team firing Down'])
  await expect(it.silence('alertname="Down"', '1h')).rejects.toMatchObject({ code: 'state.write_failed' })
  expect(it.alerting.silences.list([])).toEqual([])
  it.diskIsFull(false)
  await it.resolve('Down')
  await it.advance('10m')
  expect(it.told()).toEqual(['+10m30s team resolved Down'])
})

test.for<[name: string, fail: (it: Story, fails: boolean) => void]>([
  ['is full', (it, fails) => it.diskIsFull(fails)],
  ['hangs', (it, fails) => it.diskHangs(fails)],
])('a disk that %s holds nobody up, and what was told is on it once it works again', async ([, fail]) => {
  await using it = await startAlerting(PLAIN)
  await it.push('Before')
  await it.advance('5m')
  it.told()
  fail(it, true)
  const pushed = it.push('Down').catch((error) => error.kind)
  await it.advance('5m')
  // The first waits some seconds for a disk that hangs, what follows does not.
  expect(it.told()).toEqual([expect.stringMatching(/^\+5m3?[03]s team firing Down$/)])
  expect(await pushed).toBe('unavailable')
  const more = it.push('More').catch(() => {})
  await it.advance('5m')
  await more
  expect(it.told()).toEqual([expect.stringMatching(/^\+10m3?[0-9]*s team firing More$/)])
  fail(it, false)
  await it.push('Down', 'More')
  await it.advance('1m')
  await it.restart({ crash: true })
  await it.advance('1h')
  expect(it.told()).toEqual([])
  const { items } = await it.alerting.notifications(
    { fromMs: 0, toMs: it.clock.now(), limit: 10 },
    new AbortController().signal,
  )
  expect(items.map(({ firing, delivered }) => [firing.length, delivered])).toEqual([
    [1, true],
    [1, true],
    [1, true],
  ])
})

test('a disk that hangs is told of by a metric, and lets further alerts in', async () => {
  await using it = await startAlerting(PLAIN)
  it.diskHangs(true)
  const one = it.push('One').catch(({ code }) => code)
  const two = it.push('Two').catch(({ code }) => code)
  await it.advance('10m')
  expect(await Promise.all([one, two])).toEqual(['alerting.not_recorded', 'alerting.not_recorded'])
  expect(it.told()).toHaveLength(2)
  expect(metricOf(it, 'binnacle_alerting_writes_passed_total')).toBeGreaterThan(0)
  it.diskHangs(false)
  await it.advance('1m')
  expect(metricOf(it, 'binnacle_alerting_waiting_rows')).toBe(0)
})

test('who silences or acknowledges does not wait without end for a disk that hangs, and is told what comes of it', async () => {
  await using it = await startAlerting(PLAIN)
  await it.push('Down')
  await it.advance('1m')
  const { fingerprint } = (await it.alerting.alerts({}))[0]!
  const kept = await it.silence('alertname="Kept"', '1h')
  const outcome = (asked: Promise<unknown>) => asked.then(String, ({ code, kind, hint }) => `${code} ${kind}: ${hint}`)
  const inForce = async () => [
    it.alerting.silences.list([]).flatMap(({ state, matchers }) => (state === 'active' ? matchers[0]!.value : [])),
    (await it.alerting.alerts({}))[0]?.acknowledged?.by,
  ]
  const perhaps =
    'alerting.not_confirmed unavailable: it comes into force once the disk answers; look whether it has before it is tried again'
  const no = 'alerting.not_confirmed unavailable: it was not made; look at the disk'

  it.diskHangs(true)
  const asked = [
    outcome(it.silence('alertname="One"', '1h')),
    outcome(it.silence('alertname="Two"', '1h')),
    outcome(it.alerting.silences.expire(kept)),
    outcome(it.acknowledge('ana', 'Down')),
    outcome(it.alerting.unacknowledge([fingerprint])),
  ]
  await it.advance('29s')
  expect(await Promise.race([...asked, 'they wait'])).toBe('they wait')
  await it.advance('1s')
  expect(await Promise.all(asked)).toEqual([perhaps, no, no, perhaps, no])
  // While that is so nobody else waits, and nothing is in force that was not kept.
  expect(await outcome(it.silence('alertname="Three"', '1h'))).toBe(no)
  expect(await outcome(it.acknowledge('bob', 'Down'))).toBe(no)
  expect(await inForce()).toEqual([['Kept'], undefined])

  it.diskHangs(false)
  await it.advance('1s')
  expect(await inForce()).toEqual([expect.arrayContaining(['Kept', 'One']), 'ana'])
  expect(it.alerting.silences.list([])).toHaveLength(2)
  await it.alerting.unacknowledge([fingerprint])
  await it.silence('alertname="Four"', '1h')
  await it.restart({ crash: true })
  expect(await inForce()).toEqual([expect.arrayContaining(['Kept', 'One', 'Four']), undefined])
})

test('a test of a receiver is answered though the disk hangs', async () => {
  await using it = await startAlerting(PLAIN)
  it.diskHangs(true)
  const alert = { labels: ['alertname', 'Trial'], annotations: [], generatorUrl: '' }
  const asked = it.alerting.test('team', [alert], new AbortController().signal)
  await it.advance('3s')
  expect(await asked).toMatchObject([{ ok: true }])
  it.diskHangs(false)
})

const { signal } = new AbortController()
const lastDay = (it: Story) => ({ fromMs: 0, toMs: it.clock.now() + 60_000, limit: 100 })

/** Events of the history, oldest first: kind, what, whose name, who or which, and when since the start. */
async function careOf(it: Story, startMs: number): Promise<string[]> {
  const kinds = ['acknowledgement', 'silence', 'inhibition', 'escalation'] as const
  const { items } = await it.alerting.events({ ...lastDay(it), kinds }, signal)
  return items
    .map((one) => ('kind' in one ? one : undefined)!)
    .map(
      (one) =>
        `+${(one.atMs - startMs) / 1000}s ${one.labels[1]} ${one.kind} ${one.what} ${one.by ?? '-'} ${one.via ?? one.note ?? '-'}`,
    )
    .reverse()
}

test('acknowledgements and their withdrawal stay in the history, with who and from where', async () => {
  await using it = await startAlerting(PLAIN)
  const startMs = it.clock.now()
  await it.push('Down', 'Slow')
  await it.advance('1m')
  const ids = (await it.alerting.alerts({})).map(({ fingerprint }) => fingerprint)
  await it.alerting.acknowledge(ids, { by: 'ann', comment: 'on it', via: 'link' })
  await it.advance('1m')
  await it.alerting.unacknowledge([...ids, '0000000000000000'], { by: 'bob', via: 'page' })
  await it.alerting.unacknowledge(ids)
  await it.restart({ crash: true })
  expect((await careOf(it, startMs)).sort()).toEqual([
    '+120s Down acknowledgement ended bob page',
    '+120s Slow acknowledgement ended bob page',
    '+60s Down acknowledgement began ann link',
    '+60s Slow acknowledgement began ann link',
  ])
  const { items } = await it.alerting.events(
    { ...lastDay(it), kinds: ['acknowledgement'], fingerprint: ids[0]! },
    signal,
  )
  expect(items.map((one) => 'note' in one && one.note)).toEqual([false, 'on it'])
})

test.for([{ crash: true }, { crash: false }])(
  'what keeps an alert quiet stays in its history once, from its beginning to its end, through a restart (%o)',
  async (how) => {
    await using it = await startAlerting(`${PLAIN}
inhibit_rules:
  - source_matchers: [alertname="Down"]
    target_matchers: [alertname="Slow"]
`)
    const startMs = it.clock.now()
    await it.push('Down', 'Slow', 'Other')
    const silence = await it.silence('alertname="Other"', '2h', '5m')
    await it.advance('10m')
    await it.restart(how)
    await it.advance('10m')
    expect(await careOf(it, startMs)).toEqual([
      '+10s Slow inhibition began Down -',
      '+300s Other silence began test test',
    ])
    // What happens while nobody looks is found by the next look.
    await it.alerting.silences.expire(silence)
    await it.resolve('Down')
    await it.restart(how)
    await it.advance('10m')
    expect((await careOf(it, startMs)).slice(2).sort()).toEqual([
      '+1200s Other silence ended test test',
      expect.stringMatching(/^\+12[0-9]{2}s Slow inhibition ended Down -$/),
    ])
  },
)

test('why nobody was told is a record of the receiver: once for each reason, not at each flush', async () => {
  await using it = await startAlerting(`${withRoute(
    '  routes:',
    '    - matchers: [alertname="Night"]',
    '      mute_time_intervals: [always]',
  )}
time_intervals: [{name: always, time_intervals: [{months: ["1:12"]}]}]
inhibit_rules:
  - source_matchers: [alertname="Down"]
    target_matchers: [alertname="Slow"]
`)
  const silence = await it.silence('alertname="Quiet"', '1h')
  await it.push('Down', 'Slow', 'Quiet{a="1"}', 'Quiet{a="2"}', 'Night')
  await it.advance('30m')
  const down = (await it.alerting.alerts({})).find(({ labels }) => labels[1] === 'Down')!
  const records = async () =>
    (await it.alerting.notifications({ ...lastDay(it), receiver: 'team' }, signal)).items
      .map(({ alertnames, delivered, withheld }) => ({ alertnames, delivered, withheld }))
      .sort((a, b) => (String(a.alertnames) < String(b.alertnames) ? -1 : 1))
  expect(await records()).toEqual([
    { alertnames: ['Down'], delivered: true },
    { alertnames: ['Night'], delivered: false, withheld: [{ why: 'mute_time_interval', by: ['always'], count: 1 }] },
    { alertnames: ['Quiet'], delivered: false, withheld: [{ why: 'silence', by: [silence], count: 2 }] },
    { alertnames: ['Slow'], delivered: false, withheld: [{ why: 'inhibition', by: [down.fingerprint], count: 1 }] },
  ])
  // Of the rest of a group people are told, and an end under a silence is no news.
  await it.push('Quiet{a="3"}')
  await it.resolve('Quiet{a="1"}', 'Quiet{a="2"}', 'Quiet{a="3"}')
  await it.advance('30m')
  expect(await records()).toHaveLength(4)
  expect(it.alerting.receivers().flatMap(({ integrations }) => integrations.map((one) => one.lastFailure))).toEqual([
    undefined,
  ])
})

test.for([{ crash: true }, { crash: false }])(
  'a restart neither repeats why nobody was told, nor takes what is withheld once more for what was (%o)',
  async (how) => {
    await using it = await startAlerting(`${PLAIN}
inhibit_rules:
  - source_matchers: [alertname="Down"]
    target_matchers: [alertname="Slow"]
`)
    const withheld = async () =>
      (await it.alerting.notifications({ ...lastDay(it), result: 'withheld' }, signal)).items
        .map(({ alertnames, atMs }) => `${alertnames![0]} ${atMs}`)
        .reverse()
    await it.silence('alertname="Quiet"', '1h')
    await it.push('Down{i="2"}', 'Down{i="1"}', 'Slow', 'Quiet')
    await it.advance('20m')
    const before = await withheld()
    expect(before.map((line) => line.split(' ')[0]).sort()).toEqual(['Quiet', 'Slow'])
    await it.restart(how)
    await it.advance('20m')
    // One of two that inhibit is enough.
    await it.resolve('Down{i="1"}')
    await it.restart(how)
    await it.advance('15m')
    expect(await withheld()).toEqual(before)

    // Nothing inhibits it for a while; people know of it, and are not told again.
    await it.resolve('Down{i="2"}')
    await it.advance('15m')
    expect(it.told().filter((line) => line.endsWith('firing Slow'))).toHaveLength(1)
    await it.restart(how)
    await it.push('Down{i="1"}')
    await it.advance('15m')
    expect((await withheld()).slice(2).map((line) => line.split(' ')[0])).toEqual(['Slow'])
  },
)

function metricOf(it: Story, name: string): number {
  const line = it.registry
    .render('text')
    .split('\n')
    .find((one) => one.startsWith(`${name} `))
  return Number(line?.split(' ')[1])
}
