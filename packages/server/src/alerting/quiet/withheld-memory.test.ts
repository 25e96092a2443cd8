import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createInlineState } from '../../state/testkit/test-state.ts'
import { type AlertingRows, alertingSteps } from '../tables.ts'
import { createWithheldMemory } from './withheld-memory.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'binnacle-withheld-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function open() {
  const state = createInlineState(join(folder, 'state.db'))
  const tables = state.tables<AlertingRows>('alerting', alertingSteps)
  await state.start(new AbortController().signal)
  const memory = createWithheldMemory(tables)
  await memory.load()
  const rows = async () =>
    (await tables.db.selectFrom('alerting_notes').selectAll().orderBy('key').execute()).map(
      ({ key, text }) => `${key}=${text}`,
    )
  return { state, tables, memory, rows }
}

test('it is a row a group, survives, is written only when it changes, and goes with its group', async () => {
  const first = await open()
  const many = Array.from({ length: 1_200 }, (_, i) => `many ${i}`)
  for (const key of ['a', 'b', ...many]) await first.tables.write(first.memory.set(key, 'x', 1))
  expect(first.memory.set('a', 'x', 2)).toEqual([])
  await first.tables.write(first.memory.set('b', undefined, 2))
  expect(first.memory.set('b', undefined, 3)).toEqual([])
  await first.state.stop()

  const second = await open()
  expect(['a', 'b', 'many 0', 'many 1199', 'c'].map(second.memory.get)).toEqual(['x', undefined, 'x', 'x', undefined])
  await second.memory.collect((key) => key === 'a')
  expect(second.memory.get('many 7')).toBeUndefined()
  expect(await second.rows()).toEqual(['a=x'])
  await second.state.stop()
})

test('a write that comes late does not undo what came after it, and what is noted during a collection stays', async () => {
  const { state, tables, memory, rows } = await open()
  const late = memory.set('a', 'x', 1)
  await tables.write(memory.set('a', undefined, 2))
  await tables.write(late)
  expect(await rows()).toEqual(['a='])
  const collected = memory.collect(() => true)
  await tables.write(memory.set('a', 'y', 3))
  await collected
  expect(await rows()).toEqual(['a=y'])
  await state.stop()
})
