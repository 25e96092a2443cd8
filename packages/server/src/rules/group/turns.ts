import { type Clock, nextTurn } from '../../telemetry/index.ts'

/** So many rules of all groups at a time; the others wait in order. */
export type Turns = {
  /** Runs `work` when it is its turn. */
  take<T>(work: () => Promise<T>): Promise<T>
  /** Lets the event loop run when rules have had it for some ms. */
  pause(): Promise<void>
}

/** Rules keep the event loop so long at most before others have it. */
const PAUSE_AFTER_MS = 8

export function createTurns(clock: Clock, atATime: number): Turns {
  const waiting: (() => void)[] = []
  let running = 0
  let sinceMs = 0

  async function pause(): Promise<void> {
    if (clock.monotonic() - sinceMs < PAUSE_AFTER_MS) return
    await nextTurn()
    sinceMs = clock.monotonic()
  }

  return {
    async take(work) {
      if (running < atATime) running++
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        await pause()
        return await work()
      } finally {
        const next = waiting.shift()
        if (next !== undefined) next()
        else running--
      }
    },
    pause,
  }
}
