import { messageOf } from '../../config/index.ts'
import type { Transition, TransitionRecorder } from '../../rules/index.ts'
import type { Change } from '../../state/index.ts'
import type { Clock, Logger, Registry } from '../../telemetry/index.ts'
import type { HistoryFilter, Page } from '../alerting.ts'
import { matchesAll } from '../matcher/index.ts'
import type { AlertingTables } from '../tables.ts'
import { type Cursor, readPage } from './cursor.ts'

const ROWS_PER_WRITE = 500
const ROWS_A_READ = 250
/** Transitions that wait while the disk does not take them. */
const MOST_WAITING = 50_000
const AGAIN_MS = 5_000

/** Every change of state of every alert. */
export type TransitionRecords = TransitionRecorder & {
  /** What makes them durable; for those that are written together with something else. */
  changesFor(transitions: readonly Transition[]): readonly Change[]
  page(filter: HistoryFilter, signal: AbortSignal): Promise<Page<Transition>>
  /** At the end: resolves when what waits is written, or could not be. */
  drain(): Promise<void>
}

export function createTransitionRecords(deps: {
  readonly tables: AlertingTables
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}): TransitionRecords {
  const { tables, clock, log } = deps
  const { db } = tables
  const insert = db
    .insertInto('alerting_transitions')
    .values({ id: '', at_ms: 0, fingerprint: '', doc: '' })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .compile()
  const dropped = deps.registry.counter(
    'binnacle_alerting_transitions_dropped_total',
    'Changes of state that were not recorded because the disk did not take them.',
  )
  let waiting: Transition[] = []
  let writing: Promise<void> | undefined
  const drained = new AbortController()

  function changesFor(some: readonly Transition[]): readonly Change[] {
    if (some.length === 0) return []
    const rows = some.map((one) => [one.id, one.atMs, one.fingerprint, JSON.stringify(toDoc(one))] as const)
    return [{ query: { compile: () => insert }, rows }]
  }

  async function work(): Promise<void> {
    await undefined
    while (waiting.length > 0) {
      const batch = waiting.slice(0, ROWS_PER_WRITE)
      try {
        await tables.write(changesFor(batch))
        waiting = waiting.slice(batch.length)
      } catch (error) {
        log.error({ error: messageOf(error), waiting: waiting.length }, 'changes of state cannot be recorded')
        if (drained.signal.aborted) break
        await clock.sleep(AGAIN_MS, drained.signal).catch(() => {})
      }
    }
    writing = undefined
  }

  return {
    changesFor,
    record(transitions) {
      if (transitions.length === 0) return
      const room = MOST_WAITING - waiting.length
      if (room < transitions.length) dropped.inc(transitions.length - Math.max(0, room))
      waiting.push(...(room < transitions.length ? transitions.slice(0, Math.max(0, room)) : transitions))
      writing ??= work()
    },
    page(filter, signal) {
      const read = (behind: Cursor | undefined, limit: number) => {
        let query = db
          .selectFrom('alerting_transitions')
          .select(['id', 'at_ms', 'doc'])
          .where('at_ms', '>=', filter.fromMs)
          .where('at_ms', '<=', filter.toMs)
        if (filter.fingerprint !== undefined) query = query.where('fingerprint', '=', filter.fingerprint)
        if (behind !== undefined) {
          query = query
            .where('at_ms', '<=', behind.atMs)
            .where((is) => is.or([is('at_ms', '<', behind.atMs), is('id', '<', behind.id)]))
        }
        return query.orderBy('at_ms', 'desc').orderBy('id', 'desc').limit(limit).execute()
      }
      const accept = (doc: string) => {
        const transition = fromDoc(doc)
        return belongs(transition, filter) ? transition : undefined
      }
      return readPage(read, accept, {
        limit: filter.limit,
        cursor: filter.cursor,
        signal,
        rowsARead: ROWS_A_READ,
      })
    },
    async drain() {
      drained.abort()
      await writing
    },
  }
}

function belongs(one: Transition, filter: HistoryFilter): boolean {
  return (
    (filter.from === undefined || one.from === filter.from) &&
    (filter.to === undefined || one.to === filter.to) &&
    (filter.reason === undefined || one.reason === filter.reason) &&
    (filter.rule === undefined || one.rule?.name === filter.rule) &&
    (filter.matchers === undefined || matchesAll(filter.matchers, one.labels))
  )
}

/** JSON has neither NaN nor infinities. */
function toDoc(one: Transition): unknown {
  return one.value === undefined ? one : { ...one, value: String(one.value) }
}

function fromDoc(doc: string): Transition {
  const one = JSON.parse(doc)
  return one.value === undefined ? one : { ...one, value: Number(one.value) }
}
