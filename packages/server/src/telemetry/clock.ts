/**
 * Two kinds of time. `now()` is the wall clock, for timestamps and grids; `monotonic()` never jumps, for intervals and
 * deadlines. Both in ms; fractions are allowed.
 */
export type Clock = {
  /** Unix ms. */
  now(): number
  /** ms since some fixed point of this process. */
  monotonic(): number
  /** Resolves after `ms` at the least, by `monotonic()`; rejects with `signal.reason` when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `fn` after `ms` at the least, by `monotonic()`; the returned function cancels. Does not keep the process alive. */
  after(ms: number, fn: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        cancel()
        reject(signal?.reason)
      }
      const cancel = startTimer(ms, true, () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      })
      signal?.addEventListener('abort', onAbort, { once: true })
    }),
  after: (ms, fn) => startTimer(ms, false, fn),
}

/** What a timer of Node can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Never early: timers of Node count whole milliseconds of the event loop, so one in a hundred comes up to a millisecond
 * before its time. What is left then is waited for.
 */
function startTimer(ms: number, keepsAlive: boolean, fn: () => void): () => void {
  const dueMs = performance.now() + ms
  let timer: NodeJS.Timeout
  const wait = (leftMs: number) => {
    timer = setTimeout(
      () => {
        const left = dueMs - performance.now()
        if (left > 0) wait(left)
        else fn()
      },
      Math.min(Math.ceil(leftMs), LONGEST_TIMER_MS),
    )
    if (!keepsAlive) timer.unref()
  }
  wait(ms)
  return () => clearTimeout(timer)
}
