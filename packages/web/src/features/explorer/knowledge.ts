import type { HintKnowledge } from '@binnacle/promql'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { labels, type MetricMeta } from '../../api/index.ts'

const NAMES_KNOWN = 10_000

/** What the page knows of metrics, for hints: types from the metadata, names as far as there are not too many. */
export function useKnowledge(families: ReadonlyMap<string, MetricMeta> | undefined): HintKnowledge {
  // A day back, in whole hours: a name that was there this morning is no mistake.
  const now = Math.ceil(Date.now() / 3_600_000) * 3600
  const { data: names } = useQuery(
    labels.values('__name__', { matches: [], limit: NAMES_KNOWN, start: now - 90_000, end: now }),
  )
  return useMemo(() => {
    const known = names === undefined || names.more ? undefined : new Set(names.items)
    return { typeOf: (family) => families?.get(family)?.type, exists: (metric) => known?.has(metric) }
  }, [families, names])
}
