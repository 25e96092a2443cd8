import { BinnacleError, messageOf } from '../config/index.ts'
import type { Change } from '../state/index.ts'
import type { Clock, Logger, Registry } from '../telemetry/index.ts'
import type { AlertingTables } from './tables.ts'
import { within } from './within.ts'

/** A commit takes some ms; what takes this long hangs. */
export const PATIENCE_MS = 3_000
const AGAIN_MS = 5_000
/** Some MB. Of the notification log the newest word about a group is what counts, so the oldest rows go first. */
const MOST_WAITING_ROWS = 50_000

/**
 * Writes for those who must not stand still with the disk: whoever has people to tell waits for a disk that works, and goes on
 * without one that is full or hangs. What was not written is written later, in its order.
 */
export type PatientWrites = {
  /** Resolves once it is durable, or after `PATIENCE_MS`, or at once while the disk is known to take nothing. Does not throw. */
  write(changes: readonly Change[]): Promise<void>
  /** At the end: one more try for what waits. */
  drain(): Promise<void>
}

export function createPatientWrites(deps: {
  readonly tables: Pick<AlertingTables, 'write'>
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}): PatientWrites {
  const { tables, clock, log, registry } = deps
  const passed = registry.counter(
    'binnacle_alerting_writes_passed_total',
    'Writes of alerting that were not waited for, because the disk took nothing or hung: people were told first.',
  )
  const dropped = registry.counter(
    'binnacle_alerting_rows_dropped_total',
    'Rows of alerting that were given up, because too many waited for a disk that took nothing.',
  )
  registry.observe(
    'binnacle_alerting_waiting_rows',
    'Rows of alerting that the disk refused, and that are written once it takes them.',
    'gauge',
    [],
    () => [[[], waitingRows]],
  )
  /** Refused by the disk, oldest first. */
  const waiting: (readonly Change[])[] = []
  let waitingRows = 0
  /** Writes that have been under way for longer than anybody waits. */
  let hanging = 0
  let catchingUp: Promise<void> | undefined
  const ending = new AbortController()

  function keep(changes: readonly Change[]): void {
    waiting.push(changes)
    waitingRows += rowsOf(changes)
    while (waitingRows > MOST_WAITING_ROWS && waiting.length > 1) {
      const rows = rowsOf(waiting.shift()!)
      waitingRows -= rows
      dropped.inc(rows)
    }
    catchingUp ??= catchUp()
  }

  async function catchUp(): Promise<void> {
    for (;;) {
      await clock.sleep(AGAIN_MS, ending.signal).catch(() => {})
      await writeWaiting()
      if (waiting.length === 0 || ending.signal.aborted) break
    }
    catchingUp = undefined
  }

  async function writeWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const first = waiting[0]!
      try {
        await tables.write(first)
      } catch (error) {
        if (mayPass(error)) return
        log.error({ error }, 'rows of alerting cannot be written')
      }
      // More may have been given up meanwhile.
      if (waiting[0] === first) {
        waiting.shift()
        waitingRows -= rowsOf(first)
      }
      if (waiting.length === 0) log.info({}, 'the disk takes rows of alerting again; all that waited is written')
    }
  }

  async function put(changes: readonly Change[]): Promise<void> {
    try {
      await tables.write(changes)
    } catch (error) {
      if (!mayPass(error)) {
        log.error({ error }, 'rows of alerting cannot be written')
        return
      }
      passed.inc()
      log.error(
        { error: messageOf(error) },
        'a notification could not be recorded yet; a restart before it is may repeat it',
      )
      keep(changes)
    }
  }

  return {
    async write(changes) {
      if (rowsOf(changes) === 0) return
      // Behind what waits: rows of one key must not overtake each other.
      if (waiting.length > 0) {
        passed.inc()
        keep(changes)
        return
      }
      const written = put(changes)
      if (hanging > 0) {
        passed.inc()
        return
      }
      if (await within(clock, PATIENCE_MS, written)) return
      hanging++
      void written.then(() => hanging--)
      passed.inc()
      log.error(
        { seconds: PATIENCE_MS / 1000 },
        'the disk does not answer; people are told all the same, and a restart before it does may repeat it',
      )
    },
    async drain() {
      ending.abort()
      await catchingUp
    },
  }
}

/** What another time may bring; anything else is refused again for ever. */
const mayPass = (error: unknown) =>
  error instanceof BinnacleError && (error.kind === 'unavailable' || error.kind === 'overload')

const rowsOf = (changes: readonly Change[]) =>
  changes.reduce((sum, change) => sum + ('rows' in change ? change.rows.length : 1), 0)
