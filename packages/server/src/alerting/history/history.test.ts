import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Transition } from '../../rules/index.ts'
import type { State } from '../../state/index.ts'
import { createInlineState } from '../../state/testkit/test-state.ts'
import { createRegistry, silentLogger, systemClock } from '../../telemetry/index.ts'
import type { HistoryFilter } from '../history-filter.ts'
import { createMatcher, parseMatchers } from '../matcher/index.ts'
import type { NotificationRecord } from '../notification-record.ts'
import { type AlertingRows, type AlertingTables, alertingSteps } from '../tables.ts'
import { createEventRecords, createNotificationRecords, type EventRecords, trimHistory } from './index.ts'

const { signal } = new AbortController()
let folder: string
let state: State
let tables: AlertingTables
let transitions: EventRecords

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'binnacle-history-'))
  state = createInlineState(join(folder, 'state.db'))
  tables = state.tables<AlertingRows>('alerting', alertingSteps)
  transitions = createEventRecords({ tables, clock: systemClock, log: silentLogger, registry: createRegistry() })
  await state.start(signal)
})
afterEach(async () => {
  await state.stop()
  rmSync(folder, { recursive: true, force: true })
})

const transition = (i: number, more: Partial<Transition> = {}): Transition => ({
  id: `t${String(i).padStart(5, '0')}`,
  atMs: 1_000 + Math.floor(i / 3),
  fingerprint: `f${i % 4}`,
  labels: ['alertname', `A${i % 2}`],
  annotations: [],
  from: 'inactive',
  to: 'firing',
  ...more,
})
const filter = (more: Partial<HistoryFilter> = {}): HistoryFilter => ({
  fromMs: 0,
  toMs: 10_000_000,
  limit: 10,
  ...more,
})

async function allPages(more: Partial<HistoryFilter> = {}): Promise<string[]> {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = await transitions.page(filter({ ...more, ...(cursor === undefined ? {} : { cursor }) }), signal)
    found.push(...page.items.map(({ id }) => id))
    cursor = page.next
  } while (cursor !== undefined)
  return found
}

test('pages follow each other without a gap, newest first, through equal times and while new ones come', async () => {
  transitions.record(Array.from({ length: 100 }, (_, i) => transition(i)))
  await transitions.drain()
  const first = await transitions.page(filter({ limit: 40 }), signal)
  transitions.record([transition(5_000)])
  await transitions.drain()
  const second = await transitions.page(filter({ limit: 100, cursor: first.next! }), signal)
  const ids = [...first.items, ...second.items].map(({ id }) => id)
  expect(ids).toEqual(Array.from({ length: 100 }, (_, i) => transition(99 - i).id))
})

test('a transition that is recorded twice is there once', async () => {
  transitions.record([transition(1), transition(1)])
  transitions.record([transition(1)])
  await transitions.drain()
  expect(await allPages()).toEqual(['t00001'])
})

test.for<[name: string, more: Partial<HistoryFilter>, wanted: (i: number) => boolean]>([
  ['times, both ends included', { fromMs: 1_001, toMs: 1_002 }, (i) => i >= 3 && i < 9],
  ['an alert', { fingerprint: 'f1' }, (i) => i % 4 === 1],
  ['matchers', { matchers: parseMatchers('alertname="A1"') }, (i) => i % 2 === 1],
  ['a state before', { from: 'firing' }, (i) => i % 5 === 0],
  ['a state after', { to: 'firing' }, (i) => i % 5 !== 0],
  ['a reason', { reason: 'vanished' }, (i) => i % 10 === 0],
  ['a rule', { rule: 'R' }, (i) => i % 7 === 0],
])('are found by %s', async ([, more, wanted]) => {
  const all = Array.from({ length: 60 }, (_, i) =>
    transition(i, {
      ...(i % 5 === 0 ? { from: 'firing', to: 'inactive', reason: i % 10 === 0 ? 'vanished' : 'value' } : {}),
      ...(i % 7 === 0 ? { rule: { file: 'f', group: 'g', name: 'R' } } : {}),
    }),
  )
  transitions.record(all)
  await transitions.drain()
  const expected = all.filter((_, i) => wanted(i)).map(({ id }) => id)
  expect(await allPages(more)).toEqual(expected.reverse())
})

