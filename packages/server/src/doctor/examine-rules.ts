import {
  type Expr,
  findMatchProblems,
  formatDurationMs,
  isCountedOn,
  type LabelFact,
  type LabelFacts,
  type Labels,
  labelValue,
} from '@binnacle/promql'
import type { Place } from '../config/index.ts'
import { askedLabels, createSilencer, type LintFile, lintRules, textsOf } from '../rules/lint/index.ts'
import type { AlertingRule, RecordingRule, Rule, RuleGroup } from '../rules/rule-file/index.ts'
import { allOf, type Catalogue } from './catalogue.ts'
import { expectOfAll, expectSeries, isEmpty, type Outcome } from './expect-series.ts'
import type { Fault } from './fault.ts'
import { hopeful } from './hopeful.ts'
import { keyOfNeed, type LabelNeed, only } from './label-need.ts'
import { ANY_VALUE, distinct, namesIn, setLabel } from './label-sets.ts'
import type { DoctorFinding, RuleReport, Verdict } from './report.ts'
import { findZeroDivisors } from './zero-divisors.ts'

/** What a rule makes, for whoever asks for it: routes, inhibitions, templates. */
export type Product = {
  readonly rule: AlertingRule
  /** Label sets of its alerts, `alertname` and the labels of the rule among them. */
  readonly sets: readonly Labels[]
  readonly open: boolean
  /** What the rule itself writes: known where `open`, or without any set. */
  readonly own: Labels
  readonly verdict: Verdict
}

export type Examined = { readonly report: RuleReport; readonly product: Product | undefined }

export type RuleToExamine = { readonly file: LintFile; readonly group: RuleGroup; readonly rule: Rule }

export type ExamineOptions = {
  readonly nowMs: number
  /** Files that nobody loads, with the reason. */
  readonly notLoaded?: ReadonlyMap<string, string>
}

export type Examiner = {
  readonly rules: readonly RuleToExamine[]
  examine(rule: RuleToExamine): Examined
  /** What was worked out of recording rules is worked out anew: the catalogue knows more. */
  forget(): void
}

const LINT: ReadonlySet<string> = new Set(['alerts/unit', 'promql/zero_division', 'promql/impossible'])

const LINT_SLICE = 50

type Slice = { readonly rules: readonly Rule[]; readonly findings: ReturnType<typeof lintRules> }

