import type { Clock } from '../../../../telemetry/index.ts'

/** A clock that a test moves. Both kinds of time go together; timers fire in their order, promises run in between. */
export type DrivenClock = Clock & {
  /** Moves time on by `ms`, firing what is due on the way. */
  advance(ms: number): Promise<void>
  /** Sets the wall clock by so much; the other kind of time and the timers do not notice. */
  jump(ms: number): void
  /** Forgets all timers, as the end of a process does. */
  dropTimers(): void
}

export function createDrivenClock(startMs: number): DrivenClock {
  let now = startMs
  let ahead = 0
  let timers: { at: number; order: number; fn: () => void }[] = []
  let order = 0
  const after = (ms: number, fn: () => void) => {
    // As Node's timers: what does not fit 31 bits fires at once.
    const timer = { at: now + (ms > 2 ** 31 - 1 ? 1 : Math.max(0, ms)), order: order++, fn }
    timers.push(timer)
    return () => {
      timers = timers.filter((other) => other !== timer)
    }
  }
  return {
    now: () => now + ahead,
    monotonic: () => now - startMs,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const onAbort = () => {
          cancel()
          reject(signal?.reason)
        }
        const cancel = after(ms, () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        })
        signal?.addEventListener('abort', onAbort)
      }),
    async advance(ms) {
      const end = now + ms
      for (;;) {
        await settle()
        const due = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0]
        if (!due) break
        timers = timers.filter((timer) => timer !== due)
        now = Math.max(now, due.at)
        due.fn()
      }
      now = end
      await settle()
    },
    jump(ms) {
      ahead += ms
    },
    dropTimers() {
      timers = []
    },
  }
}

/** Lets promises and already finished I/O run. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}
