import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createInlineState } from '../../state/testkit/test-state.ts'
import { createSqlRuleStateStore, type RuleStateStore, type StoredAlert } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'binnacle-rule-state-'))
const file = join(folder, 'state.db')
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function open(work: (store: RuleStateStore) => Promise<void>): Promise<void> {
  const state = createInlineState(file)
  const store = createSqlRuleStateStore(state)
  await state.start(new AbortController().signal)
  await work(store)
  await state.stop()
}

const alert = (job: string, more: Partial<StoredAlert> = {}): StoredAlert => ({
  rule: { file: 'r.yml', group: 'g', name: 'A', labels: ['severity', 'page'] },
  labels: ['alertname', 'A', 'job', job],
  source: ['job', job],
  annotations: ['text', 'a \0 b \u{1f600} "'],
  state: 'firing',
  value: Number.NaN,
  activeAtMs: 1.5,
  firedAtMs: 2,
  isNoData: false,
  ...more,
})

test('alerts come back as they were saved, the last state of each', async () => {
  const transition = {
    id: 'x',
    atMs: 1,
    fingerprint: 'f',
    labels: [],
    annotations: [],
    from: 'inactive' as const,
    to: 'firing' as const,
    value: Number.POSITIVE_INFINITY,
  }
  await open(async (store) => {
    expect(await store.load()).toEqual({ alerts: [], evaluatedAtMs: undefined })
    await store.save([alert('a'), alert('b', { value: Number.NEGATIVE_INFINITY, lastTransition: transition })], 1_000)
    await store.save([alert('a', { state: 'inactive', resolvedAtMs: 5, resolvedReason: 'vanished' })], 2_000)
    await store.save([], 3_000)
  })
  await open(async (store) => {
    const { alerts, evaluatedAtMs } = await store.load()
    expect(evaluatedAtMs).toBe(3_000)
    expect(alerts.toSorted((x, y) => (x.labels[3]! < y.labels[3]! ? -1 : 1))).toEqual([
      alert('a', { state: 'inactive', resolvedAtMs: 5, resolvedReason: 'vanished' }),
      alert('b', { value: Number.NEGATIVE_INFINITY, lastTransition: transition }),
    ])
  })
})

test('more alerts than a page come back, and those that ended long ago are gone', async () => {
  const many = Array.from({ length: 1_201 }, (_, i) => alert(`many-${i}`))
  const ended = alert('ended', { state: 'inactive', resolvedAtMs: 10_000 })
  await open(async (store) => {
    await store.save([...many, ended], 20_000)
    await store.save([], 20_000 + 3_600_000)
    const { alerts } = await store.load()
    expect(alerts.filter(({ labels }) => labels[3]!.startsWith('many'))).toHaveLength(1_201)
    expect(alerts.some(({ labels }) => labels[3] === 'ended')).toBe(false)
  })
})