test('values that JSON lacks come back as they were', async () => {
  const values = [1.5, Number.NaN, Number.POSITIVE_INFINITY, undefined]
  transitions.record(values.map((value, i) => transition(i, value === undefined ? {} : { value })))
  await transitions.drain()
  const { items } = await transitions.page(filter(), signal)
  expect((items as Transition[]).map(({ value }) => value).reverse()).toEqual(values)
})

test.for<[name: string, more: Partial<HistoryFilter>, wanted: (i: number) => boolean]>([
  ['an alert', { fingerprint: 'f3' }, (i) => i % 300 === 3],
  ['a rule', { rule: 'R' }, (i) => i === 7],
  ['labels that one alert has', { matchers: parseMatchers('n="3"') }, (i) => i % 300 === 3],
  ['labels that some alerts have', { matchers: parseMatchers('n=~"1.?"') }, (i) => /^1.?$/.test(String(i % 300))],
  ['labels that many alerts have', { matchers: parseMatchers('n!="3"') }, (i) => i % 300 !== 3],
  ['labels that nobody has', { matchers: parseMatchers('alertname="Z"') }, () => false],
  ['labels and a rule', { matchers: parseMatchers('n="7"'), rule: 'R' }, (i) => i === 7],
  ['labels and an alert', { matchers: parseMatchers('n="7"'), fingerprint: 'f3' }, () => false],
  ['a reason that is rare', { reason: 'vanished' }, (i) => i % 5_000 === 0],
  ['a rare reason, and labels', { reason: 'vanished', matchers: parseMatchers('n="200"') }, (i) => i === 5_000],
  [
    'a rare reason, and labels of many',
    { reason: 'vanished', matchers: parseMatchers('n!="200"') },
    (i) => i % 10_000 === 0,
  ],
  [
    'a state, and labels of many',
    { to: 'firing', matchers: parseMatchers('n!="3"') },
    (i) => i % 300 !== 3 && i % 5_000 !== 0,
  ],
  [
    'a state, a rule, and labels of many',
    { to: 'firing', rule: 'R', matchers: parseMatchers('n!="3"') },
    (i) => i === 7,
  ],
  ['a state that nobody has, and labels of many', { to: 'nodata', matchers: parseMatchers('n!="3"') }, () => false],
])('of many, page by page, by %s', async ([, more, wanted]) => {
  const all = Array.from({ length: 12_000 }, (_, i) =>
    transition(i, {
      fingerprint: `f${i % 300}`,
      labels: ['alertname', 'A', 'n', String(i % 300)],
      ...(i % 5_000 === 0 ? { from: 'firing', to: 'inactive', reason: 'vanished' } : {}),
      ...(i === 7 ? { rule: { file: 'f', group: 'g', name: 'R' } } : {}),
    }),
  )
  transitions.record(all)
  await transitions.drain()
  const expected = all.filter((_, i) => wanted(i)).map(({ id }) => id)
  expect(await allPages({ ...more, limit: 700 })).toEqual(expected.reverse())
  if (expected.length < 200) expect(await allPages({ ...more, limit: 7 })).toEqual(expected)
})

test('a rare reason is found under labels of more alerts than a statement is given', async () => {
  const all = Array.from({ length: 10_100 }, (_, i) =>
    transition(i, {
      fingerprint: `f${i}`,
      labels: ['alertname', 'A', 'n', i % 4 === 0 ? 'some' : String(i)],
      ...(i % 1_001 === 0 ? { from: 'firing', to: 'inactive', reason: 'vanished' } : {}),
    }),
  )
  transitions.record(all)
  await transitions.drain()
  const ids = (step: number) => all.flatMap(({ id }, i) => (i % step === 0 ? [id] : [])).reverse()
  const found = (matchers: string) => allPages({ reason: 'vanished', matchers: parseMatchers(matchers), limit: 3 })
  expect(await found('alertname="A"')).toEqual(ids(1_001))
  expect(await found('alertname="A", n="some"')).toEqual(ids(4_004))
})

test('labels are found whatever characters they have', async () => {
  const odd = ['a', 'A', 'a%', 'a_', 'a!', 'a"', 'a\\', 'a,b', '%', '_', 'ü', '\u{1f525}', 'x","y', '']
  transitions.record(
    odd.map((value, i) => transition(i, { fingerprint: `f${i}`, labels: ['alertname', 'A', 'o%d', value] })),
  )
  await transitions.drain()
  for (const [i, value] of odd.entries()) {
    const matchers = [createMatcher('=', 'o%d', value)]
    expect([value, await allPages({ matchers })]).toEqual([value, [transition(i).id]])
  }
})

