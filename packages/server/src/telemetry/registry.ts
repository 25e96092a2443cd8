/**
 * Binnacle's own metrics. Counters and gauges are plain objects with a number (one property write per event on hot
 * paths); histograms have fixed buckets. Names follow the field (`binnacle_scrape_samples_scraped_total`), label values
 * must come from a bounded set. Exposed as Prometheus text 0.0.4 or OpenMetrics 1.0 by `render`.
 */
export type MetricType = 'counter' | 'gauge' | 'histogram'

export type Counter = { inc(by?: number): void; readonly value: number }
export type Gauge = { set(value: number): void; inc(by?: number): void; readonly value: number }
export type Histogram = { observe(value: number): void; readonly count: number; readonly sum: number }

/** One family with labels; `with` returns the same child for the same values (look it up once, keep it). */
export type Family<M> = { with(...values: string[]): M; remove(...values: string[]): void }

export type SampleLine = { readonly suffix: string; readonly labels: readonly string[]; readonly value: number }
/** A family as `collect` gives it: `labels` of a line are names and values in turn. */
export type MetricFamily = {
  readonly name: string
  readonly type: MetricType
  readonly help: string
  readonly lines: readonly SampleLine[]
}

export type Registry = {
  counter(name: string, help: string): Counter
  gauge(name: string, help: string): Gauge
  histogram(name: string, help: string, buckets: readonly number[]): Histogram
  counters(name: string, help: string, labelNames: readonly string[]): Family<Counter>
  gauges(name: string, help: string, labelNames: readonly string[]): Family<Gauge>
  histograms(name: string, help: string, labelNames: readonly string[], buckets: readonly number[]): Family<Histogram>
  /** Values read when somebody asks: each entry of the answer is label values (in order of `labelNames`) and a number. */
  observe(
    name: string,
    help: string,
    type: 'counter' | 'gauge',
    labelNames: readonly string[],
    read: () => Iterable<readonly [labels: readonly string[], value: number]>,
  ): void
  collect(): MetricFamily[]
  render(format: 'text' | 'openmetrics'): string
}

type Child = { labels: readonly string[]; lines(): SampleLine[] }

class CounterCell implements Counter {
  value = 0
  inc(by = 1): void {
    this.value += by
  }
}

class GaugeCell implements Gauge {
  value = 0
  set(value: number): void {
    this.value = value
  }
  inc(by = 1): void {
    this.value += by
  }
}

class HistogramCell implements Histogram {
  readonly bounds: readonly number[]
  readonly counts: Float64Array
  count = 0
  sum = 0
  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }
  observe(value: number): void {
    let i = 0
    while (i < this.bounds.length && value > this.bounds[i]!) i++
    this.counts[i]!++
    this.count++
    this.sum += value
  }
}

export function createRegistry(): Registry {
  const families = new Map<string, { name: string; type: MetricType; help: string; read: () => SampleLine[] }>()

  function add(name: string, type: MetricType, help: string, read: () => SampleLine[]): void {
    if (families.has(name)) throw new Error(`metric ${name} is registered twice`)
    families.set(name, { name, type, help, read })
  }

  function family<M>(
    name: string,
    type: MetricType,
    help: string,
    labelNames: readonly string[],
    create: () => M,
    lines: (cell: M, labels: readonly string[]) => SampleLine[],
  ): Family<M> {
    const children = new Map<string, Child & { cell: M }>()
    add(name, type, help, () => [...children.values()].flatMap((child) => child.lines()))
    return {
      with(...values) {
        const key = values.join('\u0000')
        let child = children.get(key)
        if (!child) {
          if (values.length !== labelNames.length) throw new Error(`metric ${name} takes ${labelNames.length} labels`)
          const labels = labelNames.flatMap((label, i) => [label, values[i]!])
          const cell = create()
          child = { labels, cell, lines: () => lines(cell, labels) }
          children.set(key, child)
        }
        return child.cell
      },
      remove(...values) {
        children.delete(values.join('\u0000'))
      },
    }
  }

  const plain = (cell: { value: number }, labels: readonly string[]): SampleLine[] => [
    { suffix: '', labels, value: cell.value },
  ]
  const buckets = (cell: HistogramCell, labels: readonly string[]): SampleLine[] => {
    const lines: SampleLine[] = []
    let sum = 0
    cell.bounds.forEach((bound, i) => {
      sum += cell.counts[i]!
      lines.push({ suffix: '_bucket', labels: [...labels, 'le', formatFloat(bound)], value: sum })
    })
    lines.push({ suffix: '_bucket', labels: [...labels, 'le', '+Inf'], value: cell.count })
    lines.push({ suffix: '_sum', labels, value: cell.sum })
    lines.push({ suffix: '_count', labels, value: cell.count })
    return lines
  }

  const registry: Registry = {
    counter: (name, help) => registry.counters(name, help, []).with(),
    gauge: (name, help) => registry.gauges(name, help, []).with(),
    histogram: (name, help, bounds) => registry.histograms(name, help, [], bounds).with(),
    counters: (name, help, labelNames) => family(name, 'counter', help, labelNames, () => new CounterCell(), plain),
    gauges: (name, help, labelNames) => family(name, 'gauge', help, labelNames, () => new GaugeCell(), plain),
    histograms: (name, help, labelNames, bounds) =>
      family(name, 'histogram', help, labelNames, () => new HistogramCell(bounds), buckets),
    observe(name, help, type, labelNames, read) {
      add(name, type, help, () =>
        Array.from(read(), ([values, value]) => ({
          suffix: '',
          labels: labelNames.flatMap((label, i) => [label, values[i] ?? '']),
          value,
        })),
      )
    },
    collect: () => Array.from(families.values(), ({ name, type, help, read }) => ({ name, type, help, lines: read() })),
    render: (format) => renderFamilies(registry.collect(), format),
  }
  return registry
}

/** Prometheus text 0.0.4, or OpenMetrics 1.0 (counter families lose `_total` in HELP and TYPE; `# EOF` at the end). */
export function renderFamilies(families: readonly MetricFamily[], format: 'text' | 'openmetrics'): string {
  const out: string[] = []
  for (const { name, type, help, lines } of families) {
    const openMetricsCounter = format === 'openmetrics' && type === 'counter'
    const base = openMetricsCounter ? name.replace(/_total$/, '') : name
    out.push(`# HELP ${base} ${escapeHelp(help, format)}`, `# TYPE ${base} ${type}`)
    for (const line of lines) {
      const suffix = openMetricsCounter ? '_total' : line.suffix
      let labels = ''
      for (let i = 0; i < line.labels.length; i += 2) {
        labels += `${i === 0 ? '' : ','}${line.labels[i]}="${escapeValue(line.labels[i + 1]!)}"`
      }
      out.push(`${base}${suffix}${labels === '' ? '' : `{${labels}}`} ${formatFloat(line.value)}`)
    }
  }
  if (format === 'openmetrics') out.push('# EOF')
  return `${out.join('\n')}\n`
}

function formatFloat(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}

function escapeValue(text: string): string {
  return text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))
}

function escapeHelp(text: string, format: 'text' | 'openmetrics'): string {
  return format === 'openmetrics' ? escapeValue(text) : text.replace(/[\\\n]/g, (c) => (c === '\n' ? '\\n' : '\\\\'))
}
