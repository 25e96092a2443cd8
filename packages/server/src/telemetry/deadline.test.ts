import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import type { Clock } from './clock.ts'
import { createDeadline, withDeadline } from './deadline.ts'

/** Driven by hand. */
function createClock() {
  let nowMs = 0
  const timers = new Set<{ readonly atMs: number; readonly fn: () => void }>()
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep: () => Promise.reject(new Error('nobody sleeps here')),
    after(ms, fn) {
      const timer = { atMs: nowMs + ms, fn }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  }
  const advance = (ms: number) => {
    nowMs += ms
    for (const timer of timers) {
      if (timer.atMs > nowMs) continue
      timers.delete(timer)
      timer.fn()
    }
  }
  return { clock, advance, timers }
}

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

test('a deadline that nobody waits with is told by the clock, without timer and listener', () => {
  const { clock, advance, timers } = createClock()
  const parent = new AbortController()
  const deadline = createDeadline(clock, parent.signal, 100)
  advance(99)
  expect([deadline.aborted, deadline.reason]).toEqual([false, undefined])
  advance(1)
  expect(deadline.aborted).toBe(true)
  expect(deadline.reason).toMatchObject({ name: 'TimeoutError', message: 'no answer within 100 ms' })
  expect(deadline.reason).toBe(deadline.reason)
  expect([timers.size, listeners(parent.signal)]).toEqual([0, 0])
})

test('its signal aborts at the same moment, however late it was asked for', () => {
  const { clock, advance } = createClock()
  const deadline = createDeadline(clock, new AbortController().signal, 100)
  advance(60)
  const { signal } = deadline
  expect(deadline.signal).toBe(signal)
  advance(39)
  expect([signal.aborted, deadline.aborted]).toEqual([false, false])
  advance(1)
  expect([signal.aborted, deadline.aborted]).toEqual([true, true])
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
  expect(deadline.reason).toBe(signal.reason)
})

test('the parent’s end is its own, with the parent’s reason, before and after it has a signal', () => {
  for (const waits of [false, true]) {
    const { clock, timers } = createClock()
    const parent = new AbortController()
    const deadline = createDeadline(clock, parent.signal, 100)
    if (waits) expect(deadline.signal.aborted).toBe(false)
    const reason = new Error('gone')
    parent.abort(reason)
    expect([deadline.aborted, deadline.reason]).toEqual([true, reason])
    expect([deadline.signal.aborted, deadline.signal.reason]).toEqual([true, reason])
    deadline.end()
    expect([timers.size, listeners(parent.signal)]).toEqual([0, 0])
  }
})

test('a signal asked for too late is aborted already, and follows nothing', () => {
  const { clock, advance, timers } = createClock()
  const parent = new AbortController()
  const deadline = createDeadline(clock, parent.signal, 100)
  advance(200)
  expect(deadline.signal.aborted).toBe(true)
  expect([timers.size, listeners(parent.signal)]).toEqual([0, 0])
})

test('withDeadline leaves neither timer nor listener, however it ends', async () => {
  const { clock, advance, timers } = createClock()
  const parent = new AbortController()
  await expect(withDeadline(clock, parent.signal, 100, async () => 1)).resolves.toBe(1)
  const failing = withDeadline(clock, parent.signal, 100, async () => {
    throw new Error('broken')
  })
  await expect(failing).rejects.toThrow('broken')
  const late = withDeadline(
    clock,
    parent.signal,
    100,
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  )
  expect([timers.size, listeners(parent.signal)]).toEqual([1, 1])
  advance(100)
  await expect(late).rejects.toMatchObject({ name: 'TimeoutError' })
  expect([timers.size, listeners(parent.signal)]).toEqual([0, 0])
})
