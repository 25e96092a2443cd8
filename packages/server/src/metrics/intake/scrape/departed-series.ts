import type { Labels } from '@binnacle/promql'
import type { Clock } from '../../../telemetry/index.ts'
import type { MetricsStore, SampleBatch, SeriesRef } from '../../store/index.ts'
import { addStaleMarkers } from '../batch/index.ts'

/**
 * Series of targets that went away. They are marked stale a good two intervals later, at the time of the scrape that
 * did not come, unless somebody appends to them before: a target that only changed its pool or a label that its series
 * do not carry goes on without a gap. Source: prometheus scrape/scrape.go, `endOfRunStaleness`.
 */
export type DepartedSeries = {
  /** Marks `refs` stale at `atMs` (Unix ms), `delayMs` from now. */
  add(refs: Uint32Array, atMs: number, delayMs: number): void
  /** To be told what is appended meanwhile; costs nothing while nothing waits. */
  seen(batch: SampleBatch): void
  /** Nothing is marked any more. */
  stop(): void
  readonly waiting: number
}

export function createDepartedSeries(deps: {
  readonly store: MetricsStore
  readonly clock: Clock
  readonly batch: SampleBatch
}): DepartedSeries {
  const { store, clock, batch } = deps
  // Labels beside the ref: refs are void when the store's epoch changes, labels are not.
  let waiting = new Map<SeriesRef, { labels: Labels; group: number }>()
  const cancels = new Map<number, () => void>()
  let epoch = store.epoch
  let groups = 0

  function refresh(): void {
    for (let round = 0; store.epoch !== epoch && round < 4; round++) {
      epoch = store.epoch
      const fresh: typeof waiting = new Map()
      for (const entry of waiting.values()) {
        try {
          fresh.set(store.refOf(entry.labels), entry)
        } catch {
          // The store has no room for it: a series that is not in the head needs no marker there.
        }
      }
      waiting = fresh
    }
  }

  function mark(group: number, atMs: number): void {
    cancels.delete(group)
    refresh()
    const refs: SeriesRef[] = []
    for (const [ref, entry] of waiting) if (entry.group === group) refs.push(ref)
    for (const ref of refs) waiting.delete(ref)
    if (refs.length === 0) return
    batch.length = 0
    addStaleMarkers(batch, Uint32Array.from(refs), atMs)
    store.append(batch)
  }

  return {
    add(refs, atMs, delayMs) {
      if (refs.length === 0) return
      refresh()
      const group = ++groups
      for (const ref of refs) waiting.set(ref, { labels: store.labelsOf(ref), group })
      cancels.set(
        group,
        clock.after(delayMs, () => mark(group, atMs)),
      )
    },
    seen({ refs, length }) {
      if (waiting.size === 0) return
      refresh()
      for (let i = 0; i < length; i++) waiting.delete(refs[i]!)
    },
    stop() {
      for (const cancel of cancels.values()) cancel()
      cancels.clear()
      waiting.clear()
    },
    get waiting() {
      return waiting.size
    },
  }
}
