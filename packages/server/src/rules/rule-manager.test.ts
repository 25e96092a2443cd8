import { afterEach, describe, expect, test } from 'vitest'
import { phaseOf } from './group/slots.ts'
import { type RulesUnderTest, startRules } from './testkit/start-rules.ts'

let it: RulesUnderTest
afterEach(() => it?.stop())

const group = (rules: string, more = '') => ({
  'r.yml': `groups:\n- name: g\n  interval: 15s\n${more}  rules:\n${rules.replace(/^/gm, '  ')}`,
})
const down = (more = '') => group(`- alert: Down\n  expr: up == 0\n${more}`)

describe('an alert', () => {
  test('is pending for its time, fires, is sent every minute, and is resolved with the reason', async () => {
    it = await startRules(down('  for: 1m\n'))
    it.set('up{job="a"}', 1)
    await it.advance('1m')
    expect(it.alerts()).toEqual([])
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    expect(it.alerts()).toEqual(['pending Down{job="a"} 0'])
    expect(it.sent()).toEqual([])
    await it.advance('1m')
    expect(it.alerts()).toEqual(['firing Down{job="a"} 0'])
    expect(it.transitions()).toEqual(['1m15s Down{job="a"} inactive->pending', '2m15s Down{job="a"} pending->firing'])
    expect(it.sent()).toEqual(['2m15s Down{job="a"} firing'])
    await it.advance('1m')
    expect(it.sent()).toEqual(['3m30s Down{job="a"} firing'])
    expect(it.messages.at(-1)).toMatchObject({
      startsAtMs: it.messages[0]!.startsAtMs,
      generatorUrl: 'http://binnacle.test/graph?g0.expr=up+%3D%3D+0&g0.tab=1',
      value: 0,
    })
    it.set('up{job="a"}', 1)
    await it.advance('30s')
    expect(it.alerts()).toEqual([])
    expect(it.transitions()).toEqual(['4m15s Down{job="a"} firing->inactive (value)'])
    expect(it.sent()[0]).toBe('4m15s Down{job="a"} resolved (value)')
  })

  test('fires at once without a time, and is told once as such', async () => {
    it = await startRules(down())
    it.set('up{job="a"}', 0)
    await it.advance('30s')
    expect(it.transitions()).toEqual(['15s Down{job="a"} inactive->firing'])
  })

  test('that is resolved is sent again for a quarter of an hour', async () => {
    it = await startRules(down())
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    it.set('up{job="a"}', 1)
    await it.advance('40m')
    const resolved = it.sent().filter((line) => line.includes('resolved'))
    expect(resolved).toHaveLength(13)
    expect(resolved.at(-1)).toBe('16m15s Down{job="a"} resolved (value)')
    expect(it.manager.groups()[0]!.rules[0]!.resolved).toEqual([])
  })

  test('goes on firing for its time, and not when the condition comes back', async () => {
    it = await startRules(down('  keep_firing_for: 2m\n'))
    it.set('up{job="a"}', 0)
    await it.advance('30s')
    it.set('up{job="a"}', 1)
    await it.advance('1m')
    expect(it.alerts()).toEqual(['firing Down{job="a"} 0'])
    expect(it.manager.groups()[0]!.rules[0]!.alerts[0]!.keepFiringSinceMs).toBeDefined()
    it.set('up{job="a"}', 0)
    await it.advance('30s')
    expect(it.manager.groups()[0]!.rules[0]!.alerts[0]!.keepFiringSinceMs).toBeUndefined()
    it.set('up{job="a"}', 1)
    await it.advance('5m')
    expect(it.transitions()).toEqual([
      '15s Down{job="a"} inactive->firing',
      '4m15s Down{job="a"} firing->inactive (value)',
    ])
  })

  test('whose condition ends while it is pending is gone in silence', async () => {
    it = await startRules(down('  for: 5m\n'))
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    it.set('up{job="a"}', 1)
    await it.advance('1m')
    expect(it.transitions().at(-1)).toBe('1m15s Down{job="a"} pending->inactive (value)')
    expect(it.sent()).toEqual([])
    expect(it.alerts()).toEqual([])
  })

  test('whose series vanished is told from one whose value fell', async () => {
    it = await startRules(down())
    for (const job of ['a', 'b', 'c']) it.set(`up{job="${job}"}`, 0)
    await it.advance('1m')
    it.transitions()
    it.set('up{job="a"}', 1)
    it.set('up{job="b"}', 'gone')
    await it.advance('30s')
    expect(it.transitions().sort()).toEqual([
      '1m15s Down{job="a"} firing->inactive (value)',
      '1m15s Down{job="b"} firing->inactive (vanished)',
    ])
    // Without a marker it takes as long as a sample counts.
    it.set('up{job="c"}', 'silent')
    await it.advance('6m')
    expect(it.transitions()).toEqual(['6m30s Down{job="c"} firing->inactive (vanished)'])
    expect(it.sent().filter((line) => line.includes('"b"} resolved'))[0]).toBe(
      '1m15s Down{job="b"} resolved (vanished)',
    )
  })

  test('tells its reason in texts that ask for it, and only there', async () => {
    it = await startRules(
      down('  annotations: {why: "{{ with $resolvedReason }}{{ . }}{{ else }}on{{ end }}", text: "at {{ $value }}"}\n'),
    )
    it.set('up{job="a"}', 0)
    await it.advance('30s')
    it.set('up{job="a"}', 'gone')
    await it.advance('30s')
    expect(it.messages.map(({ annotations }) => annotations)).toEqual([
      ['text', 'at 0', 'why', 'on'],
      ['text', 'at 0', 'why', 'vanished'],
    ])
  })

  test('has labels and annotations by their templates', async () => {
    it = await startRules(
      group(`- alert: Down
  expr: up == 0
  labels: {severity: page, where: "{{ $externalLabels.region }}-{{ $labels.job }}", none: "{{ $labels.none }}"}
  annotations: {text: "{{ $labels.__name__ }} {{ $labels.job }} {{ $value | humanize }}", bad: "{{ template \\"x\\" }}"}
`),
      { config: { externalLabels: ['region', 'eu'] } },
    )
    it.set('up{job="a"}', 0)
    await it.advance('30s')
    const { labels, annotations } = it.messages[0]!
    const own = ['alertname', 'Down', 'job', 'a', 'severity', 'page', 'where', 'eu-a']
    expect(it.manager.groups()[0]!.rules[0]!.alerts[0]!.labels).toEqual(own)
    // Others are told where it happened, too.
    expect(labels).toEqual(['alertname', 'Down', 'job', 'a', 'region', 'eu', 'severity', 'page', 'where', 'eu-a'])
    expect(annotations[0]).toBe('bad')
    expect(annotations[1]).toContain('<error expanding template: error executing template __alert_Down')
    expect(annotations.slice(2)).toEqual(['text', 'up a 0'])
  })

  test('has its series, which end with it', async () => {
    it = await startRules(down('  for: 30s\n'))
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    it.set('up{job="a"}', 1)
    await it.advance('1m')
    const of = (state: string) => it.samples(`ALERTS{alertname="Down",alertstate="${state}",job="a"}`)
    // Nothing is written before the second evaluation is done: until then it may have to be restored.
    expect(of('pending')).toBe('30s:1 45s:stale')
    expect(of('firing')).toBe('45s:1 1m:1 1m15s:stale')
    const since = it.samples('ALERTS_FOR_STATE{alertname="Down",job="a"}')
    expect(since).toMatch(/^30s:(\d+) 45s:\1 1m:\1 1m15s:stale$/)
  })
})

