// What do questions, writes, deletions and the migration of alerting's history cost when it has a million events?
// Data (the same every run): so many events over 30 days of 20,000 alerts of 500 rules, four of five of them changes of state,
// and a third as many notifications to 20 receivers in 2,000 groups of 1 to 20 alerts, a few failed or withheld. SQLite as in
// production, but on this thread, so that every ms is one of work. "slices": how often the question gave way in between.
// Run: node scripts/bench.mjs bench/alerting/history.bench.ts [events, default 1000000]

import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createEventRecords,
  createNotificationRecords,
  trimHistory,
} from '../../packages/server/src/alerting/history/index.ts'
import type { HistoryEvent } from '../../packages/server/src/alerting/history-event.ts'
import type { HistoryFilter } from '../../packages/server/src/alerting/history-filter.ts'
import { parseMatchers } from '../../packages/server/src/alerting/matcher/index.ts'
import type { NotificationRecord } from '../../packages/server/src/alerting/notification-record.ts'
import { type AlertingRows, alertingSteps } from '../../packages/server/src/alerting/tables.ts'
import { createInlineState } from '../../packages/server/src/state/testkit/test-state.ts'
import { createRegistry, silentLogger, systemClock } from '../../packages/server/src/telemetry/index.ts'
import { figure, table } from '../system/table.ts'

const EVENTS = Number(process.argv[2] ?? 1_000_000)
const NOTIFICATIONS = Math.floor(EVENTS / 3)
const ALERTS = 20_000
const RULES = 500
const GROUPS = 2_000
const RECEIVERS = 20
const BATCH = 5_000
const DAY_MS = 86_400_000
const endMs = 1_790_000_000_000
const startMs = endMs - 30 * DAY_MS
const { signal } = new AbortController()

const fingerprintOf = (alert: number) => alert.toString(16).padStart(16, '0')
const labelsOf = (alert: number) => [
  ...['alertname', `Rule${alert % RULES}`, 'instance', `host-${alert % 4_000}.internal.example:9100`],
  ...[
    'service',
    `service-${alert % 97}`,
    'severity',
    alert % 7 === 0 ? 'critical' : 'warning',
    'team',
    `team-${alert % 12}`,
  ],
]
const atOf = (i: number, count: number) => startMs + Math.floor((i / count) * 30 * DAY_MS)

function eventOf(i: number): HistoryEvent {
  const alert = (i * 7919) % ALERTS
  const common = { id: `e-${i}`, atMs: atOf(i, EVENTS), fingerprint: fingerprintOf(alert), labels: labelsOf(alert) }
  if (i % 5 === 4) {
    const kind = (['acknowledgement', 'silence', 'inhibition', 'escalation'] as const)[Math.floor(i / 5) % 4]!
    return { ...common, kind, what: i % 2 === 0 ? 'began' : 'ended', by: 'ana', via: 'page' }
  }
  const rule = { file: 'rules.yml', group: 'g', name: `Rule${alert % RULES}` }
  const annotations = ['summary', `Something is wrong with host-${alert % 4_000}, and somebody should look at it`]
  return i % 2 === 0
    ? { ...common, annotations, from: 'pending', to: 'firing', value: i % 100, rule }
    : { ...common, annotations, from: 'firing', to: 'inactive', reason: i % 1_001 === 0 ? 'vanished' : 'value', rule }
}

function notificationOf(i: number): NotificationRecord {
  const group = (i * 31) % GROUPS
  const firing = Array.from({ length: 1 + (i % 20) }, (_, k) => fingerprintOf((group + k * GROUPS) % ALERTS))
  return {
    id: `n-${i}`,
    atMs: atOf(i, NOTIFICATIONS),
    receiver: `receiver-${group % RECEIVERS}`,
    integration: 'slack',
    index: 0,
    groupKey: `{}:{alertname="Rule${group % RULES}"}`,
    groupLabels: ['alertname', `Rule${group % RULES}`, 'zone', String(group)],
    alertnames: [`Rule${group % RULES}`],
    status: i % 3 === 0 ? 'resolved' : 'firing',
    firing,
    resolved: [],
    firingCount: firing.length,
    resolvedCount: 0,
    delivered: i % 500 !== 0,
    ...(i % 1_000 === 1 ? { withheld: [{ why: 'silence' as const, by: ['s'], count: 1 }] } : {}),
    attempts: 1,
    durationMs: 120,
    answer: 'ok',
    test: false,
  }
}

