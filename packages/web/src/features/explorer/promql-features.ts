import { PROMQL_FEATURES, type PromqlFeatures } from '@binnacle/promql'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { selfQuery } from '../../api/index.ts'

/** The experimental parts of PromQL that this Binnacle takes; all of them until it has said so, lest a good query is marked. */
export function usePromqlFeatures(): PromqlFeatures {
  const names = useQuery(selfQuery).data?.promqlFeatures
  return useMemo(() => new Set(names ?? PROMQL_FEATURES), [names])
}