describe('what goes wrong', () => {
  test('a rule that fails shows why, keeps its alerts, and is well again', async () => {
    it = await startRules(down())
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    it.metrics.disturb = () => Promise.reject(new Error('the engine is away'))
    await it.advance('1m')
    const rule = () => it.manager.groups()[0]!.rules[0]!
    expect(rule()).toMatchObject({ health: 'err', lastError: 'the engine is away' })
    expect(it.alerts()).toEqual(['firing Down{job="a"} 0'])
    it.metrics.disturb = undefined
    await it.advance('30s')
    expect(rule()).toMatchObject({ health: 'ok', lastError: '' })
    expect(it.registry.render('text')).toContain('prometheus_rule_evaluation_failures_total{rule_group="r.yml;g"} 4')
  })

  test('alerts with the same labels are an error, and nothing changes', async () => {
    it = await startRules(group('- alert: Down\n  expr: up == 0\n  labels: {job: all}\n'))
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    it.set('up{job="b"}', 0)
    await it.advance('1m')
    expect(it.manager.groups()[0]!.rules[0]).toMatchObject({
      health: 'err',
      lastError: 'vector contains metrics with the same labelset after applying alert labels',
    })
    expect(it.alerts()).toEqual(['firing Down{job="all"} 0'])
  })

  test('more alerts than the limit end all of them', async () => {
    it = await startRules(group('- alert: Down\n  expr: up == 0\n', '  limit: 2\n'))
    it.set('up{job="a"}', 0)
    it.set('up{job="b"}', 0)
    await it.advance('1m')
    it.transitions()
    it.set('up{job="c"}', 0)
    await it.advance('30s')
    expect(it.alerts()).toEqual([])
    expect(it.transitions()).toEqual([
      '1m15s Down{job="a"} firing->inactive (limit)',
      '1m15s Down{job="b"} firing->inactive (limit)',
    ])
    expect(it.manager.groups()[0]!.rules[0]!.lastError).toBe('exceeded limit of 2 with 3 alerts')
    expect(it.sent().filter((line) => line.includes('resolved'))).toEqual([])
  })

  test('alerts that the sink does not take are sent again by the next evaluation', async () => {
    it = await startRules(down())
    it.set('up{job="a"}', 0)
    it.sink = () => Promise.reject(new Error('full'))
    await it.advance('1m')
    expect(it.sent()).toEqual([])
    it.sink = () => {}
    await it.advance('30s')
    expect(it.sent()).toEqual(['1m15s Down{job="a"} firing'])
  })

  test('evaluations that came due while one still ran are counted and left out', async () => {
    it = await startRules(down())
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    it.metrics.disturb = () => it.clock.sleep(40_000)
    await it.advance('15s')
    it.metrics.disturb = undefined
    await it.advance('2m')
    expect(it.manager.groups()[0]!.missedIterations).toBe(1)
    expect(it.samples('ALERTS{alertname="Down",alertstate="firing",job="a"}')).toBe(
      '30s:1 45s:1 1m:1 1m15s:1 1m45s:1 2m:1 2m15s:1 2m30s:1 2m45s:1 3m:1 3m15s:1',
    )
  })
})

