/** Work that is the same for several who ask at the same time. */
export type SharedWork<T> = {
  /** The result of `run`, or of what somebody else has under way with the same key and reads the same. */
  share(key: string, work: WorkToShare<T>, signal: AbortSignal): Promise<T>
}

export type WorkToShare<T> = {
  /** Place in the store's changes before anything is read. */
  readonly position: number
  /** Whether what began at that place will do. */
  readonly isSame: (position: number) => boolean
  /** The signal aborts when all who wait for the result have gone; who goes alone gets the reason of its own signal. */
  readonly run: (signal: AbortSignal) => Promise<T>
}

type Work<T> = {
  readonly result: Promise<T>
  readonly position: number
  readonly own: AbortController
  waiting: number
}

/** `leave` is given a result that comes when all who waited for it have gone. */
export function createSharedWork<T>(leave: (result: T) => void): SharedWork<T> {
  const underWay = new Map<string, Work<T>>()

  function begin(key: string, { position, run }: WorkToShare<T>): Work<T> {
    const own = new AbortController()
    const work: Work<T> = {
      own,
      position,
      waiting: 0,
      result: run(own.signal).finally(() => {
        if (underWay.get(key) === work) underWay.delete(key)
      }),
    }
    underWay.set(key, work)
    work.result.then(
      (result) => {
        if (work.waiting === 0) leave(result)
      },
      () => {},
    )
    return work
  }

  return {
    share(key, wanted, signal) {
      if (signal.aborted) return Promise.reject(signal.reason)
      const other = underWay.get(key)
      const work = other !== undefined && wanted.isSame(other.position) ? other : begin(key, wanted)
      work.waiting++
      return new Promise<T>((resolve, reject) => {
        const onAbort = () => {
          if (--work.waiting === 0) {
            if (underWay.get(key) === work) underWay.delete(key)
            work.own.abort(signal.reason)
          }
          reject(signal.reason)
        }
        signal.addEventListener('abort', onAbort, { once: true })
        const settled = () => signal.removeEventListener('abort', onAbort)
        work.result.then(
          (result) => {
            settled()
            resolve(result)
          },
          (error) => {
            settled()
            reject(error)
          },
        )
      })
    },
  }
}
