// One question to any of the systems, over HTTP, as a dashboard or a rule asks it.

import { type Answer, ask, askForm } from './http-client.ts'
import type { System } from './systems.ts'

export type Kind = 'instant' | 'range' | 'labels'

export type Question = {
  readonly name: string
  readonly kind: Kind
  /** False where the systems' own series are in the answer. */
  readonly comparable: boolean
  /** Which of several equal values are in the answer is nobody's promise: only the values are compared. */
  readonly hasTies?: boolean
  /** What is asked in PromQL, for who asks without HTTP: at the end of the data, or over so many seconds before it. */
  readonly promql?: { readonly query: string; readonly range?: { readonly seconds: number; readonly step: number } }
  run(system: System, endMs: number): Promise<Answer>
}

export const HOUR = 3600

/** Systems that keep range answers would not evaluate again: Binnacle and VictoriaMetrics understand `nocache`. */
function form(system: System, fields: Record<string, string | number>): Record<string, string> {
  const all = system.name === 'Prometheus' ? fields : { ...fields, nocache: 1 }
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, String(value)]))
}

export function instant(name: string, query: string): Question {
  return {
    name,
    kind: 'instant',
    comparable: true,
    promql: { query },
    run: (system, endMs) => askForm(`${system.url}/api/v1/query`, form(system, { query, time: endMs / 1000 })),
  }
}

export function range(name: string, query: string, seconds: number, step: number): Question {
  return {
    name,
    kind: 'range',
    comparable: true,
    promql: { query, range: { seconds, step } },
    run: (system, endMs) =>
      askForm(
        `${system.url}/api/v1/query_range`,
        form(system, { query, start: endMs / 1000 - seconds, end: endMs / 1000, step }),
      ),
  }
}

/**
 * Series, names or values from the last hour of the data on; several selectors are alternatives. What scraping adds by
 * itself (`scrape_duration_seconds`, say) began later and is in every answer then.
 */
export function listing(name: string, path: string, ...match: readonly string[]): Question {
  return {
    name,
    kind: 'labels',
    comparable: match.length > 0,
    run: (system, endMs) => {
      const params = new URLSearchParams({ start: String(endMs / 1000 - HOUR), end: String(endMs / 1000 + HOUR) })
      for (const selector of match) params.append('match[]', selector)
      return ask(`${system.url}/api/v1/${path}?${params}`)
    },
  }
}

/** Samples that Binnacle reads for a question, as its stats tell. Undefined where it has none. */
export async function samplesRead(system: System, { promql }: Question, endMs: number): Promise<number | undefined> {
  if (promql === undefined) return undefined
  const { query, range } = promql
  const times: Record<string, string | number> = range
    ? { start: endMs / 1000 - range.seconds, end: endMs / 1000, step: range.step }
    : { time: endMs / 1000 }
  const path = range ? 'query_range' : 'query'
  const { body } = await askForm(`${system.url}/api/v1/${path}`, form(system, { query, ...times, stats: 'all' }))
  const { data } = JSON.parse(body.toString()) as { data?: { stats?: { binnacle?: { samples?: number } } } }
  return data?.stats?.binnacle?.samples
}