describe('recording rules', () => {
  test('make series that end with what they read', async () => {
    it = await startRules(group('- record: job:up:sum\n  expr: sum by (job) (up)\n  labels: {kind: sum}\n'))
    it.set('up{job="a",i="1"}', 1)
    it.set('up{job="a",i="2"}', 1)
    it.set('up{job="b",i="1"}', 1)
    await it.advance('45s')
    it.set('up{job="b",i="1"}', 'gone')
    await it.advance('30s')
    expect(it.samples('job:up:sum{job="a",kind="sum"}')).toBe('15s:2 30s:2 45s:2 1m:2 1m15s:2')
    expect(it.samples('job:up:sum{job="b",kind="sum"}')).toBe('15s:1 30s:1 45s:1 1m:stale')
  })

  test('are seen by the rules behind them at the same moment, and by those before them an interval later', async () => {
    it = await startRules(
      group(`- record: before
  expr: second + 0
- record: first
  expr: up + 1
- record: second
  expr: first + 1
- alert: A
  expr: second > 2
`),
    )
    it.set('up', 1)
    await it.advance('15s')
    expect(it.alerts()).toEqual(['firing A 3'])
    expect(it.samples('before')).toBe('')
    it.set('up', 5)
    await it.advance('15s')
    expect([it.samples('second'), it.samples('before')]).toEqual(['15s:3 30s:7', '30s:3'])
  })

  test('past the limit, or twice the same series, are an error', async () => {
    it = await startRules(
      group('- record: x\n  expr: up\n  labels: {job: all}\n- record: y\n  expr: up\n', '  limit: 1\n'),
    )
    it.set('up{job="a"}', 1)
    it.set('up{job="b"}', 1)
    await it.advance('30s')
    expect(it.manager.groups()[0]!.rules.map(({ lastError }) => lastError)).toEqual([
      'vector contains metrics with the same labelset after applying rule labels',
      'exceeded limit of 1 with 2 series',
    ])
  })

  test('a group looks at the past that its offset says, and its samples are of then', async () => {
    it = await startRules(group('- record: x\n  expr: up + 0\n', '  query_offset: 1m\n'))
    it.set('up', 1)
    await it.advance('1m')
    it.set('up', 2)
    await it.advance('1m30s')
    expect(it.samples('x')).toMatch(/^15s:1 30s:1 45s:1 1m:1 1m15s:2 1m30s:2$/)
  })
})