/** Looks at the rules of some files, which may ask for what others of them record. */
export function createExaminer(files: readonly LintFile[], catalogue: Catalogue, options: ExamineOptions): Examiner {
  const { nowMs, notLoaded = new Map() } = options
  const rules = files.flatMap((file) =>
    file.ruleFile.groups.flatMap((group) => group.rules.map((rule) => ({ file, group, rule }))),
  )
  const recorders = new Map<string, RuleToExamine[]>()
  const alerts = new Set<string>()
  for (const one of rules) {
    if (notLoaded.has(one.file.ruleFile.file)) continue
    if (one.rule.kind === 'alerting') alerts.add(one.rule.alert)
    else recorders.set(one.rule.record, [...(recorders.get(one.rule.record) ?? []), one])
  }
  const agoOf = (sinceMs: number) => `${formatDurationMs(roughly(Math.max(0, nowMs - sinceMs)))} ago`
  const silencers = new Map<LintFile, ReturnType<typeof createSilencer>>()
  const linted = new Map<Rule, Slice>()
  const recordedBefore = new Map<string, Outcome | undefined>()
  const open = new Set<string>()

  function recorded(metric: string, need?: LabelNeed): Outcome | undefined {
    const makers = recorders.get(metric)
    if (makers === undefined || open.has(metric)) return undefined
    const key = need === undefined ? metric : `${metric} ${keyOfNeed(need)}`
    if (recordedBefore.has(key)) return recordedBefore.get(key)
    open.add(metric)
    const outcomes = makers.map(({ rule, group }) => {
      const outcome = expectSeries(rule.ast, { ...depsWith(() => undefined), need })
      const labels = [...group.labels, ...(rule as RecordingRule).labels, '__name__', metric]
      return { ...outcome, sets: distinct(outcome.sets.map((set) => withLabels(set, labels))) }
    })
    open.delete(metric)
    const giving = outcomes.filter((outcome) => !isEmpty(outcome))
    const result: Outcome = {
      sets: distinct(giving.flatMap(({ sets }) => sets)),
      open: giving.some((outcome) => outcome.open),
      faults: giving.length > 0 ? [] : outcomes.flatMap(({ faults }) => faults),
      always: false,
    }
    recordedBefore.set(key, result)
    return result
  }

  function depsWith(remark: (fault: Fault) => void) {
    return { catalogue, recorded, alerts, agoOf, remark }
  }

  /** Reads the rules around one too, so that a file with thousands is read in pieces. */
  function lintOf({ file, group, rule }: RuleToExamine): Slice {
    const known = linted.get(rule)
    if (known !== undefined) return known
    const at = group.rules.indexOf(rule)
    const from = at - (at % LINT_SLICE)
    const some = group.rules.slice(from, from + LINT_SLICE)
    const part = { ...file, ruleFile: { ...file.ruleFile, groups: [{ ...group, rules: some }] } }
    const slice = { rules: some, findings: lintRules({ files: [part] }, nowMs, LINT) }
    for (const one of some) linted.set(one, slice)
    return slice
  }

  /** What is known of a metric's labels, from its series or from the rule that records it. */
  function metricLabels(name: string): LabelFacts | undefined {
    const own = recorded(name)
    const found = own !== undefined && !isEmpty(own) ? own : catalogue.select(allOf(name))
    return found.sets.length === 0 || found.open ? undefined : factsOf(found.sets, name)
  }

  return {
    rules,
    forget: () => recordedBefore.clear(),
    examine(one) {
      const { file, group, rule } = one
      const found: Fault[] = []
      const silencer = silencers.get(file) ?? createSilencer(file, nowMs)
      silencers.set(file, silencer)
      const { rules: beside, findings: lint } = lintOf(one)
      const toFinding = (fault: Fault, severity?: DoctorFinding['severity']): DoctorFinding => ({
        check: `doctor/${fault.kind}`,
        kind: fault.kind,
        severity: severity ?? (fault.isQuiet ? 'note' : fault.weight === 'never' ? 'error' : 'warning'),
        message: fault.message,
        ...(fault.hint === undefined ? {} : { hint: fault.hint }),
        ...(fault.lastSeen === undefined ? {} : { lastSeen: fault.lastSeen }),
        place: file.places.exprPlace(rule, fault.start),
      })
      const isHeard = ({ check, place }: DoctorFinding) =>
        !silencer(rule, [check, 'promql/series'], place.line ?? rule.place.line ?? 1)

      const outcome = expectSeries(
        rule.ast,
        depsWith((fault) => found.push(fault)),
      )
      const structural = findMatchProblems(rule.ast, { metricLabels })
        .filter(({ expr }) => expr.op !== 'unless')
        .map(({ expr, labels }): Fault => {
          const differ = labels.find(({ left, right }) => isCountedOn(left) && isCountedOn(right))
          const only = (side: 'left' | 'right') => {
            const names = labels.filter((one) => isCountedOn(one[side])).map(({ label }) => label)
            return names.length === 0 ? [] : [`only the ${side} side has ${names.join(', ')}`]
          }
          const message =
            differ === undefined
              ? `"${expr.op}" never finds a pair: ${[...only('left'), ...only('right')].join(', ')}`
              : `"${expr.op}" never finds a pair: ${differ.label} is "${differ.left.value}" on the left and "${differ.right.value}" on the right`
          const hint = 'name the labels that both sides have: on (...), with group_left () where one side has more'
          return { kind: 'matching', message, hint, start: expr.opSpan.start, weight: 'never', isQuiet: false }
        })
      // An operator below "or" may well find nothing.
      const never = structural.length > 0 && !hasAlternatives(rule.ast)
      const faults = [...(never ? structural : []), ...(isEmpty(outcome) ? outcome.faults : [])]
      if (!never) found.push(...structural.map((fault) => ({ ...fault, weight: 'maybe' as const })))
      const reasons = unique(
        faults.filter((fault, i) => !(fault.kind === 'matching' && i >= structural.length && never)),
      ).map((fault) => toFinding(fault))
      const remarks = unique(found).map((fault) => toFinding(fault, fault.isQuiet ? 'note' : 'warning'))
      let verdict: Verdict = 'can_fire'
      const isHopeless = never || (isEmpty(outcome) && faults.some(({ weight }) => weight === 'never'))
      if (isHopeless) verdict = 'cannot_fire'
      else if (isEmpty(outcome)) verdict = 'unknown'
      else if (rule.kind === 'alerting' && outcome.always) {
        const missing = outcome.faults.filter(({ kind }) => kind !== 'gone')
        const asked = outcome.faults.length > 0
        if (!asked || missing.length > 0) verdict = 'always_fires'
        reasons.push(...missing.map((fault) => toFinding(fault, fault.isQuiet ? 'note' : 'warning')))
      }
      for (const { check, place, message, hint } of lint) {
        if (!isIn(place, rule, beside)) continue
        const more = { place, message, ...(hint === undefined ? {} : { hint }) }
        if (check === 'promql/impossible') {
          verdict = 'cannot_fire'
          reasons.unshift({ check: 'doctor/impossible', kind: 'impossible', severity: 'error', ...more })
        } else if (check === 'alerts/unit') remarks.push({ check, kind: 'unit', severity: 'warning', ...more })
        else if (verdict === 'can_fire') remarks.push({ check, kind: 'always', severity: 'note', ...more })
      }
      if (verdict === 'can_fire' && rule.kind === 'alerting') {
        for (const { metric, zeros, series, start } of findZeroDivisors(rule.ast, catalogue)) {
          verdict = 'always_fires'
          const which = zeros === series ? '' : ` for ${zeros} of ${series} series`
          reasons.push({
            check: 'doctor/always',
            kind: 'always',
            severity: 'error',
            message: `${metric} is 0${which}: the division gives +Inf, which is above every threshold`,
            hint: `leave those out: "/ (${metric} > 0)"`,
            place: file.places.exprPlace(rule, start),
          })
        }
      }
      // What else would be wrong, and what the alert would carry, if only that were there.
      const deps = depsWith((fault) => found.push(fault))
      const hopes = isEmpty(outcome) ? { ...deps, catalogue: hopeful(catalogue) } : deps
      const hoped = isEmpty(outcome) ? expectSeries(rule.ast, hopes) : outcome
      for (const fault of unique(found)) {
        const finding = toFinding(fault, fault.isQuiet ? 'note' : 'warning')
        if (![...reasons, ...remarks].some(({ message }) => message === finding.message)) remarks.push(finding)
      }
      if (rule.kind === 'alerting') {
        const asked = hoped.open ? askedIn(rule) : []
        const ofAll = asked.length > 0 ? expectOfAll(rule.ast, only(asked), hopes) : hoped
        if (ofAll !== undefined) remarks.push(...emptyTexts(rule, { first: hoped, ofAll }, file))
      }
      const why = notLoaded.get(file.ruleFile.file)
      if (why !== undefined) {
        verdict = 'cannot_fire'
        reasons.unshift({
          check: 'doctor/not_loaded',
          kind: 'not_loaded',
          // Told once, with the file.
          severity: 'note',
          message: why,
          place: rule.place,
        })
      }
      const report: RuleReport = {
        kind: rule.kind,
        name: rule.kind === 'alerting' ? rule.alert : rule.record,
        group: group.name,
        file: file.ruleFile.file,
        place: rule.place,
        verdict,
        reasons: reasons.filter((one) => one.kind === 'not_loaded' || isHeard(one)),
        remarks: remarks.filter(isHeard),
      }
      const product = rule.kind === 'alerting' ? productOf(rule, group, hoped, verdict) : undefined
      return { report, product }
    },
  }
}

