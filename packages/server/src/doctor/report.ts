import type { Place } from '../config/index.ts'
import type { FaultKind, LastSeen } from './fault.ts'

/**
 * `can_fire`: all that the rule asks for is here (of a recording rule: it gives series). `cannot_fire`: something is missing
 * for good. `always_fires`: whatever the values are. `unknown`: what it asks for was not seen yet, or no longer is.
 */
export type Verdict = 'can_fire' | 'cannot_fire' | 'always_fires' | 'unknown'

export type DoctorFinding = {
  /** `doctor/metric`, `doctor/label` ...: the name by which a comment switches it off. */
  readonly check: string
  readonly kind: FaultKind | 'always' | 'routing' | 'template' | 'unit' | 'group'
  readonly severity: 'error' | 'warning' | 'note'
  readonly message: string
  readonly hint?: string
  /** Of what was here and is gone. */
  readonly lastSeen?: LastSeen
  readonly place: Place
}

export type RuleReport = {
  readonly kind: 'alerting' | 'recording'
  readonly name: string
  readonly group: string
  readonly file: string
  readonly place: Place
  readonly verdict: Verdict
  /** Why the verdict is not `can_fire`; the weightiest first. */
  readonly reasons: readonly DoctorFinding[]
  /** What else is wrong, or to be known. */
  readonly remarks: readonly DoctorFinding[]
}

export type DoctorCounts = Readonly<Record<Verdict, number>>

export type DoctorReport = {
  /** When it was looked, Unix ms. */
  readonly atMs: number
  readonly tookMs: number
  /** Targets were still being scraped for the first time: what is missing may be on its way, and is no finding. */
  readonly isEarly: boolean
  readonly rules: readonly RuleReport[]
  /** Of alertmanager.yml: routes, inhibitions, receivers and their templates. */
  readonly routing: readonly DoctorFinding[]
  /** Of configuration around the rules, such as patterns that load none. */
  readonly files: readonly DoctorFinding[]
  readonly alerts: DoctorCounts
  readonly recordings: DoctorCounts
  /** Findings that somebody should look at: errors and warnings. */
  readonly findings: number
}

/** All findings of a report that count, in its order. */
export function findingsOf({
  files,
  rules,
  routing,
}: Pick<DoctorReport, 'files' | 'rules' | 'routing'>): DoctorFinding[] {
  return [...files, ...rules.flatMap(({ reasons, remarks }) => [...reasons, ...remarks]), ...routing].filter(
    ({ severity }) => severity !== 'note',
  )
}

export function countVerdicts(rules: readonly RuleReport[], kind: RuleReport['kind']): DoctorCounts {
  const counts = { can_fire: 0, cannot_fire: 0, always_fires: 0, unknown: 0 }
  for (const rule of rules) if (rule.kind === kind) counts[rule.verdict]++
  return counts
}