describe('a restart', () => {
  test('changes nothing for alerts that go on', async () => {
    it = await startRules(down('  for: 2m\n'))
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    it.transitions()
    await it.restart('10s')
    expect(it.alerts()).toEqual(['pending Down{job="a"} 0'])
    await it.advance('2m')
    expect(it.transitions()).toEqual(['2m15s Down{job="a"} pending->firing'])
    const [, started] = it.messages
    await it.restart('10s')
    await it.advance('1m')
    expect(it.transitions()).toEqual([])
    expect(it.alerts()).toEqual(['firing Down{job="a"} 0'])
    expect(it.messages[0]!.startsAtMs).toBe(started?.startsAtMs ?? it.messages[0]!.startsAtMs)
  })

  test('tells at once again what goes on: a crash may have come before it was taken', async () => {
    it = await startRules(down())
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    it.sent()
    await it.restart('1s')
    await it.advance('15s')
    expect(it.sent()).toEqual(['1m15s Down{job="a"} firing'])
  })

  test('by which the sample is lost that made an alert fire does not end it by the one from before', async () => {
    it = await startRules(down())
    it.set('up{job="a"}', 1)
    await it.advance('15s')
    it.set('up{job="a"}', 0)
    await it.advance('15s')
    expect(it.transitions()).toEqual(['30s Down{job="a"} inactive->firing'])
    await it.restart('1s', { loses: '2s' })
    it.set('up{job="a"}', 'silent')
    await it.advance('15s')
    expect(it.alerts()).toEqual(['firing Down{job="a"} 0'])
    it.set('up{job="a"}', 0)
    await it.advance('15s')
    expect(it.alerts()).toEqual(['firing Down{job="a"} 0'])
    it.set('up{job="a"}', 1)
    await it.advance('15s')
    expect(it.transitions()).toEqual(['1m15s Down{job="a"} firing->inactive (value)'])
  })

  test('by which the sample is lost that ended an alert does not begin it anew by the one from before', async () => {
    it = await startRules(down())
    it.set('up{job="a"}', 0)
    await it.advance('15s')
    it.set('up{job="a"}', 1)
    await it.advance('15s')
    expect(it.transitions()).toEqual([
      '15s Down{job="a"} inactive->firing',
      '30s Down{job="a"} firing->inactive (value)',
    ])
    await it.restart('1s', { loses: '2s' })
    it.set('up{job="a"}', 'silent')
    await it.advance('15s')
    expect(it.alerts()).toEqual([])
    it.set('up{job="a"}', 0)
    await it.advance('15s')
    expect(it.transitions()).toEqual(['1m Down{job="a"} inactive->firing'])
  })

  test('tells what ended meanwhile, with its reason', async () => {
    it = await startRules(down())
    for (const job of ['a', 'b']) it.set(`up{job="${job}"}`, 0)
    await it.advance('1m')
    it.transitions()
    it.sent()
    it.set('up{job="a"}', 1)
    it.set('up{job="b"}', 'gone')
    await it.restart('2m')
    // The value is there and says that it ended; that there is none may mean that it is late.
    await it.advance('30s')
    expect(it.transitions()).toEqual(['3m15s Down{job="a"} firing->inactive (value)'])
    expect(it.alerts()).toEqual(['firing Down{job="b"} 0'])
    await it.advance('1m')
    expect(it.transitions()).toEqual(['3m45s Down{job="b"} firing->inactive (vanished)'])
    expect(it.sent().filter((line) => line.includes('resolved'))).toEqual([
      '3m15s Down{job="a"} resolved (value)',
      '3m45s Down{job="b"} resolved (vanished)',
      '4m30s Down{job="a"} resolved (value)',
    ])
  })

  test('does not end alerts whose samples are only late', async () => {
    it = await startRules(down())
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    it.transitions()
    await it.restart('20m', { scraping: false })
    await it.advance('2m')
    expect(it.transitions()).toEqual([])
    expect(it.alerts()).toEqual(['firing Down{job="a"} 0'])
  })

  test('does not count a long outage as pending time, and a very long one begins anew', async () => {
    it = await startRules(down('  for: 30m\n'))
    it.set('up{job="a"}', 0)
    await it.advance('10m')
    await it.restart('30m', { scraping: false })
    await it.advance('19m')
    expect(it.alerts()).toEqual(['pending Down{job="a"} 0'])
    await it.advance('2m')
    expect(it.alerts()).toEqual(['firing Down{job="a"} 0'])
    it.set('up{job="a"}', 1)
    await it.advance('1m')
    it.set('up{job="a"}', 0)
    await it.advance('10m')
    await it.restart('2h', { scraping: false })
    await it.advance('29m')
    expect(it.alerts()).toEqual(['pending Down{job="a"} 0'])
    await it.advance('2m')
    expect(it.alerts()).toEqual(['firing Down{job="a"} 0'])
  })

  test('finds the alerts of a rule that moved where it stands now, and nowhere else', async () => {
    const startWith = async (file: string, up: number) => {
      it.set('up{job="a"}', up)
      await it.restart('1s', { files: { [file]: down()['r.yml']! } })
      await it.advance('1m')
    }
    it = await startRules(down())
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    await startWith('moved.yml', 0)
    expect(it.alerts()).toEqual(['firing Down{job="a"} 0'])
    it.transitions()
    await startWith('again.yml', 1)
    expect(it.transitions()).toHaveLength(1)
    it.sent()
    await startWith('r.yml', 1)
    expect(it.alerts()).toEqual([])
    expect(it.transitions()).toEqual([])
    expect(it.sent().filter((line) => line.includes('firing'))).toEqual([])
    // By a reload too, also when all has been forgotten that ended.
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    await it.apply({ 'reloaded.yml': down()['r.yml']! })
    it.set('up{job="a"}', 1)
    await it.advance('2h')
    it.transitions()
    it.sent()
    await startWith('reloaded.yml', 1)
    expect([...it.alerts(), ...it.transitions(), ...it.sent()]).toEqual([])
  })

  test('ends alerts whose rule went meanwhile', async () => {
    it = await startRules(down())
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    it.transitions()
    it.sent()
    await it.apply(down(), {})
    const before = it.manager
    await it.restart('10s')
    expect(it.manager).not.toBe(before)
    await it.apply({})
    await it.advance('1m')
    expect(it.transitions()).toEqual(['1m11s Down{job="a"} firing->inactive (rule)'])
    expect(it.sent()).toEqual(['1m11s Down{job="a"} resolved (rule)'])
    // The next start does not tell it again.
    await it.restart('10s')
    await it.advance('1m')
    expect(it.transitions()).toEqual([])
  })
})

