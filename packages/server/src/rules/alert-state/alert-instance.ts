import type { Labels } from '@binnacle/promql'
import type { AlertState, ResolvedReason, Transition } from '../transition.ts'

/** A label set as one text; a lone surrogate occurs in no label. */
export const keyOf = (labels: Labels): string => labels.join('\ud800')

/**
 * One alert of a rule, from when it became pending until some time after it has ended. Its label set is its identity.
 * Times are Unix ms.
 */
export type AlertInstance = {
  readonly key: string
  /** Of the labels that others are told: with those of the whole installation. */
  fingerprint: string
  /** Of the element, with the rule's labels and the alert's name. */
  readonly labels: Labels
  /** Of the element as the expression gave it. */
  readonly source: Labels
  annotations: Labels
  state: AlertState
  value: number
  activeAtMs: number
  firedAtMs: number | undefined
  /** Since when its condition is false while `keep_firing_for` holds it. */
  keepFiringSinceMs: number | undefined
  resolvedAtMs: number | undefined
  resolvedReason: ResolvedReason | undefined
  lastSentAtMs: number | undefined
  /** Whether it stands for missing data; its states are pending, nodata and inactive then. */
  readonly isNoData: boolean
  /** Taken over from before a restart and not seen since. */
  isRestored: boolean
  lastTransition: Transition | undefined
  /** Number of the evaluation that saw it last. */
  seen: number
}

export type NewAlert = Pick<AlertInstance, 'key' | 'fingerprint' | 'labels' | 'source' | 'annotations' | 'value'> & {
  readonly atMs: number
  readonly isNoData: boolean
}

export function newAlert({
  key,
  fingerprint,
  labels,
  source,
  annotations,
  value,
  atMs,
  isNoData,
}: NewAlert): AlertInstance {
  return {
    key,
    fingerprint,
    labels,
    source,
    annotations,
    state: 'pending',
    value,
    activeAtMs: atMs,
    firedAtMs: undefined,
    keepFiringSinceMs: undefined,
    resolvedAtMs: undefined,
    resolvedReason: undefined,
    lastSentAtMs: undefined,
    isNoData,
    isRestored: false,
    lastTransition: undefined,
    seen: 0,
  }
}

/** Whether it is shown as an alert: pending, firing, or nodata. */
export const isActive = (alert: AlertInstance): boolean => alert.resolvedAtMs === undefined
