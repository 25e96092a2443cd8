import type { Place, YamlDocument } from '../../config/index.ts'
import type { Finding } from '../../rules/lint/index.ts'
import type { AlertmanagerConfig } from '../config/index.ts'
import type { AlertFacts } from './fact.ts'

/** What is looked at: a good alertmanager.yml, and the alerts that will come where that is known. */
export type LintInput = {
  readonly config: AlertmanagerConfig
  /** With variables of the environment in it. */
  readonly document: YamlDocument
  /** The same before that: how values are written. */
  readonly written: YamlDocument
  /** Alerts of the rules that were given with it; undefined when none were. */
  readonly alerts: readonly AlertFacts[] | undefined
  /** Receivers that are told without a route: those of an escalation. */
  readonly escalated: ReadonlySet<string>
}

export type Report = (place: Place, message: string, hint?: string) => void

export type Check = {
  readonly name: string
  /** What it finds, one sentence for the list of checks. */
  readonly finds: string
  /** Why that is a defect. */
  readonly why: string
  run(input: LintInput, report: Report): void
}

/** Findings of a file first, then those of the files that it names, each from top to bottom. */
export function inOrder(findings: readonly Finding[], file: string): Finding[] {
  const rank = ({ place }: Finding) => (place.file === file ? '' : (place.file ?? ''))
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return [...findings].sort(
    (a, b) =>
      compare(rank(a), rank(b)) ||
      (a.place.line ?? 0) - (b.place.line ?? 0) ||
      (a.place.column ?? 0) - (b.place.column ?? 0) ||
      compare(a.check, b.check),
  )
}

/** `a, b and 3 more`. */
export function some(names: readonly string[], most = 3): string {
  const unique = [...new Set(names)]
  const shown = unique.slice(0, most).join(', ')
  return unique.length > most ? `${shown} and ${unique.length - most} more` : shown
}