const folder = mkdtempSync(join(tmpdir(), 'binnacle-bench-history-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const seconds = (fromMs: number) => (performance.now() - fromMs) / 1000

async function bench(): Promise<void> {
  const file = join(folder, 'state.db')
  const state = createInlineState(file)
  const tables = state.tables<AlertingRows>('alerting', alertingSteps)
  await state.start(signal)
  const records = createNotificationRecords(tables)
  const events = createEventRecords({ tables, clock: systemClock, log: silentLogger, registry: createRegistry() })
  const batch = <T>(count: number, from: number, make: (i: number) => T) =>
    Array.from({ length: Math.min(BATCH, count - from) }, (_, k) => make(from + k))
  let from = performance.now()
  for (let at = 0; at < EVENTS; at += BATCH) await tables.write(events.changesFor(batch(EVENTS, at, eventOf)))
  const eventsTook = seconds(from)
  from = performance.now()
  for (let at = 0; at < NOTIFICATIONS; at += BATCH)
    await tables.write(records.changesFor(batch(NOTIFICATIONS, at, notificationOf)))
  const notificationsTook = seconds(from)
  console.log(
    `${EVENTS} events written in ${figure(eventsTook)} s, ${NOTIFICATIONS} notifications in ${figure(notificationsTook)} s; ` +
      `the file has ${figure(statSync(file).size / 1e6)} MB`,
  )

  const filter = (more: Partial<HistoryFilter>): HistoryFilter => ({
    fromMs: startMs,
    toMs: endMs,
    limit: 200,
    ...more,
  })
  const day = { fromMs: endMs - DAY_MS }
  const ofEvents: [string, Partial<HistoryFilter>][] = [
    ['the newest of a day', day],
    ['the newest', {}],
    ['of an alert', { fingerprint: fingerprintOf(77) }],
    ['of a rule', { rule: 'Rule77' }],
    ['alertname="Rule77"', { matchers: parseMatchers('alertname="Rule77"') }],
    ['team="team-3"', { matchers: parseMatchers('team="team-3"') }],
    ['instance=~"host-12.*", a day', { ...day, matchers: parseMatchers('instance=~"host-12.*"') }],
    ['nothing matches', { matchers: parseMatchers('team="nobody"') }],
    ['acknowledgements', { kinds: ['acknowledgement'] }],
    ['vanished (one of 2,500)', { from: 'firing', to: 'inactive', reason: 'vanished' }],
    ['became no data (none)', { to: 'nodata' }],
    ['silences, team="team-3"', { kinds: ['silence'], matchers: parseMatchers('team="team-3"') }],
    ['vanished, team="team-3"', { reason: 'vanished', matchers: parseMatchers('team="team-3"') }],
    ['vanished, of a rule', { reason: 'vanished', rule: 'Rule77' }],
  ]
  const ofNotifications: [string, Partial<HistoryFilter>][] = [
    ['the newest', {}],
    ['of an alert', { fingerprint: fingerprintOf(77) }],
    ['of a rule', { rule: 'Rule77' }],
    ['to a receiver', { receiver: 'receiver-7' }],
    ['zone="77"', { matchers: parseMatchers('zone="77"') }],
    ['failed (one of 500)', { result: 'failed' }],
    ['withheld (one of 1,000)', { result: 'withheld' }],
    ['failed, to a receiver', { result: 'failed', receiver: 'receiver-7' }],
    ['delivered, to a receiver', { result: 'delivered', receiver: 'receiver-7' }],
    ['failed, zone="77"', { result: 'failed', matchers: parseMatchers('zone="77"') }],
  ]
  const rows: string[][] = []
  const time = async (title: string, read: () => Promise<{ items: readonly unknown[]; next?: string }>) => {
    const all: number[] = []
    let found = await read()
    for (let i = 0; i < 5; i++) {
      const began = performance.now()
      found = await read()
      all.push(performance.now() - began)
    }
    rows.push([
      title,
      figure(all.sort((a, b) => a - b)[2]!),
      String(found.items.length),
      found.next === undefined ? '' : 'more',
    ])
  }
  for (const [title, more] of ofEvents) await time(`events: ${title}`, () => events.page(filter(more), signal))
  for (const [title, more] of ofNotifications)
    await time(`notifications: ${title}`, () => records.page(filter(more), signal))
  console.log(table(['a page of 200', 'median ms', 'found', ''], rows))

  const writes: number[] = []
  for (let i = 0; i < 20; i++) {
    const some = Array.from({ length: 500 }, (_, k) => ({ ...eventOf(k), id: `late-${i}-${k}`, atMs: endMs + i }))
    const began = performance.now()
    await tables.write(events.changesFor(some))
    writes.push(performance.now() - began)
  }
  console.log(`a write of 500 events: ${figure(writes.sort((a, b) => a - b)[10]!)} ms in the median`)
  from = performance.now()
  const limits = { historyMaxAgeMs: 30 * DAY_MS - 3 * 3_600_000, historyMaxRows: 10 * EVENTS }
  await trimHistory(tables, limits, endMs, signal)
  console.log(
    `three hours of ${figure(EVENTS / 240)} events and their notifications are trimmed in ${figure(seconds(from))} s`,
  )
  await state.stop()

  const oldFile = join(folder, 'old.db')
  const before = createInlineState(oldFile)
  const oldTables = before.tables<AlertingRows>('alerting', alertingSteps.slice(0, 2))
  await before.start(signal)
  const { db } = oldTables
  const oldEvent = db.insertInto('alerting_transitions').values({ id: '', at_ms: 0, fingerprint: '', doc: '' } as never)
  const oldNotification = db.insertInto('alerting_notifications').values({ id: '', at_ms: 0, doc: '' })
  for (let at = 0; at < EVENTS; at += BATCH) {
    const some = batch(EVENTS, at, eventOf)
    await oldTables.write([
      { query: oldEvent, rows: some.map((one) => [one.id, one.atMs, one.fingerprint, JSON.stringify(one)]) },
    ])
  }
  for (let at = 0; at < NOTIFICATIONS; at += BATCH) {
    const some = batch(NOTIFICATIONS, at, notificationOf)
    await oldTables.write([
      { query: oldNotification, rows: some.map((one) => [one.id, one.atMs, JSON.stringify(one)]) },
    ])
  }
  await before.stop()
  const after = createInlineState(oldFile)
  after.tables<AlertingRows>('alerting', alertingSteps)
  from = performance.now()
  await after.start(signal)
  console.log(`a file from before the history had columns is migrated in ${figure(seconds(from))} s`)
  await after.stop()
}

await bench()
