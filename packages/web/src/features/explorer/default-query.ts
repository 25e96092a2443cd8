import type { MetricMeta } from '../../api/index.ts'

/** Rows of the browser: a histogram or summary is one metric, though it is stored as several series names. */
export type MetricEntry = {
  readonly name: string
  readonly meta: MetricMeta | undefined
  /** A histogram that is one series of its own name, not one for each bucket. */
  readonly native?: boolean
}

/** Sorted names folded into families where the metadata say that they belong together. */
export function toEntries(
  names: readonly string[],
  families: ReadonlyMap<string, MetricMeta> | undefined,
): MetricEntry[] {
  const all = new Set(names)
  const seen = new Set<string>()
  const entries: MetricEntry[] = []
  for (const name of names) {
    const family = familyOf(name, families)
    const entry = family ?? name
    if (seen.has(entry)) continue
    seen.add(entry)
    const meta = families?.get(entry) ?? families?.get(entry.replace(/_total$/, ''))
    entries.push({ name: entry, meta, native: meta?.type === 'histogram' && all.has(entry) })
  }
  return entries
}

function familyOf(name: string, families: ReadonlyMap<string, MetricMeta> | undefined): string | undefined {
  const base = /^(.+)_(?:bucket|count|sum)$/.exec(name)?.[1]
  if (base === undefined) return undefined
  const type = families?.get(base)?.type
  return type === 'histogram' || type === 'summary' ? base : undefined
}

/** How a metric is worth looking at first: rate for counters, 95th percentile for histograms, value for the rest. */
export function defaultQuery({ name, meta, native = false }: MetricEntry, selector = ''): string {
  const quoted = /^[a-zA-Z_:][\w:]*$/.test(name)
    ? `${name}${selector}`
    : `{${JSON.stringify(name)}${selector === '' ? '' : `,${selector.slice(1, -1)}`}}`
  const type = meta?.type ?? (/_total$/.test(name) ? 'counter' : /_bucket$/.test(name) ? 'histogram' : 'unknown')
  if (type === 'histogram' && native) return `histogram_quantile(0.95, sum(rate(${quoted}[5m])))`
  if (type === 'histogram') {
    const bucket = name.endsWith('_bucket') ? name : `${name}_bucket`
    return `histogram_quantile(0.95, sum by (le) (rate(${bucket}${selector}[5m])))`
  }
  if (type === 'counter') return `rate(${quoted}[5m])`
  if (type === 'summary' && !/_(sum|count)$/.test(name)) return quoted
  if (/_(sum|count)$/.test(name) && meta !== undefined && meta.type === 'summary') return `rate(${quoted}[5m])`
  return quoted
}

/** The buckets of a histogram, for a heatmap; `undefined` for what is none. */
export function heatQuery({ name, meta, native = false }: MetricEntry, selector = ''): string | undefined {
  if (meta?.type !== 'histogram' && !name.endsWith('_bucket')) return undefined
  if (native) return `sum(rate(${name}${selector}[5m]))`
  return `sum by (le) (rate(${name.endsWith('_bucket') ? name : `${name}_bucket`}${selector}[5m]))`
}

/** The same split by one label. */
export function queryBy(entry: MetricEntry, label: string): string {
  const type = entry.meta?.type
  if (type === 'histogram' && entry.native === true)
    return `histogram_quantile(0.95, sum by (${label}) (rate(${entry.name}[5m])))`
  if (type === 'histogram') return `histogram_quantile(0.95, sum by (le, ${label}) (rate(${entry.name}_bucket[5m])))`
  const plain = defaultQuery(entry)
  return plain.startsWith('rate(') ? `sum by (${label}) (${plain})` : `avg by (${label}) (${plain})`
}

/** A browser filter: `label=value` and its like become a selector for the server, other words must be in the name. */
export function parseFilter(text: string): {
  readonly words: readonly string[]
  readonly selector: string | undefined
} {
  const words: string[] = []
  const matchers: string[] = []
  for (const part of text.match(/\S+?=~?"[^"]*"|\S+/g) ?? []) {
    const matcher = /^\{?([a-zA-Z_]\w*)(=~|!=|!~|=)"?([^"}]*)"?\}?,?$/.exec(part)
    if (matcher === null) words.push(part.toLowerCase())
    else matchers.push(`${matcher[1]}${matcher[2]}${JSON.stringify(matcher[3])}`)
  }
  return { words, selector: matchers.length === 0 ? undefined : `{${matchers.join(',')}}` }
}
