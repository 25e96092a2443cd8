import type { Expr, LabelFacts } from '@binnacle/promql'
import type { Place } from '../../config/index.ts'
import type { Rule, RuleFile, RuleGroup, RulePlaces } from '../rule-file/index.ts'

/** A rule file that has no errors, with its text (for comments). */
export type LintFile = { readonly ruleFile: RuleFile; readonly places: RulePlaces; readonly text: string }

/** What is read together: the files of one configuration, or those named on the command line. */
export type LintSet = {
  readonly files: readonly LintFile[]
  /** The configuration that names the files; only then it is known that there are no others. */
  readonly config?: {
    readonly place: Place
    /** Its text, for comments. */
    readonly text: string
    /** Interval of groups that have none. */
    readonly evaluationIntervalMs: number
    /** The shortest interval at which a job is scraped. */
    readonly scrapeIntervalMs: number
  }
}

export type Finding = {
  /** Name of the check, such as `promql/vector_matching`. */
  readonly check: string
  readonly place: Place
  readonly message: string
  /** What to do about it. */
  readonly hint: string | undefined
}

/** One rule with all that is known of it. */
export type RuleView = {
  readonly set: LintSet
  readonly file: LintFile
  readonly group: RuleGroup
  readonly rule: Rule
  /** What labels the series of its expression can have. */
  labels(): LabelFacts
  labelsOf(expr: Expr): LabelFacts
  /** What is known of the series of a recording rule in the set. */
  metricLabels(name: string): LabelFacts | undefined
  /** Place of a part of the expression. */
  at(expr: { readonly start: number }): Place
}

export type Report = (place: Place, message: string, hint?: string) => void

export type CheckBase = {
  readonly name: string
  /** Names of pint's checks that find the like: comments that disable those disable this one too. */
  readonly pint?: readonly string[]
  /** What it finds, one sentence for the list of checks. */
  readonly finds: string
  /** Why that is a defect. */
  readonly why: string
}

/** Looks at one rule after the other. */
export type RuleCheck = CheckBase & { readonly kind: 'rule'; run(view: RuleView, report: Report): void }

/** Looks at the rules together; a finding names its rule where it is about one, so that a comment can disable it. */
export type SetCheck = CheckBase & {
  readonly kind: 'set'
  run(
    set: LintSet,
    report: (
      where: { readonly file?: LintFile; readonly rule?: Rule; readonly place: Place },
      message: string,
      hint?: string,
    ) => void,
  ): void
}

export type Check = RuleCheck | SetCheck

export function nameOf(rule: Rule): string {
  return rule.kind === 'alerting' ? rule.alert : rule.record
}

export function* rulesOf(set: LintSet): Generator<{ file: LintFile; group: RuleGroup; rule: Rule }> {
  for (const file of set.files) {
    for (const group of file.ruleFile.groups) for (const rule of group.rules) yield { file, group, rule }
  }
}
