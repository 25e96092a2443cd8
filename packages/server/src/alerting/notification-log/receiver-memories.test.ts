import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createInlineState } from '../../state/testkit/test-state.ts'
import { type AlertingRows, alertingSteps } from '../tables.ts'
import { createReceiverMemories } from './receiver-memories.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'binnacle-memories-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function open() {
  const state = createInlineState(join(folder, 'state.db'))
  const tables = state.tables<AlertingRows>('alerting', alertingSteps)
  await state.start(new AbortController().signal)
  const memories = createReceiverMemories(tables)
  await memories.load()
  return { state, tables, memories }
}

test('memories are rows, one for each integration and group, and go with the notification log', async () => {
  const first = await open()
  const slack = first.memories.of('group:team/slack/0')
  const mail = first.memories.of('group:team/email/0')
  expect(slack.changes(1)).toEqual([])
  slack.set('message', '1.0')
  slack.set('message', '2.0')
  mail.set('told', 'a')
  await first.tables.write([...slack.changes(1), ...mail.changes(1)])
  expect(slack.changes(2)).toEqual([])
  mail.set('told', undefined)
  await first.tables.write(mail.changes(2))
  await first.state.stop()

  const second = await open()
  expect(second.memories.of('group:team/slack/0').get('message')).toBe('2.0')
  expect(second.memories.of('group:team/email/0').get('told')).toBeUndefined()
  expect(second.memories.of('group:others/slack/0').get('message')).toBeUndefined()
  await second.memories.collect((key) => key.endsWith('slack/0'))
  expect(second.memories.of('group:team/slack/0').get('message')).toBe('2.0')
  await second.memories.collect(() => false)
  expect(second.memories.of('group:team/slack/0').get('message')).toBeUndefined()
  const rows = await second.tables.db.selectFrom('alerting_notes').selectAll().execute()
  expect(rows).toEqual([])
  await second.state.stop()
})

test('a write that comes late does not undo what came after it', async () => {
  const { tables, memories, state } = await open()
  const memory = memories.of('key')
  memory.set('message', 'old')
  const late = memory.changes(1)
  memory.set('message', undefined)
  await tables.write(memory.changes(2))
  await tables.write(late)
  await state.stop()
  const after = await open()
  expect(after.memories.of('key').get('message')).toBeUndefined()
  await after.state.stop()
})
