export type SlotLimits = {
  /** So many go on at a time. */
  readonly count: number
  /** What goes on weighs no more together; something heavier goes on alone. */
  readonly weight: number
}

/** Bounds how much goes on at a time; who waits is served in order. */
export type Slots = {
  /** Resolves to the function that gives the slot back. Rejects with `signal.reason`. */
  take(signal: AbortSignal, weight?: number): Promise<() => void>
}

export function createSlots(limits: SlotLimits): Slots {
  let taken = 0
  let carried = 0
  /** What each that waits weighs. */
  const waiting = new Map<() => void, number>()

  const fits = (weight: number) => taken === 0 || (taken < limits.count && carried + weight <= limits.weight)

  function slot(weight: number): () => void {
    taken++
    carried += weight
    let given = false
    return () => {
      if (given) return
      given = true
      taken--
      carried -= weight
      serveNext()
    }
  }

  function serveNext(): void {
    for (const [serve, weight] of waiting) {
      if (!fits(weight)) return
      waiting.delete(serve)
      serve()
    }
  }

  return {
    take(signal, weight = 1) {
      if (signal.aborted) return Promise.reject(signal.reason)
      if (waiting.size === 0 && fits(weight)) return Promise.resolve(slot(weight))
      return new Promise((resolve, reject) => {
        const onAbort = () => {
          waiting.delete(serve)
          reject(signal.reason)
          // Behind something heavy that has gone, lighter ones may fit.
          serveNext()
        }
        const serve = () => {
          signal.removeEventListener('abort', onAbort)
          resolve(slot(weight))
        }
        waiting.set(serve, weight)
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
  }
}
