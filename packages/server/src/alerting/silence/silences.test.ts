import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { State } from '../../state/index.ts'
import { createInlineState } from '../../state/testkit/test-state.ts'
import { fingerprintOf } from '../fingerprint.ts'
import { createInTurn } from '../in-turn.ts'
import { defaultLimits } from '../limits.ts'
import { parseMatchers } from '../matcher/index.ts'
import type { SilenceInput } from '../silence-record.ts'
import { type AlertingRows, alertingSteps } from '../tables.ts'
import { createSilences, type Silences } from './index.ts'

const MINUTE = 60_000
let folder: string
let now: number
let state: State
let silences: Silences
let ids: number

async function open(limits = {}): Promise<void> {
  state = createInlineState(join(folder, 'state.db'))
  const tables = state.tables<AlertingRows>('alerting', alertingSteps)
  silences = createSilences(
    { tables, now: () => now, newId: () => `s${++ids}`, inTurn: createInTurn() },
    { ...defaultLimits, ...limits },
  )
  await state.start(new AbortController().signal)
  await silences.load()
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'binnacle-silences-'))
  now = 1_000 * MINUTE
  ids = 0
  await open()
})
afterEach(async () => {
  await state.stop()
  rmSync(folder, { recursive: true, force: true })
})

const input = (matchers: string, more: Partial<SilenceInput> = {}): SilenceInput => ({
  matchers: parseMatchers(matchers),
  startsAtMs: now,
  endsAtMs: now + 60 * MINUTE,
  createdBy: 'ann',
  comment: 'because',
  annotations: {},
  ...more,
})
const labels = ['alertname', 'Down', 'zone', 'a']
const muting = () => silences.silencedBy(fingerprintOf(labels), labels)

test('a silence mutes from its start to its end and is forgotten after the retention', async () => {
  const id = await silences.set(input('zone=~"a|b"', { startsAtMs: now + MINUTE, endsAtMs: now + 2 * MINUTE }))
  expect(silences.get(id)?.state).toBe('pending')
  expect(muting()).toEqual([])
  now += MINUTE
  expect(silences.get(id)?.state).toBe('active')
  expect(muting()).toEqual([id])
  now += MINUTE
  expect(silences.get(id)?.state).toBe('expired')
  expect(muting()).toEqual([])
  now += defaultLimits.retentionMs
  await silences.collect()
  expect(silences.get(id)).toBeUndefined()
  await state.stop()
  await open()
  expect(silences.list([])).toEqual([])
})

test('several silences of one alert are all named, and what is known of an alert follows every change', async () => {
  expect(muting()).toEqual([])
  const one = await silences.set(input('zone="a"'))
  expect(muting()).toEqual([one])
  const two = await silences.set(input('alertname="Down"'))
  await silences.set(input('alertname="Other"'))
  expect(muting()).toEqual([one, two])
  await silences.expire(one)
  expect(muting()).toEqual([two])
  expect(silences.silencing(labels)).toEqual([two])
})

test('silences are kept through a restart', async () => {
  const id = await silences.set(input('zone!~"b.*", alertname="Down"', { annotations: { ticket: '7' } }))
  const before = silences.get(id)!
  await state.stop()
  await open()
  const after = silences.get(id)!
  expect({ ...after, matchers: [] }).toEqual({ ...before, matchers: [] })
  expect(after.matchers.map(({ kind, name, value }) => [kind, name, value])).toEqual([
    ['!~', 'zone', 'b.*'],
    ['=', 'alertname', 'Down'],
  ])
  expect(muting()).toEqual([id])
})

test('a longer end or another comment changes an active silence in its place', async () => {
  const id = await silences.set(input('zone="a"'))
  now += MINUTE
  const known = silences.get(id)!
  expect(await silences.set({ ...known, endsAtMs: now + 300 * MINUTE, comment: 'longer' })).toBe(id)
  expect(silences.get(id)).toMatchObject({ comment: 'longer', endsAtMs: now + 300 * MINUTE, startsAtMs: now - MINUTE })
})

test('other matchers make a successor and end the one before', async () => {
  const id = await silences.set(input('zone="a"'))
  now += MINUTE
  const next = await silences.set({ ...silences.get(id)!, matchers: parseMatchers('zone="b"') })
  expect(next).not.toBe(id)
  expect(silences.get(id)).toMatchObject({ state: 'expired', endsAtMs: now })
  expect(silences.get(next)).toMatchObject({ state: 'active', startsAtMs: now })
  expect(muting()).toEqual([])
})

