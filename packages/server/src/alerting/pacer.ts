import { type Clock, nextTurn } from '../telemetry/index.ts'

const TURN_MS = 8

/** Gives the event loop a turn once some ms of work have gone by. Call it between pieces of long work. */
export type Pacer = () => Promise<void> | undefined

export function createPacer(clock: Clock): Pacer {
  let sinceMs = clock.monotonic()
  return () => {
    if (clock.monotonic() - sinceMs < TURN_MS) return undefined
    return nextTurn().then(() => {
      sinceMs = clock.monotonic()
    })
  }
}