describe('a start without saved state', () => {
  test('takes from the series since when alerts are pending, and writes none before', async () => {
    it = await startRules(down('  for: 30m\n'))
    it.set('up{job="a"}', 0)
    await it.advance('10m')
    await it.restart('5m', { forgets: true })
    await it.advance('1m')
    const since = () => it.manager.groups()[0]!.rules[0]!.alerts[0]!.activeAtMs
    // Pending for ten minutes before; the outage does not count, nor the time until the second evaluation.
    expect(Math.round((it.clock.now() - since()) / 60_000)).toBe(10)
    await it.advance('18m')
    expect(it.alerts()).toEqual(['pending Down{job="a"} 0'])
    await it.advance('2m')
    expect(it.alerts()).toEqual(['firing Down{job="a"} 0'])
  })

  test('does not let an alert fire within the grace period', async () => {
    it = await startRules(down('  for: 30m\n'))
    it.set('up{job="a"}', 0)
    await it.advance('29m')
    await it.restart('1m', { forgets: true })
    await it.advance('9m')
    expect(it.alerts()).toEqual(['pending Down{job="a"} 0'])
    await it.advance('2m')
    expect(it.alerts()).toEqual(['firing Down{job="a"} 0'])
  })
})

describe('a reload', () => {
  const other = (more = '') =>
    `groups:\n- name: h\n  interval: 15s\n  rules:\n  - alert: Up\n    expr: up == 1\n${more}`

  test('leaves groups that stay as they are undisturbed', async () => {
    it = await startRules({ ...down('  for: 1m\n'), 's.yml': other() })
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    const evaluations = it.metrics.evaluations
    await it.apply({ ...down('  for: 1m\n'), 's.yml': other('    labels: {x: y}\n') })
    await it.advance('15s')
    expect(it.transitions()).toEqual(['15s Down{job="a"} inactive->pending', '1m15s Down{job="a"} pending->firing'])
    expect(it.metrics.evaluations - evaluations).toBeLessThanOrEqual(2)
  })

  test('keeps the alerts of a rule that changed or moved', async () => {
    it = await startRules(down())
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    it.transitions()
    await it.apply(down('  annotations: {text: new}\n'))
    await it.advance('1m')
    expect(it.transitions()).toEqual([])
    await it.apply({ 'moved.yml': 'groups:\n- name: m\n  rules:\n  - alert: Down\n    expr: up == 0\n' })
    await it.advance('2m')
    expect(it.transitions()).toEqual([])
    expect(it.alerts()).toEqual(['firing Down{job="a"} 0'])
    // Its series went on without a marker.
    expect(it.samples('ALERTS{alertname="Down",alertstate="firing",job="a"}')).not.toContain('stale')
    await it.restart('5s')
    await it.advance('1m')
    expect(it.transitions()).toEqual([])
  })

  test('ends the alerts and series of a rule that is gone', async () => {
    it = await startRules(down())
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    it.transitions()
    it.sent()
    await it.apply({ 's.yml': other() })
    await it.advance('1m')
    expect(it.transitions()).toEqual(['1m1s Down{job="a"} firing->inactive (rule)'])
    expect(it.sent()).toEqual(['1m1s Down{job="a"} resolved (rule)'])
    expect(it.samples('ALERTS{alertname="Down",alertstate="firing",job="a"}')).toMatch(
      /^30s:1 45s:1 1m:1 1m1?s?:stale$/,
    )
    expect(it.registry.render('text')).not.toContain('r.yml;g')
  })
})

