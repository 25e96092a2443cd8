/** Bounds how much goes on at a time; who waits is served in order. */
export type Slots = {
  /** Resolves to the function that gives the slot back. Rejects with `signal.reason`. */
  take(signal: AbortSignal): Promise<() => void>
}

export function createSlots(count: number): Slots {
  let free = count
  const waiting = new Set<() => void>()

  function giveBack(): void {
    const [next] = waiting
    if (next === undefined) {
      free++
    } else {
      waiting.delete(next)
      next()
    }
  }

  function slot(): () => void {
    let given = false
    return () => {
      if (!given) giveBack()
      given = true
    }
  }

  return {
    take(signal) {
      if (signal.aborted) return Promise.reject(signal.reason)
      if (free > 0) {
        free--
        return Promise.resolve(slot())
      }
      return new Promise((resolve, reject) => {
        const onAbort = () => {
          waiting.delete(serve)
          reject(signal.reason)
        }
        const serve = () => {
          signal.removeEventListener('abort', onAbort)
          resolve(slot())
        }
        waiting.add(serve)
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
  }
}