test('changing an ended silence makes a new one and leaves the record', async () => {
  const id = await silences.set(input('zone="a"'))
  await silences.expire(id)
  const endedAtMs = now
  now += MINUTE
  const next = await silences.set({ ...silences.get(id)!, endsAtMs: now + MINUTE })
  expect(next).not.toBe(id)
  expect(silences.get(id)?.endsAtMs).toBe(endedAtMs)
})

test('a pending silence may move its start, but not into the past', async () => {
  const id = await silences.set(input('zone="a"', { startsAtMs: now + 10 * MINUTE }))
  expect(await silences.set({ ...silences.get(id)!, startsAtMs: now + 5 * MINUTE })).toBe(id)
  const next = await silences.set({ ...silences.get(id)!, startsAtMs: now - MINUTE })
  expect(next).not.toBe(id)
  expect(silences.get(next)?.startsAtMs).toBe(now)
})

test('a start in the past begins now; expiring twice changes nothing', async () => {
  const id = await silences.set(input('zone="a"', { startsAtMs: now - 60 * MINUTE }))
  expect(silences.get(id)?.startsAtMs).toBe(now)
  now += MINUTE
  await silences.expire(id)
  const ended = silences.get(id)
  now += MINUTE
  await silences.expire(id)
  expect(silences.get(id)).toEqual(ended)
})

test('they are listed active first by their end, then pending by their start, then expired from the last', async () => {
  const at = (matchers: string, startsIn: number, endsIn: number) =>
    silences.set(input(matchers, { startsAtMs: now + startsIn * MINUTE, endsAtMs: now + endsIn * MINUTE }))
  const ended = await at('a="1"', 0, 1)
  const endedLater = await at('a="1"', 0, 2)
  const long = await at('a="1"', 0, 30)
  const short = await at('a="1"', 0, 20)
  const late = await at('a="1"', 50, 60)
  const soon = await at('b="1", c="2"', 40, 60)
  now += 3 * MINUTE
  expect(silences.list([]).map(({ id }) => id)).toEqual([short, long, soon, late, endedLater, ended])
  expect(silences.list(parseMatchers('c="2"')).map(({ id }) => id)).toEqual([soon])
  expect(silences.list(parseMatchers('c=~"2"'))).toEqual([])
  expect(silences.countByState()).toEqual({ active: 2, pending: 2, expired: 2 })
})

test.for<[name: string, given: () => SilenceInput, code: string, message: RegExp]>([
  ['no matcher', () => input(''), 'alerting.bad_silence', /at least one matcher required/],
  ['matchers that take everything', () => input('a=~".*", b=""'), 'alerting.bad_silence', /must not match the empty/],
  ['an end before the start', () => input('a="b"', { endsAtMs: now }), 'alerting.bad_silence', /before end time/],
  [
    'an end in the past',
    () => input('a="b"', { startsAtMs: now - 2 * MINUTE, endsAtMs: now - MINUTE }),
    'alerting.bad_silence',
    /in the past/,
  ],
  ['a time that is none', () => input('a="b"', { endsAtMs: Number.NaN }), 'alerting.bad_silence', /must be times/],
  ['an unknown id', () => input('a="b"', { id: 'x' }), 'alerting.silence_missing', /x not found/],
  [
    'too many matchers',
    () => input(Array.from({ length: 101 }, (_, i) => `l${i}="x"`).join()),
    'alerting.bad_silence',
    /101 matchers/,
  ],
  ['a long comment', () => input('a="b"', { comment: 'x'.repeat(70_000) }), 'alerting.bad_silence', /characters/],
])('%s is refused', async ([, given, code, message]) => {
  await expect(silences.set(given())).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  expect(silences.list([])).toEqual([])
})

test('expiring an unknown one is told', async () => {
  await expect(silences.expire('x')).rejects.toMatchObject({ code: 'alerting.silence_missing', kind: 'missing' })
})

test('there are at most as many as the limit', async () => {
  await state.stop()
  await open({ maxSilences: 2 })
  await silences.set(input('a="1"'))
  const id = await silences.set(input('a="2"'))
  await expect(silences.set(input('a="3"'))).rejects.toMatchObject({
    code: 'alerting.too_many_silences',
    kind: 'limit',
  })
  expect(await silences.set({ ...silences.get(id)!, comment: 'still' })).toBe(id)
})

test('many changes do not make the record of changes grow without end', async () => {
  const id = await silences.set(input('zone="a"'))
  for (let i = 0; i < 500; i++) await silences.set({ ...silences.get(id)!, comment: `${i}` })
  expect(muting()).toEqual([id])
  const other = await silences.set(input('zone="a", alertname="Down"'))
  expect(muting()).toEqual([id, other])
})
