import type { Place, YamlDocument } from '../../config/index.ts'
import type { AlertmanagerConfig } from '../config/index.ts'
import type { AlertFacts } from './alert-facts.ts'

export type Finding = {
  /** Name of the check, such as `routing/unreachable`. */
  readonly check: string
  readonly place: Place
  readonly message: string
  /** What to do about it. */
  readonly hint: string | undefined
}

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

/** `a, b and 3 more`. */
export function some(names: readonly string[], most = 3): string {
  const unique = [...new Set(names)]
  const shown = unique.slice(0, most).join(', ')
  return unique.length > most ? `${shown} and ${unique.length - most} more` : shown
}