describe('no data', () => {
  const noData = [
    { matchers: [{ name: 'alertname', op: '=' as const, value: 'Down' }], forMs: 30_000, labels: ['team', 'x'] },
  ]

  test('is an alert of its own where it is asked for', async () => {
    it = await startRules(
      group('- alert: Down\n  expr: up == 0\n  labels: {severity: page}\n- alert: Other\n  expr: up == 2\n'),
      {
        config: { noData },
      },
    )
    it.set('up{job="a"}', 0)
    await it.advance('1m')
    it.transitions()
    it.sent()
    it.set('up{job="a"}', 'gone')
    await it.advance('1m')
    expect(it.transitions()).toEqual([
      '1m15s Down{job="a", severity="page"} firing->inactive (vanished)',
      '1m15s Down{no_data="true", severity="page", team="x"} inactive->pending',
      '1m45s Down{no_data="true", severity="page", team="x"} pending->nodata',
    ])
    expect(it.alerts()).toEqual(['nodata Down{no_data="true", severity="page", team="x"} NaN'])
    expect(it.sent()).toContain('1m45s Down{no_data="true", severity="page", team="x"} firing')
    it.set('up{job="a"}', 1)
    await it.advance('30s')
    expect(it.transitions()).toEqual(['2m15s Down{no_data="true", severity="page", team="x"} nodata->inactive (data)'])
    expect(it.sent()).toContain('2m15s Down{no_data="true", severity="page", team="x"} resolved (data)')
  })

  test('survives a restart', async () => {
    it = await startRules(down(), { config: { noData } })
    it.set('up{job="a"}', 1)
    await it.advance('1m')
    it.set('up{job="a"}', 'gone')
    await it.advance('2m')
    it.transitions()
    await it.restart('10s')
    await it.advance('3m')
    expect(it.transitions()).toEqual([])
    expect(it.alerts()).toEqual(['nodata Down{no_data="true", team="x"} NaN'])
  })
})

