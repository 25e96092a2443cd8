// Label sets without some of their labels or with one more, and their order.

import { type Labels, labelValue } from '../../labels.ts'

/** A lone surrogate: it occurs in no label, as they are valid Unicode. */
const SEPARATOR = '\ud800'

/** Equal exactly for equal label sets. */
export function labelsKey(labels: Labels): string {
  return labels.join(SEPARATOR)
}

/** Prometheus's order of label sets: label by label, name before value, the shorter set first. */
export function compareLabels(a: Labels, b: Labels): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const x = a[i]!
    const y = b[i]!
    if (x !== y) return x < y ? -1 : 1
  }
  return a.length - b.length
}

export function withoutName(labels: Labels): Labels {
  const at = nameIndex(labels)
  if (at < 0) return labels
  const rest: string[] = []
  for (let i = 0; i < labels.length; i++) if (i !== at && i !== at + 1) rest.push(labels[i]!)
  return rest
}

function nameIndex(labels: Labels): number {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === '__name__') return i
  return -1
}

/** Only the given labels; `names` sorted. */
export function keepLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  const kept: string[] = []
  for (let i = 0; i < labels.length; i += 2) if (names.has(labels[i]!)) kept.push(labels[i]!, labels[i + 1]!)
  return kept
}

export function dropLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  const kept: string[] = []
  for (let i = 0; i < labels.length; i += 2) if (!names.has(labels[i]!)) kept.push(labels[i]!, labels[i + 1]!)
  return kept
}

/** With one label set, changed or (empty value) removed. */
export function withLabel(labels: Labels, name: string, value: string): Labels {
  if (labelValue(labels, name) === value) return labels
  const out: string[] = []
  let placed = value === ''
  for (let i = 0; i < labels.length; i += 2) {
    const key = labels[i]!
    if (!placed && name <= key) {
      out.push(name, value)
      placed = true
    }
    if (key !== name) out.push(key, labels[i + 1]!)
  }
  if (!placed) out.push(name, value)
  return out
}
