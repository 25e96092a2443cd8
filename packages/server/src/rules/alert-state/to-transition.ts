import { createHash } from 'node:crypto'
import type { Labels } from '@binnacle/promql'
import type { Transition } from '../transition.ts'
import type { RuleAddress } from './rule-address.ts'
import type { Step } from './step.ts'

/** Ids begin with the time, so that they sort by it; the same change always has the same id. */
export function toTransition(
  { alert, before }: Step,
  { rule, toldLabels }: { readonly rule: RuleAddress; readonly toldLabels: (labels: Labels) => Labels },
  atMs: number,
): Transition {
  const { fingerprint, labels, annotations, state, value, resolvedReason } = alert
  const what = [rule.file, rule.group, rule.name, fingerprint, before, state].join('\n')
  const hash = createHash('sha256').update(what).digest('hex').slice(0, 16)
  return {
    id: `${Math.round(atMs).toString(36).padStart(9, '0')}-${hash}`,
    atMs,
    fingerprint,
    labels: toldLabels(labels),
    annotations,
    from: before,
    to: state,
    ...(resolvedReason === undefined ? {} : { reason: resolvedReason }),
    ...(Number.isNaN(value) ? {} : { value }),
    rule,
  }
}
