import { expect, test } from 'vitest'
import { systemClock as clock } from './index.ts'

test('nothing comes too early', async () => {
  for (let i = 0; i < 300; i++) {
    const from = clock.monotonic()
    const ms = 1 + (i % 5)
    await (i % 2 === 0 ? clock.sleep(ms) : new Promise<void>((done) => clock.after(ms, done)))
    expect(clock.monotonic() - from).toBeGreaterThanOrEqual(ms)
  }
})

test('a sleep ends with its signal, and what is cancelled is not called', async () => {
  const life = new AbortController()
  const sleeping = clock.sleep(60_000, life.signal)
  const reason = new Error('over')
  life.abort(reason)
  await expect(sleeping).rejects.toBe(reason)
  await expect(clock.sleep(1, life.signal)).rejects.toBe(reason)

  let calls = 0
  const cancel = clock.after(5, () => calls++)
  cancel()
  await clock.sleep(20)
  expect(calls).toBe(0)
})
