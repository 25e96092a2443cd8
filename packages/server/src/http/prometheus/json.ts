import type { Labels } from '@binnacle/promql'

const encoder = new TextEncoder()

/** `{"a":"b"}` of a label set; written by hand because answers have 100,000s of them. */
export function labelsJson(labels: Labels): string {
  let out = '{'
  for (let i = 0; i < labels.length; i += 2) {
    out += `${i === 0 ? '' : ','}${JSON.stringify(labels[i])}:${JSON.stringify(labels[i + 1])}`
  }
  return `${out}}`
}

/** Prometheus's envelope around `data`, which is JSON already. Empty lists of warnings and infos are left out. */
export function envelope(
  data: string | Uint8Array,
  notes: { warnings?: readonly string[]; infos?: readonly string[] } = {},
): Uint8Array {
  let tail = ''
  if (notes.warnings && notes.warnings.length > 0) tail += `,"warnings":${JSON.stringify(notes.warnings)}`
  if (notes.infos && notes.infos.length > 0) tail += `,"infos":${JSON.stringify(notes.infos)}`
  const head = '{"status":"success","data":'
  if (typeof data === 'string') return encoder.encode(`${head}${data}${tail}}`)
  return Buffer.concat([encoder.encode(head), data, encoder.encode(`${tail}}`)])
}

/** Go's RFC3339Nano in UTC: fractions without trailing zeros. Go's zero time when `ms` is undefined. */
export function goTime(ms: number | undefined): string {
  if (ms === undefined) return '0001-01-01T00:00:00Z'
  return new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z')
}
