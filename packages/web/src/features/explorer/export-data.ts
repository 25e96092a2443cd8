import type { InstantSample, LabelMap } from '../../api/index.ts'
import { formatExact } from '../../ui/format/index.ts'

export type ExportedSeries = {
  readonly query: string
  readonly labels: LabelMap
  readonly name: string
  readonly values: readonly (number | null)[]
}

/** One row a time, one column a series: what spreadsheets take. Times in UTC. */
export function rangeCsv(times: readonly number[], series: readonly ExportedSeries[]): string {
  const head = ['time', ...series.map(({ name }) => name)]
  const rows = times.map((time, i) => [
    new Date(time * 1000).toISOString(),
    ...series.map(({ values }) => (values[i] == null ? '' : formatExact(values[i]))),
  ])
  return toCsv([head, ...rows])
}

export function rangeJson(times: readonly number[], series: readonly ExportedSeries[]): string {
  return JSON.stringify(
    series.map(({ query, labels, values }) => ({
      query,
      metric: labels,
      values: values.flatMap((value, i) => (value === null ? [] : [[times[i], value]])),
    })),
    null,
    1,
  )
}

/** One row a series, one column a label. */
export function instantCsv(samples: readonly InstantSample[]): string {
  const names = [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))].sort()
  const rows = samples.map(({ labels, value, histogram, atMs }) => [
    ...names.map((name) => labels[name] ?? ''),
    new Date(atMs).toISOString(),
    histogram === undefined ? formatExact(value) : `count ${histogram.count} sum ${histogram.sum}`,
  ])
  return toCsv([[...names, 'time', 'value'], ...rows])
}

export function instantJson(samples: readonly InstantSample[]): string {
  return JSON.stringify(
    samples.map(({ labels, value, histogram, atMs }) =>
      histogram === undefined
        ? { metric: labels, value: [atMs / 1000, formatExact(value)] }
        : { metric: labels, histogram: [atMs / 1000, histogram] },
    ),
    null,
    1,
  )
}

// Source: RFC 4180. A cell that a spreadsheet would take for a formula is given as text.
function toCsv(rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => {
    const safe = /^[=@\t\r]/.test(text) || /^[+-](?![\d.])/.test(text) ? `'${text}` : text
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  return `${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}

/** Hands a file to the browser. */
export function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
