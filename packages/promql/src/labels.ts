/**
 * A label set: names and values in turn (`[name0, value0, name1, value1, ...]`), sorted by name (UTF-16 code units),
 * no name twice, no empty value (in Prometheus an empty value means that the label is absent).
 * The metric name is the label `__name__`. Arrays are never changed after they were built: they may be shared and
 * interned, so that equality is often `===`.
 */
export type Labels = readonly string[]

export const EMPTY_LABELS: Labels = Object.freeze([])

/** Label set from pairs in any order; a later pair replaces an earlier one of the same name; empty values are dropped. */
export function labelsOf(pairs: Readonly<Record<string, string>> | Iterable<readonly [string, string]>): Labels {
  const entries = Symbol.iterator in pairs ? pairs : Object.entries(pairs)
  const byName = new Map<string, string>()
  for (const [name, value] of entries as Iterable<readonly [string, string]>) byName.set(name, value)
  const names: string[] = []
  for (const [name, value] of byName) if (value !== '') names.push(name)
  names.sort(compareCodeUnits)
  const flat: string[] = []
  for (const name of names) flat.push(name, byName.get(name)!)
  return flat
}

/** Value of a label, or `''` where it is absent (as matchers and grouping see it). */
export function labelValue(labels: Labels, name: string): string {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return labels[i + 1]!
  return ''
}

/** A label set as pairs of name and value, in its order. */
export function labelPairs(labels: Labels): (readonly [name: string, value: string])[] {
  const pairs: (readonly [string, string])[] = []
  for (let i = 0; i < labels.length; i += 2) pairs.push([labels[i]!, labels[i + 1]!])
  return pairs
}

/** A label set as an object; `__proto__` is a name like any other. */
export function labelRecord(labels: Labels): Record<string, string> {
  return Object.fromEntries(labelPairs(labels))
}

/** `{a="b", c="d"}` with the metric name before the braces, as Prometheus prints a series. */
export function formatLabels(labels: Labels): string {
  let name = ''
  const parts: string[] = []
  for (let i = 0; i < labels.length; i += 2) {
    const key = labels[i]!
    if (key === '__name__') name = labels[i + 1]!
    else
      parts.push(`${/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(key) ? key : JSON.stringify(key)}=${JSON.stringify(labels[i + 1])}`)
  }
  if (name !== '' && !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) {
    parts.unshift(JSON.stringify(name))
    name = ''
  }
  if (name !== '' && parts.length === 0) return name
  return `${name}{${parts.join(', ')}}`
}

function compareCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
