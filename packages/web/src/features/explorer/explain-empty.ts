import { queryOptions } from '@tanstack/react-query'
import { callPrometheus, queryInstant } from '../../api/index.ts'
import { type RangeText, resolveTime } from '../../time/index.ts'
import { metricOf, nearestNames, selectorsOf, selectorText } from './selectors.ts'

/** Why a query has no answer. */
export type EmptyReason =
  | { readonly kind: 'no-metric'; readonly metric: string; readonly near: readonly string[] }
  | { readonly kind: 'no-match'; readonly metric: string; readonly matcher: string; readonly values: readonly string[] }
  | { readonly kind: 'no-samples'; readonly selector: string; readonly lastMs: number | undefined }
  /** There is an answer, but all of it is younger than the chart's last point. */
  | { readonly kind: 'between' }
  | { readonly kind: 'all-there' }

const DAY_S = 86_400

/** Looks at each selector in turn: does the metric exist, which matcher excludes everything, when was the last sample. */
export const emptyReason = (query: string, range: RangeText) =>
  queryOptions({
    queryKey: ['explain-empty', query, range] as const,
    staleTime: 30_000,
    queryFn: async ({ signal }): Promise<EmptyReason> => {
      const now = Date.now()
      const to = resolveTime(range.to, now, 'end') ?? now
      const from = resolveTime(range.from, now, 'start') ?? now
      const span = { start: from / 1000, end: to / 1000 }
      const wide = { start: Math.min(from / 1000, to / 1000 - DAY_S), end: now / 1000 }
      const count = async (selector: string, times: { start: number; end: number }) =>
        (await callPrometheus<unknown[]>('/api/v1/series', { 'match[]': [selector], limit: 1, ...times }, signal)).data
          .length
      for (const selector of selectorsOf(query)) {
        const text = selectorText(selector)
        if ((await count(text, span)) > 0) continue
        const metric = metricOf(selector)
        if (metric !== undefined) {
          const bare = selectorText({ ...selector, name: metric, matchers: [] })
          if ((await count(bare, wide)) === 0) {
            const { data: names } = await callPrometheus<string[]>('/api/v1/label/__name__/values', {}, signal)
            if (!names.includes(metric)) return { kind: 'no-metric', metric, near: nearestNames(metric, names) }
          }
        }
        if ((await count(text, wide)) > 0) {
          const { samples } = await queryInstant(`max(timestamp(last_over_time(${text}[1d])))`, to, signal)
          return {
            kind: 'no-samples',
            selector: text,
            lastMs: samples[0] === undefined ? undefined : samples[0].value * 1000,
          }
        }
        for (const [i, matcher] of selector.matchers.entries()) {
          if (matcher.name === '__name__') continue
          const without = selectorText(selector, i)
          if (without === '{}' || (await count(without, wide)) === 0) continue
          const path = `/api/v1/label/${encodeURIComponent(matcher.name)}/values`
          const { data: values } = await callPrometheus<string[]>(
            path,
            { 'match[]': [without], limit: 8, ...wide },
            signal,
          )
          return {
            kind: 'no-match',
            metric: selector.name || text,
            matcher: `${matcher.name}${matcher.op}${JSON.stringify(matcher.value)}`,
            values: values.slice(0, 8),
          }
        }
        return { kind: 'no-samples', selector: text, lastMs: undefined }
      }
      const { samples } = await queryInstant(query, to, signal)
      return { kind: samples.length > 0 ? 'between' : 'all-there' }
    },
  })
