import type { Backend, Unit, UnitResult } from './backend.ts'

/** How much one commit takes: it ends within some 50 ms, and what waits behind it is not kept long. */
const ROWS_PER_COMMIT = 5_000
/** Each unit has somebody who waits for it and goes on when the commit is done, all in one turn. */
const UNITS_PER_COMMIT = 250

export type WriteQueue = {
  /** Throws `full()` when too much waits. */
  write(unit: Unit): Promise<UnitResult>
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>
  readonly waitingRows: number
}

type Waiting = {
  readonly unit: Unit
  readonly rows: number
  readonly resolve: (result: UnitResult) => void
  readonly reject: (error: unknown) => void
}

/** Units in the order of their calls; those that arrive while a commit is under way share the next one. */
export function createWriteQueue(
  commit: Backend['commit'],
  options: { readonly maxRows: number; readonly full: () => Error },
): WriteQueue {
  let queue: Waiting[] = []
  let waitingRows = 0
  let running: Promise<void> | undefined

  async function work(): Promise<void> {
    // Callers of this turn come along.
    await undefined
    while (queue.length > 0) {
      const batch = take()
      try {
        const results = await commit(batch.map(({ unit }) => unit))
        for (const [i, { resolve }] of batch.entries()) resolve(results[i]!)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
      for (const { rows } of batch) waitingRows -= rows
    }
    running = undefined
  }

  function take(): Waiting[] {
    let rows = 0
    let n = 0
    while (n < queue.length && n < UNITS_PER_COMMIT && (n === 0 || rows + queue[n]!.rows <= ROWS_PER_COMMIT))
      rows += queue[n++]!.rows
    const batch = queue.slice(0, n)
    queue = queue.slice(n)
    return batch
  }

  return {
    write(unit) {
      const rows = unit.reduce((sum, statement) => sum + statement.rows.length, 0)
      // One unit that is larger than all that may wait is taken when nothing else waits.
      if (waitingRows > 0 && waitingRows + rows > options.maxRows) return Promise.reject(options.full())
      waitingRows += rows
      const result = new Promise<UnitResult>((resolve, reject) => queue.push({ unit, rows, resolve, reject }))
      running ??= work()
      return result
    },
    async drained() {
      while (running) await running
    },
    get waitingRows() {
      return waitingRows
    },
  }
}
