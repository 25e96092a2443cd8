import type { BinnacleError } from '../../config/index.ts'

/** Lets so many queries in at a time; others wait in order, up to a bound. */
export type QueryGate = {
  /** Enters when that needs no waiting: `leave` must follow then. */
  tryEnter(): boolean
  /** Resolves when it is this query's turn: `leave` must follow. Rejects with what `refuse` makes, or the reason. */
  enter(signal: AbortSignal): Promise<void>
  leave(): void
  readonly running: number
  readonly waiting: number
}

const WAITING_PER_RUNNING = 10

/** `refuse` makes the error for who would be one too many, from how many wait. */
export function createQueryGate(maxConcurrency: number, refuse: (waiting: number) => BinnacleError): QueryGate {
  const waiting: (() => void)[] = []
  let running = 0
  const tryEnter = () => {
    // While somebody waits all places are taken: nobody is overtaken here.
    if (running >= maxConcurrency) return false
    running++
    return true
  }
  return {
    tryEnter,
    enter(signal) {
      if (signal.aborted) return Promise.reject(signal.reason)
      if (tryEnter()) return Promise.resolve()
      if (waiting.length >= maxConcurrency * WAITING_PER_RUNNING) {
        return Promise.reject(refuse(waiting.length))
      }
      return new Promise((resolve, reject) => {
        const turn = () => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        }
        const onAbort = () => {
          const at = waiting.indexOf(turn)
          if (at < 0) return
          waiting.splice(at, 1)
          reject(signal.reason)
        }
        signal.addEventListener('abort', onAbort, { once: true })
        waiting.push(turn)
      })
    },
    leave() {
      const next = waiting.shift()
      if (next) next()
      else running--
    },
    get running() {
      return running
    },
    get waiting() {
      return waiting.length
    },
  }
}
