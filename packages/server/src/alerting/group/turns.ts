import { type Clock, nextTurn } from '../../telemetry/index.ts'

const TURN_MS = 8

/** Lets work that comes due all at once begin in order, a few ms of it in each turn of the event loop. */
export type Turns = {
  /** Resolves when it is the caller's turn. */
  take(): Promise<void>
  /** Nobody's turn comes until the returned function is called. */
  hold(): () => void
}

export function createTurns(clock: Clock): Turns {
  let waiting: (() => void)[] = []
  let pumping = false
  let holds = 0

  async function pump(): Promise<void> {
    pumping = true
    let sinceMs = clock.monotonic()
    while (waiting.length > 0 && holds === 0) {
      const batch = waiting
      waiting = []
      for (const [i, begin] of batch.entries()) {
        if (holds > 0) {
          waiting = [...batch.slice(i), ...waiting]
          break
        }
        begin()
        // What has begun goes on until it waits for something, in between.
        await undefined
        if (clock.monotonic() - sinceMs < TURN_MS) continue
        await nextTurn()
        sinceMs = clock.monotonic()
      }
    }
    pumping = false
  }

  return {
    take() {
      const turn = new Promise<void>((resolve) => waiting.push(resolve))
      if (!pumping && holds === 0) void pump()
      return turn
    },
    hold() {
      holds++
      let held = true
      return () => {
        if (held) holds--
        held = false
        if (!pumping && holds === 0) void pump()
      }
    },
  }
}