/** Two figures are enough to tell how long ago something was. */
function roughly(ms: number): number {
  const unit = [86_400_000, 3_600_000, 60_000, 1000].find((one) => ms >= 2 * one) ?? 1000
  return Math.round(ms / unit) * unit
}

function hasAlternatives(expr: Expr): boolean {
  if (expr.kind === 'binary' && expr.op === 'or') return true
  if (expr.kind === 'paren' || expr.kind === 'unary' || expr.kind === 'subquery') return hasAlternatives(expr.inner)
  if (expr.kind === 'aggregate') return hasAlternatives(expr.inner)
  if (expr.kind === 'call') return expr.name.startsWith('absent') || expr.args.some(hasAlternatives)
  return expr.kind === 'binary' && (hasAlternatives(expr.left) || hasAlternatives(expr.right))
}

function unique(faults: readonly Fault[]): Fault[] {
  const byText = new Map<string, Fault>()
  for (const fault of faults) if (!byText.has(fault.message)) byText.set(fault.message, fault)
  return [...byText.values()]
}

/** Whether a place is in a rule: behind its beginning, and before that of the next one. */
function isIn({ line = 0 }: Place, rule: Rule, beside: readonly Rule[]): boolean {
  const from = rule.place.line ?? 0
  if (line < from) return false
  return !beside.some(({ place }) => (place.line ?? 0) > from && (place.line ?? 0) <= line)
}

