import { formatHistogramLiteral, type Labels, quote } from '@binnacle/promql'
import type { RuleVector } from '../rule-query.ts'

// Texts as promtool prints them.

/** A label set with its name inside of the braces: `{__name__="up", job="a"}`. */
export function formatSet(labels: Labels): string {
  const parts: string[] = []
  for (let i = 0; i < labels.length; i += 2) {
    const name = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(labels[i]!) ? labels[i]! : quote(labels[i]!)
    parts.push(`${name}=${quote(labels[i + 1]!)}`)
  }
  return `{${parts.join(', ')}}`
}

/** As Go's `%E` with the shortest text: `4E+00`. */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const text = Object.is(value, -0) ? '-0e+0' : value.toExponential()
  return text.replace(/e([+-])(\d+)$/, (_, sign: string, digits: string) => `E${sign}${digits.padStart(2, '0')}`)
}

/** A length of time as Go prints it: `0s`, `1m30s`, `1h0m0s`, `500ms`. Whole ms. */
export function formatGoDuration(ms: number): string {
  if (ms === 0) return '0s'
  if (ms < 0) return `-${formatGoDuration(-ms)}`
  if (ms < 1000) return `${ms}ms`
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor(ms / 60_000) % 60
  const seconds = `${(ms % 60_000) / 1000}s`
  if (hours > 0) return `${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}

export type TestSample = { readonly labels: Labels; readonly value: number; readonly histogram: string }

export function formatSamples(samples: readonly TestSample[]): string {
  if (samples.length === 0) return 'nil'
  return samples
    .map(({ labels, value, histogram }) => `${formatSet(labels)} ${histogram === '' ? formatValue(value) : histogram}`)
    .join(', ')
}

export type TestAlert = { readonly labels: Labels; readonly annotations: Labels }

export function formatAlerts(alerts: readonly TestAlert[]): string {
  if (alerts.length === 0) return '[]'
  const items = alerts.map(
    ({ labels, annotations }, i) =>
      `${i}:${indent(`\nLabels:${formatSet(labels)}\nAnnotations:${formatSet(annotations)}`, '  ')}`,
  )
  return `[\n${items.join(',\n')}\n]`
}

/** All lines but the first are moved in. */
export function indent(text: string, by: string): string {
  return text.replaceAll('\n', `\n${by}`)
}

/** The elements of a vector with histograms as they are written. */
export function samplesOf({ labels, values, histograms }: RuleVector): TestSample[] {
  return labels.map((set, i) => {
    const histogram = histograms?.[i]
    return {
      labels: set,
      value: histogram === undefined ? values[i]! : 0,
      histogram: histogram === undefined ? '' : formatHistogramLiteral(histogram),
    }
  })
}
