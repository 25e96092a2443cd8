import type { Clock } from './clock.ts'
import { nextTurn } from './next-turn.ts'

const TURN_MS = 8

/** Gives the event loop a turn once some ms of work have gone by. Call it between pieces of long work. */
export type Pacer = () => Promise<void> | undefined

/** For work in the background: of all that is under way one goes on in each round of the event loop. */
export const createPacer = (clock: Clock): Pacer => pacer(clock, nextSlice)

/** For an answer that somebody waits for: it goes on in each round, whatever else is under way. */
export const createPromptPacer = (clock: Clock): Pacer => pacer(clock, nextTurn)

function pacer(clock: Clock, next: () => Promise<void>): Pacer {
  let sinceMs = clock.monotonic()
  return () => {
    if (clock.monotonic() - sinceMs < TURN_MS) return undefined
    return next().then(() => {
      sinceMs = clock.monotonic()
    })
  }
}

/** Who waits for a slice of the event loop, which all of a process share. */
const waiting: (() => void)[] = []

/**
 * Resolves when it is the caller's turn. Of all that wait one goes on in each round of the event loop: a round is as long as
 * one slice, however much is under way.
 */
function nextSlice(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(pump)
  })
}

function pump(): void {
  waiting[0]!()
  waiting.shift()
  if (waiting.length > 0) setImmediate(pump)
}

/** When the first piece of work of this round began; undefined before it. */
let roundSinceMs: number | undefined

/** For work that many may begin in one round of the event loop: waits when others have had this round already. */
export function mayBegin(clock: Clock): Promise<void> | undefined {
  if (roundSinceMs === undefined) {
    roundSinceMs = clock.monotonic()
    setImmediate(() => {
      roundSinceMs = undefined
    })
    return undefined
  }
  return clock.monotonic() - roundSinceMs < TURN_MS ? undefined : nextSlice()
}
