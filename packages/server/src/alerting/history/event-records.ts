import { messageOf } from '../../config/index.ts'
import type { Transition, TransitionRecorder } from '../../rules/index.ts'
import type { Change } from '../../state/index.ts'
import type { Clock, Logger, Registry } from '../../telemetry/index.ts'
import type { HistoryEvent } from '../history-event.ts'
import type { HistoryFilter, Page } from '../history-filter.ts'
import { matchesAll } from '../matcher/index.ts'
import type { AlertingTables } from '../tables.ts'
import { changeOf, createChangesSeen } from './changes-seen.sql.ts'
import { readPage } from './cursor.ts'
import { createEventReader, placeOf } from './event-reader.sql.ts'
import { createLabelSets } from './label-sets.ts'

const ROWS_PER_WRITE = 500
/** Transitions that wait while the disk does not take them. */
const MOST_WAITING = 50_000
const AGAIN_MS = 5_000

/** Every change of state of every alert, and what people, silences and escalations did about it. */
export type EventRecords = TransitionRecorder & {
  /** As of the rules' changes of state, for events of all kinds. */
  record(events: readonly HistoryEvent[]): void
  /** What makes them durable; for those that are written together with something else. */
  changesFor(events: readonly HistoryEvent[]): readonly Change[]
  page(filter: HistoryFilter, signal: AbortSignal): Promise<Page<HistoryEvent>>
  /** Of the kind `state`. */
  transitions(filter: HistoryFilter, signal: AbortSignal): Promise<Page<Transition>>
  /** At the end: resolves when what waits is written, or could not be. */
  drain(): Promise<void>
}

export function createEventRecords(deps: {
  readonly tables: AlertingTables
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}): EventRecords {
  const { tables, clock, log } = deps
  const { db } = tables
  const labelSets = createLabelSets(tables)
  const changesSeen = createChangesSeen(tables)
  const insert = db
    .insertInto('alerting_transitions')
    .values({
      id: '',
      at_ms: 0,
      fingerprint: '',
      doc: '',
      kind: 'state',
      rule: '',
      from_state: '',
      to_state: '',
      reason: '',
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .compile()
  const dropped = deps.registry.counter(
    'binnacle_alerting_transitions_dropped_total',
    'Changes of state that were not recorded because the disk did not take them.',
  )
  let waiting: HistoryEvent[] = []
  let writing: Promise<void> | undefined
  const drained = new AbortController()

  function changesFor(some: readonly HistoryEvent[]): readonly Change[] {
    if (some.length === 0) return []
    for (const one of some) changesSeen.note(one)
    const rows = some.map((one) => [one.id, one.atMs, one.fingerprint, JSON.stringify(toDoc(one)), ...columnsOf(one)])
    return [{ query: { compile: () => insert }, rows }, ...labelSets.changesFor('alert', some)]
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

  async function page(filter: HistoryFilter, signal: AbortSignal): Promise<Page<HistoryEvent>> {
    const where = await placeOf(filter, { labelSets, changesSeen }, signal)
    if (where === undefined) return { items: [] }
    const { read, mostReads } = createEventReader(tables, filter, where)
    return readPage<HistoryEvent>(
      async (behind, limit) => {
        const { rows, reached } = await read(behind, limit)
        const items = rows.flatMap(({ at_ms, id, doc }) => {
          const item = fromDoc(doc)
          // Where labels were not looked up they are looked at.
          const fits = where.matchers === undefined || matchesAll(where.matchers, item.labels)
          return fits ? [{ at_ms, id, item }] : []
        })
        return { items, reached }
      },
      { limit: filter.limit, cursor: filter.cursor, signal, mostReads },
    )
  }

  return {
    changesFor,
    record(events) {
      if (events.length === 0) return
      const room = MOST_WAITING - waiting.length
      if (room < events.length) dropped.inc(events.length - Math.max(0, room))
      for (const one of room < events.length ? events.slice(0, Math.max(0, room)) : events) waiting.push(one)
      writing ??= work()
    },
    page,
    transitions: (filter, signal) => page({ ...filter, kinds: ['state'] }, signal) as Promise<Page<Transition>>,
    async drain() {
      drained.abort()
      await writing
    },
  }
}

/** What events are found by: kind, rule, states, reason. */
function columnsOf(one: HistoryEvent): readonly string[] {
  const { kind, from_state, to_state, reason } = changeOf(one)
  return [kind, 'kind' in one ? '' : (one.rule?.name ?? ''), from_state, to_state, reason]
}

/** JSON has neither NaN nor infinities. */
const toDoc = (one: HistoryEvent): unknown =>
  'kind' in one || one.value === undefined ? one : { ...one, value: String(one.value) }

function fromDoc(doc: string): HistoryEvent {
  const one = JSON.parse(doc)
  return one.value === undefined ? one : { ...one, value: Number(one.value) }
}