describe('when a group is evaluated', () => {
  const group = (name: string, ...rules: string[]) =>
    `groups:\n- name: ${name}\n  interval: 15s\n  rules: [${rules.map((rule) => `{${rule}}`).join(', ')}]\n`
  const timesOf = (name: string) => it.metrics.samples({ __name__: name })!.map(({ ts }) => ts)
  /** Scrapes of a target of its own, so much later in the interval than all others. */
  function scrapeLater(ms: number, series: Record<string, string>, read: () => number): void {
    const upTimes = timesOf('up')
    const scrape = () => {
      it.metrics.append(series, it.clock.now(), read())
      it.clock.after(15_000, scrape)
    }
    it.clock.after(upTimes.at(-1)! + 15_000 + ms - it.clock.now(), scrape)
  }

  test('is right behind the samples that it reads, at planned moments', async () => {
    const files = { 'z.yml': 'groups:\n- name: z\n  interval: 15s\n  rules: [{record: x, expr: up + 0}]\n' }
    it = await startRules(files, { options: { followSamples: true } })
    it.set('up', 1)
    await it.advance('5m')
    const scrapedMs = it.metrics.samples({ __name__: 'up' })![0]!.ts
    const latest = it.metrics.samples({ __name__: 'x' })!.slice(-5)
    expect(new Set(latest.map(({ ts }) => (ts - scrapedMs) % 15_000))).toEqual(new Set([150]))
    expect(latest[4]!.ts - latest[0]!.ts).toBe(60_000)
  })

  test('is behind the window of scrapes from the first time on', async () => {
    const windowEnd = () => 4_000
    const files = { 'z.yml': group('z', 'record: x, expr: vector(1)') }
    it = await startRules(files, { options: { followSamples: true, windowEnd } })
    await it.advance('1m')
    expect(new Set(timesOf('x').map((ts) => ts % 15_000))).toEqual(new Set([4_150]))
  })

  test('lies by its name where scrapes have no window, or groups do not follow', async () => {
    const files = { 'z.yml': group('z', 'record: x, expr: vector(1)') }
    for (const options of [{ followSamples: true }, { followSamples: false, windowEnd: () => 4_000 }]) {
      it = await startRules(files, { options })
      await it.advance('1m')
      expect(new Set(timesOf('x').map((ts) => ts % 15_000))).toEqual(new Set([phaseOf('z.yml', 'z', 15_000)]))
      if (options.followSamples) await it.stop()
    }
  })

  test('does not wait for what the group makes itself', async () => {
    it = await startRules(
      { 'r.yml': group('g', 'record: x, expr: up + 0', 'alert: A, expr: x > 5', 'alert: B, expr: ALERTS > 5') },
      { options: { followSamples: true } },
    )
    it.set('up', 9)
    for (let i = 0; i < 12; i++) {
      await it.advance('15s')
      // Seen a second behind the scrape, and the evaluation is long over.
      expect(timesOf('x').at(-1)! - timesOf('up').at(-1)!).toBe(100)
      expect(it.manager.groups()[0]!.lastEvaluationMs! - timesOf('x').at(-1)!).toBe(0)
    }
  })

  test('is soon behind the group that makes what it reads, so that a chain costs no interval', async () => {
    it = await startRules(
      {
        'a.yml': group('a', 'alert: Few, expr: third < 2'),
        'b.yml': group('b', 'record: first, expr: up + 0'),
        'c.yml': group('c', 'record: third, expr: second + 0'),
        'd.yml': group('d', 'record: second, expr: first + 0'),
      },
      { options: { followSamples: true } },
    )
    it.set('up', 2)
    await it.advance('10m')
    it.sent()
    for (const [value, expected] of [
      [1, 'Few firing'],
      [2, 'Few resolved (value)'],
    ] as const) {
      it.set('up', value)
      await it.advance('13s')
      expect(it.sent()).toEqual([])
      await it.advance('2s')
      expect(it.sent().map((line) => line.replace(/^\S+ /, ''))).toEqual([expected])
    }
  })

  test('is soon behind it too when all groups begin at one place', async () => {
    const [first, alerting] = [group('b', 'record: first, expr: up + 0'), group('a', 'alert: Few, expr: first < 2')]
    const windowEnd = () => timesOf('up')[0]! % 15_000
    it = await startRules({}, { options: { followSamples: true, windowEnd } })
    it.set('up', 2)
    await it.advance('1m')
    await it.apply({ 'a.yml': alerting, 'b.yml': first })
    await it.advance('2m')
    it.set('up', 1)
    await it.advance('13s')
    expect(it.sent()).toEqual([])
    await it.advance('2s')
    expect(it.sent()).toHaveLength(1)
  })

  test('does not stand still when two groups read each other', async () => {
    it = await startRules(
      {
        'a.yml': group('a', 'record: a, expr: (b or vector(0)) + up'),
        'b.yml': group('b', 'record: b, expr: a - up'),
      },
      { options: { followSamples: true } },
    )
    it.set('up', 1)
    await it.advance('5m')
    const waited = () =>
      it.manager
        .groups()
        .reduce((sum, { lastEvaluationMs, name }) => sum + lastEvaluationMs! - timesOf(name).at(-1)!, 0)
    for (let i = 0; i < 8; i++) {
      await it.advance('15s')
      expect(waited()).toBeLessThan(100)
    }
    expect(timesOf('a').at(-1)! - timesOf('up').at(-1)!).toBeLessThan(1_000)
  })

  test('is behind the one target that is scraped last of many', async () => {
    const files = { 'z.yml': group('z', 'alert: Off, expr: up == 0') }
    it = await startRules(files, { options: { followSamples: true } })
    for (let i = 0; i < 40; i++) it.set(`up{instance="${i}"}`, 1)
    it.set('up', 1)
    await it.advance('15s')
    let value = 1
    scrapeLater(700, { __name__: 'up', instance: 'last' }, () => value)
    await it.advance('3m')
    value = 0
    await it.advance('15s')
    expect(it.sent()).toHaveLength(1)
  })

  test('waits a little for few samples that are late, and longer for many', async () => {
    const files = { 'z.yml': group('z', 'record: x, expr: count(up)') }
    it = await startRules(files, { options: { followSamples: true } })
    for (let i = 0; i < 19; i++) it.set(`up{instance="${i}"}`, 1)
    it.set('up', 1)
    await it.advance('15s')
    let isLate = false
    const answers = (i: number) => {
      const atMs = it.clock.now()
      it.clock.after(isLate ? 9_000 : 0, () => it.metrics.append({ __name__: 'up', instance: `late ${i}` }, atMs, 1))
      it.clock.after(15_000, () => answers(i))
    }
    answers(0)
    await it.advance('3m')
    const waitOfNext = async () => {
      const before = timesOf('x').length
      await it.advance('15s')
      expect(timesOf('x')).toHaveLength(before + 1)
      return it.manager.groups()[0]!.lastEvaluationMs! - timesOf('x').at(-1)!
    }
    expect(await waitOfNext()).toBe(0)
    isLate = true
    const waits = [await waitOfNext(), await waitOfNext(), await waitOfNext()]
    expect(Math.max(...waits)).toBeGreaterThanOrEqual(1_500)
    expect(Math.max(...waits)).toBeLessThan(1_600)
    for (let i = 0; i < 8; i++) expect(await waitOfNext()).toBe(0)
  })
})

test('rules that say the same of a series at the same moment are right, those that contradict each other are not', async () => {
  const same = '- record: total\n  expr: sum(up)\n- record: total\n  expr: sum(up) + 0\n'
  it = await startRules(group(`${same}- record: other\n  expr: sum(up)\n- record: other\n  expr: sum(up) + 1\n`))
  it.set('up{job="a"}', 1)
  await it.advance('1m')
  expect(it.manager.groups()[0]!.rules.map(({ health, lastError }) => [health, lastError])).toEqual([
    ['ok', ''],
    ['ok', ''],
    ['ok', ''],
    ['err', 'duplicate sample for timestamp'],
  ])
})
