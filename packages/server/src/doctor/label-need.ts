import type { Labels } from '@binnacle/promql'
import { dropLabels, keepLabels } from './label-sets.ts'

/** Which labels of a result somebody looks at: `only` those, or all `but` those. */
export type LabelNeed = { readonly kind: 'only' | 'but'; readonly names: ReadonlySet<string> }

export const only = (names: Iterable<string>): LabelNeed => ({ kind: 'only', names: new Set(names) })
export const allBut = (names: Iterable<string>): LabelNeed => ({ kind: 'but', names: new Set(names) })

export function needs({ kind, names }: LabelNeed, label: string): boolean {
  return names.has(label) === (kind === 'only')
}

export function keepNeeded(labels: Labels, { kind, names }: LabelNeed): Labels {
  return kind === 'only' ? keepLabels(labels, names) : dropLabels(labels, names)
}

/** What one of two looks at. */
export function union(a: LabelNeed, b: LabelNeed): LabelNeed {
  if (a.kind === 'only' && b.kind === 'only') return only([...a.names, ...b.names])
  if (a.kind === 'but' && b.kind === 'but') return allBut([...a.names].filter((name) => b.names.has(name)))
  const [those, rest] = a.kind === 'only' ? [a, b] : [b, a]
  return allBut([...rest.names].filter((name) => !those.names.has(name)))
}

/** What is looked at of the labels that an aggregation keeps, or of all but some. */
export function within(need: LabelNeed, kept: LabelNeed): LabelNeed {
  if (kept.kind === 'only') return only([...kept.names].filter((name) => needs(need, name)))
  if (need.kind === 'only') return only([...need.names].filter((name) => needs(kept, name)))
  return allBut([...need.names, ...kept.names])
}

export const keyOfNeed = ({ kind, names }: LabelNeed): string => `${kind} ${[...names].sort().join('\u{1}')}`