function factsOf(sets: readonly Labels[], name: string): LabelFacts {
  const known = new Map<string, LabelFact>()
  for (const label of namesIn(sets)) {
    const isOnAll = sets.every((set) => labelValue(set, label) !== '')
    known.set(label, { presence: isOnAll ? 'present' : 'possible', value: undefined, by: undefined })
  }
  known.set('__name__', { presence: 'present', value: name, by: undefined })
  return { known, others: { presence: 'absent', value: undefined, by: undefined } }
}

function withLabels(set: Labels, pairs: readonly string[]): Labels {
  let result = set
  for (let i = 0; i < pairs.length; i += 2) result = setLabel(result, pairs[i]!, pairs[i + 1]!)
  return result
}

function productOf(rule: AlertingRule, group: RuleGroup, outcome: Outcome, verdict: Verdict): Product {
  const own = [...group.labels]
  for (const [name, text] of Object.entries(rule.labels)) own.push(name, text.includes('{{') ? ANY_VALUE : text)
  own.push('__name__', '', 'alertname', rule.alert)
  const sets = distinct(outcome.sets.map((set) => withLabels(set, own)))
  return { rule, sets, open: outcome.open, own: withLabels([], own), verdict }
}

const askedIn = (rule: AlertingRule): readonly string[] =>
  textsOf(rule).flatMap(({ text }) => [...askedLabels(text)].map(({ name }) => name))

type Outcomes = {
  readonly first: Outcome
  /** The same, or every series of it with the labels that the texts ask for. */
  readonly ofAll: Outcome
}

/** Texts that print a label which no series of the result has. */
function emptyTexts(rule: AlertingRule, { first, ofAll }: Outcomes, file: LintFile): DoctorFinding[] {
  if (ofAll.open || ofAll.sets.length === 0) return []
  const names = namesIn(ofAll.sets)
  const seen = namesIn(first.sets)
  const found = new Map<string, DoctorFinding>()
  for (const { path, text } of textsOf(rule)) {
    for (const { name, offset } of askedLabels(text)) {
      if (names.has(name) || found.has(name)) continue
      const has = seen.size === 0 ? 'the result has no labels' : `the result has ${[...seen].sort().join(', ')}`
      found.set(name, {
        check: 'doctor/template',
        kind: 'template',
        severity: 'warning',
        message: `$labels.${name} is always empty: no series of the result has that label`,
        hint: has,
        place: file.places.textPlace(rule, path, offset),
      })
    }
  }
  return [...found.values()]
}
