import type { Labels } from '@binnacle/promql'
import { RE2JS } from 're2js'

/** Stands for a value that nobody knows, such as the job of a page that was given without one. Equal to any other. */
export const ANY_VALUE = '\u{fffd}'

const NAME = '__name__'
const SEPARATOR = '\u{1}'

export function keepLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  const kept: string[] = []
  for (let i = 0; i < labels.length; i += 2) if (names.has(labels[i]!)) kept.push(labels[i]!, labels[i + 1]!)
  return kept.length === labels.length ? labels : kept
}

export function dropLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  const kept: string[] = []
  for (let i = 0; i < labels.length; i += 2) if (!names.has(labels[i]!)) kept.push(labels[i]!, labels[i + 1]!)
  return kept.length === labels.length ? labels : kept
}

const NAME_ONLY: ReadonlySet<string> = new Set([NAME])

export function dropName(labels: Labels): Labels {
  // `__name__` is in front of every name with a small letter, and of most others.
  return labels[0] === NAME ? labels.slice(2) : dropLabels(labels, NAME_ONLY)
}

/** The set with a label that has another value; an empty one takes it away. */
export function setLabel(labels: Labels, name: string, value: string): Labels {
  const changed: string[] = []
  let isDone = value === ''
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i] === name) continue
    if (!isDone && labels[i]! > name) {
      changed.push(name, value)
      isDone = true
    }
    changed.push(labels[i]!, labels[i + 1]!)
  }
  if (!isDone) changed.push(name, value)
  return changed
}

export const keyOfSet = (labels: Labels): string => labels.join(SEPARATOR)

/** Each set once. */
export function distinct(sets: readonly Labels[]): readonly Labels[] {
  if (sets.length < 2) return sets
  const byKey = new Map<string, Labels>()
  for (const labels of sets) byKey.set(keyOfSet(labels), labels)
  return byKey.size === sets.length ? sets : [...byKey.values()]
}

export function namesIn(sets: readonly Labels[]): Set<string> {
  const names = new Set<string>()
  for (const labels of sets) for (let i = 0; i < labels.length; i += 2) names.add(labels[i]!)
  names.delete(NAME)
  return names
}

/** `label_replace` on one set. The regex has been checked when the query was parsed. */
export function replaceLabel(labels: Labels, [target, replacement, source, pattern]: readonly string[]): Labels {
  const value = valueIn(labels, source!)
  const matcher = RE2JS.compile(`^(?s:${pattern})$`).matcher(value)
  if (!matcher.find()) return labels
  const text = replacement!.replace(/\$(?:(\$)|\{(\w+)\}|(\w+))/g, (_all, dollar, braced, plain) => {
    if (dollar !== undefined) return '$'
    const group = braced ?? plain
    try {
      return (/^\d+$/.test(group) ? matcher.group(Number(group)) : matcher.group(group)) ?? ''
    } catch {
      return ''
    }
  })
  return setLabel(labels, target!, text)
}

function valueIn(labels: Labels, name: string): string {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return labels[i + 1]!
  return ''
}
