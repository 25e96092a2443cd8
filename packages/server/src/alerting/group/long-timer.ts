import type { Clock } from '../../telemetry/index.ts'

/** Timers hold 31 bits of ms; longer ones are set again on the way. */
const LONGEST_MS = 2 ** 31 - 1

/** `clock.after` for waits of any length. The returned function cancels. */
export function afterLong(clock: Clock, ms: number, fn: () => void): () => void {
  let cancel: () => void
  const set = (left: number) => {
    cancel = left <= LONGEST_MS ? clock.after(left, fn) : clock.after(LONGEST_MS, () => set(left - LONGEST_MS))
  }
  set(ms)
  return () => cancel()
}