test('events of other kinds stand between the changes of state, which are found alone too', async () => {
  transitions.record([
    transition(3),
    {
      id: 't00004',
      atMs: 1_001,
      fingerprint: 'f1',
      labels: ['alertname', 'A1'],
      kind: 'silence',
      what: 'began',
      by: 'ann',
    },
    transition(5, { fingerprint: 'f1' }),
  ])
  await transitions.drain()
  expect(await allPages()).toEqual(['t00005', 't00004', 't00003'])
  expect(await allPages({ kinds: ['silence', 'escalation'] })).toEqual(['t00004'])
  expect(await allPages({ kinds: ['acknowledgement'] })).toEqual([])
  const { items } = await transitions.transitions(filter({ fingerprint: 'f1' }), signal)
  expect(items.map(({ id }) => id)).toEqual(['t00005'])
})

test('a cursor of somebody else is refused, and a call that is not wanted any more ends', async () => {
  await expect(transitions.page(filter({ cursor: 'x' }), signal)).rejects.toMatchObject({ code: 'alerting.bad_cursor' })
  await expect(transitions.page(filter(), AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
})

test('notifications are found by receiver, alert, status and the labels of their group', async () => {
  const records = createNotificationRecords(tables)
  const record = (i: number): NotificationRecord => ({
    id: `n${i}`,
    atMs: 1_000 + i,
    receiver: i % 2 === 0 ? 'team' : 'others',
    integration: 'slack',
    index: 0,
    groupKey: `{}:{zone="${i}"}`,
    groupLabels: ['zone', String(i)],
    alertnames: [`A${i % 2}`],
    status: i % 3 === 0 ? 'resolved' : 'firing',
    firing: [`f${i}`],
    resolved: i === 3 ? ['gone'] : [],
    delivered: i !== 4 && i !== 1,
    ...(i === 1 ? { withheld: [{ why: 'silence', by: ['s'], count: 1 }] } : {}),
    attempts: 1,
    durationMs: 12.5,
    answer: 'ok "quoted" \u0000 é',
    test: false,
  })
  await tables.write(records.changesFor(Array.from({ length: 6 }, (_, i) => record(i))))
  const ids = async (more: Partial<HistoryFilter>) =>
    (await records.page(filter(more), signal)).items.map(({ id }) => id)
  expect(await ids({})).toEqual(['n5', 'n4', 'n3', 'n2', 'n1', 'n0'])
  expect(await ids({ receiver: 'team' })).toEqual(['n4', 'n2', 'n0'])
  expect(await ids({ fingerprint: 'gone' })).toEqual(['n3'])
  expect(await ids({ fingerprint: 'f4' })).toEqual(['n4'])
  expect(await ids({ rule: 'A1' })).toEqual(['n5', 'n3', 'n1'])
  expect(await ids({ rule: 'A1', receiver: 'team' })).toEqual([])
  expect(await ids({ to: 'resolved' })).toEqual(['n3', 'n0'])
  expect(await ids({ result: 'delivered' })).toEqual(['n5', 'n3', 'n2', 'n0'])
  expect(await ids({ result: 'failed' })).toEqual(['n4'])
  expect(await ids({ result: 'withheld' })).toEqual(['n1'])
  expect(await ids({ matchers: parseMatchers('zone=~"1|2"') })).toEqual(['n2', 'n1'])
  expect((await records.page(filter(), signal)).items[0]).toEqual(record(5))
})

test('a file from before the history had columns is found by the same', async () => {
  const old = join(folder, 'old.db')
  const before = createInlineState(old)
  const oldTables = before.tables<AlertingRows>('alerting', alertingSteps.slice(0, 2))
  await before.start(signal)
  const { db } = oldTables
  const rows = [
    transition(1, { rule: { file: 'f', group: 'g', name: 'R' }, labels: ['alertname', 'A"é', 'zone', 'a'] }),
    transition(2, { from: 'firing', to: 'inactive', reason: 'vanished', labels: ['Zone', 'x', 'alertname', 'B'] }),
    transition(3),
  ]
  for (const one of rows) {
    const row = { id: one.id, at_ms: one.atMs, fingerprint: one.fingerprint, doc: JSON.stringify(one) }
    await oldTables.write([db.insertInto('alerting_transitions').values(row as never)])
  }
  const doc = {
    receiver: 'team',
    groupLabels: ['zone', 'ü"'],
    status: 'firing',
    firing: ['f1'],
    resolved: ['f2', 'f9'],
  }
  await oldTables.write([
    db
      .insertInto('alerting_notifications')
      .values({ id: 'n1', at_ms: 1_000, doc: JSON.stringify({ id: 'n1', ...doc, delivered: false }) }),
  ])
  await before.stop()

  const after = createInlineState(old)
  const migrated = after.tables<AlertingRows>('alerting', alertingSteps)
  await after.start(signal)
  transitions = createEventRecords({
    tables: migrated,
    clock: systemClock,
    log: silentLogger,
    registry: createRegistry(),
  })
  try {
    expect(await allPages()).toEqual(['t00003', 't00002', 't00001'])
    expect(await allPages({ rule: 'R' })).toEqual(['t00001'])
    expect(await allPages({ to: 'inactive', reason: 'vanished' })).toEqual(['t00002'])
    expect(await allPages({ matchers: parseMatchers('zone="a"') })).toEqual(['t00001'])
    expect(await allPages({ matchers: parseMatchers('alertname="B"') })).toEqual(['t00002'])
    const records = createNotificationRecords(migrated)
    const ids = async (more: Partial<HistoryFilter>) =>
      (await records.page(filter(more), signal)).items.map(({ id }) => id)
    for (const more of [
      { receiver: 'team' },
      { result: 'failed' as const },
      { fingerprint: 'f9' },
      { rule: 'A"é' },
      { rule: 'B' },
      { matchers: parseMatchers('zone=~"ü."') },
    ])
      expect([more, await ids(more)]).toEqual([more, ['n1']])
    expect(await ids({ rule: 'A1' })).toEqual([])
    await migrated.write(
      records.changesFor([{ ...(await records.page(filter(), signal)).items[0]!, id: 'n2', atMs: 2_000 }]),
    )
    expect(await ids({ matchers: parseMatchers('zone=~"ü."') })).toEqual(['n2', 'n1'])
  } finally {
    await after.stop()
  }
})

test('what is too old or too much is deleted, the oldest first', async () => {
  transitions.record(Array.from({ length: 5_000 }, (_, i) => transition(i, { atMs: i })))
  await transitions.drain()
  const trim = (historyMaxAgeMs: number, historyMaxRows: number) =>
    trimHistory(tables, { historyMaxAgeMs, historyMaxRows }, 5_000, signal)
  const oldest = async () => (await allPages({ limit: 10_000 })).at(-1)
  await trim(5_000, 10_000)
  expect(await oldest()).toBe('t00000')
  await trim(2_800, 10_000)
  expect(await oldest()).toBe('t02200')
  await trim(2_800, 1_300)
  expect(await oldest()).toBe('t03700')
  expect(await tables.db.selectFrom('alerting_label_sets').selectAll().execute()).toHaveLength(4)
})

test('with the last event and notification goes what led to them', async () => {
  const day = 86_400_000
  const records = createNotificationRecords(tables)
  transitions.record([transition(1, { atMs: day }), transition(2, { atMs: 10 * day })])
  await transitions.drain()
  const record = (atMs: number): NotificationRecord => ({
    ...{ id: `n${atMs}`, atMs, receiver: 'team', integration: 'slack', index: 0, groupKey: 'g', status: 'firing' },
    ...{ groupLabels: ['at', String(atMs)], firing: ['f1'], resolved: [], delivered: true, attempts: 1 },
    ...{ durationMs: 1, answer: '', test: false },
  })
  await tables.write(records.changesFor(Array.from({ length: 2_500 }, (_, i) => record(day + i))))
  await tables.write(records.changesFor([record(10 * day)]))
  await trimHistory(tables, { historyMaxAgeMs: 5 * day, historyMaxRows: 10_000 }, 12 * day, signal)
  const keys = await tables.db.selectFrom('alerting_notification_keys').select('id').execute()
  expect(new Set(keys.map(({ id }) => id))).toEqual(new Set([`n${10 * day}`]))
  const sets = await tables.db.selectFrom('alerting_label_sets').select(['kind', 'fingerprint']).execute()
  expect(sets).toEqual([
    { kind: 'alert', fingerprint: 'f2' },
    { kind: 'group', fingerprint: `["at","${10 * day}"]` },
  ])
})
