// Questions as dashboards and rules ask them. Times are relative to the end of the loaded data, so that every system has
// the same samples for them.

import { type Answer, ask, askForm } from './http-client.ts'
import type { System } from './systems.ts'

export type Question = {
  readonly name: string
  readonly kind: 'instant' | 'range' | 'labels'
  /** False where the systems' own series are in the answer. */
  readonly comparable: boolean
  /** What is asked in PromQL, for who asks without HTTP: at the end of the data, or over so many seconds before it. */
  readonly promql?: { readonly query: string; readonly range?: { readonly seconds: number; readonly step: number } }
  run(system: System, endMs: number): Promise<Answer>
}

const HOUR = 3600

function form(system: System, fields: Record<string, string | number>): Record<string, string> {
  // VictoriaMetrics keeps range answers, and would not evaluate again.
  const all = system.name === 'VictoriaMetrics' ? { ...fields, nocache: 1 } : fields
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, String(value)]))
}

function instant(name: string, query: string): Question {
  return {
    name,
    kind: 'instant',
    comparable: true,
    promql: { query },
    run: (system, endMs) => askForm(`${system.url}/api/v1/query`, form(system, { query, time: endMs / 1000 })),
  }
}

function range(name: string, query: string, seconds: number, step: number): Question {
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

function listing(name: string, path: string, match?: string): Question {
  return {
    name,
    kind: 'labels',
    comparable: match !== undefined,
    run: (system, endMs) => {
      const params = new URLSearchParams({ start: String(endMs / 1000 - HOUR), end: String(endMs / 1000) })
      if (match !== undefined) params.set('match[]', match)
      return ask(`${system.url}/api/v1/${path}?${params}`)
    },
  }
}

/** Names say the size: series read x time range @ step. */
export function questions(hours: number): Question[] {
  const all = hours * HOUR
  const label = `${hours} h`
  const quantile = (q: number) => `histogram_quantile(${q}, sum by (le) (rate(app_duration_0_seconds_bucket[5m])))`
  return [
    instant('one series', 'app_load_0_ratio{instance="host-01:9100",core="0"}'),
    instant('a flag on all hosts', 'app_ready_0'),
    instant('topk of a gauge', 'topk(5, app_load_3_ratio)'),
    instant('sum by host of rate', 'sum by (instance) (rate(app_requests_0_total[5m]))'),
    instant('histogram_quantile', quantile(0.99)),
    instant('rate over 30 metrics', 'sum(rate({__name__=~"app_requests_.*_total"}[5m]))'),
    range('one series, 1 h @ 15 s', 'app_load_0_ratio{instance="host-01:9100",core="0"}', HOUR, 15),
    range('one host, 1 h @ 15 s', 'rate(app_requests_0_total{instance="host-01:9100"}[1m])', HOUR, 15),
    range(
      'ratio of two sums, 1 h @ 15 s',
      'sum(rate(app_requests_0_total{method="GET"}[5m])) / sum(rate(app_requests_0_total[5m]))',
      HOUR,
      15,
    ),
    range('histogram_quantile, 1 h @ 15 s', quantile(0.9), HOUR, 15),
    range(`sum by host of rate, ${label} @ 60 s`, 'sum by (instance) (rate(app_requests_0_total[5m]))', all, 60),
    range(`avg by host of a gauge, ${label} @ 60 s`, 'avg by (instance) (app_load_0_ratio)', all, 60),
    range(`max_over_time of 30 m, ${label} @ 60 s`, 'max by (core) (max_over_time(app_load_0_ratio[30m]))', all, 60),
    range(`a gauge on all hosts, ${label} @ 60 s`, 'app_load_0_ratio', all, 60),
    range(`histogram_quantile, ${label} @ 60 s`, quantile(0.9), all, 60),
    HEAVIEST(hours),
    listing('label names', 'labels'),
    listing('label names of a job', 'labels', '{job="bench"}'),
    listing('values of a label', 'label/instance/values', 'app_requests_0_total'),
    listing('metric names of a job', 'label/__name__/values', '{job="bench"}'),
    listing('series of a metric', 'series', 'app_requests_0_total'),
  ]
}

/** The question that reads most: every counter, over all the time there is. */
export function HEAVIEST(hours: number): Question {
  const query = 'sum by (job) (rate({__name__=~"app_requests_.*_total"}[5m]))'
  return range(`rate over 30 metrics, ${hours} h @ 60 s`, query, hours * HOUR, 60)
}

type Matrix = { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }

/** True when two answers say the same: labels exactly, numbers within 1e-9 of each other. */
export function sameAnswer(a: Buffer, b: Buffer): boolean {
  const left = itemsOf(a)
  const right = itemsOf(b)
  if (left === undefined || right === undefined || left.size !== right.size) return false
  for (const [key, numbers] of left) {
    const others = right.get(key)
    if (others === undefined || others.length !== numbers.length) return false
    for (let i = 0; i < numbers.length; i++) {
      const x = numbers[i]!
      const y = others[i]!
      if (
        x !== y &&
        !(Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y))) &&
        !(Number.isNaN(x) && Number.isNaN(y))
      ) {
        return false
      }
    }
  }
  return true
}

/** What an answer lists: its times and values by label set, or its names. */
function itemsOf(body: Buffer): Map<string, number[]> | undefined {
  const answer = JSON.parse(body.toString()) as { status: string; data: { result: Matrix[] } | unknown[] }
  if (answer.status !== 'success') return undefined
  const found = new Map<string, number[]>()
  if (Array.isArray(answer.data)) {
    for (const item of answer.data) found.set(typeof item === 'string' ? item : sortedJson(item as object), [])
    return found
  }
  for (const { metric, value, values } of answer.data.result) {
    const points = values ?? (value === undefined ? [] : [value])
    found.set(
      sortedJson(metric),
      points.flatMap(([time, text]) => [time, Number(text.replace('Inf', 'Infinity'))]),
    )
  }
  return found
}

function sortedJson(labels: object): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}
