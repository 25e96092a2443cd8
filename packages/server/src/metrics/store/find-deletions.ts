import type { Matcher } from '@binnacle/promql'
import type { EngineClient } from '../../engine/index.ts'
import type { Clock } from '../../telemetry/index.ts'
import type { MetricsReadView } from './metrics-read-view.ts'
import type { Deletion } from './metrics-store.ts'
import { createPauser } from './pause.ts'
import { findSeries } from './read/index.ts'

export type DeletionQuery = {
  /** Alternatives: a series that all matchers of one set hold for is selected. */
  readonly matcherSets: readonly (readonly Matcher[])[]
  /** Unix ms, inclusive. */
  readonly fromMs: number
  readonly toMs: number
}

/**
 * What a deletion by matchers means for each series. An interval ends with the newest sample that the series has, or where
 * the head begins when that is older: what a sender that lags behind brings later is not deleted beforehand. Series that left the index are looked up in the engine.
 */
export async function findDeletions(
  { view, client, clock }: { readonly view: MetricsReadView; readonly client: EngineClient; readonly clock: Clock },
  { matcherSets, fromMs, toMs }: DeletionQuery,
  signal: AbortSignal,
): Promise<Deletion[]> {
  const beforeHead = view.head.completeFromMs - 1
  const found = new Map<string, Deletion>()
  const add = ({ key, fromMs, toMs }: Deletion) => {
    if (fromMs <= toMs) found.set(`${key.idHi}:${key.idLo}`, { key, fromMs, toMs })
  }
  // First the engine, which is waited for: the index may change meanwhile, and knows better.
  if (fromMs < view.indexCompleteFromMs()) {
    for (const matchers of matcherSets) {
      for (const { key } of await findSeries(client, matchers, fromMs, signal)) {
        if (view.index.refById(key.idHi, key.idLo) === undefined) add({ key, fromMs, toMs: Math.min(toMs, beforeHead) })
      }
    }
  }
  const pause = createPauser(clock, signal)
  for (const matchers of matcherSets) {
    const refs = view.index.select(matchers)
    const keys = Array.from(refs, view.keyOf)
    for (let i = 0; i < refs.length; i++) {
      const key = keys[i]!
      // During a pause a series may leave the index, and another take its number.
      if (view.index.refById(key.idHi, key.idLo) === refs[i]) {
        const newest = view.head.lastMsOf(refs[i]!)
        add({ key, fromMs, toMs: Math.min(toMs, newest === Number.NEGATIVE_INFINITY ? beforeHead : newest) })
      }
      if (i % 256 === 255) await pause()
    }
  }
  return [...found.values()]
}
