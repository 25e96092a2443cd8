import { type Expr, inferLabels, type LabelFacts, labelFact } from '@binnacle/promql'
import type { Rule } from '../rule-file/index.ts'
import { CHECKS } from './catalogue.ts'
import type { Check, Finding, LintFile, LintSet, RuleView } from './check.ts'
import { type ControlComments, readControlComments } from './comments.ts'

/**
 * Reads rules as an experienced colleague does: what is valid and yet can never fire, prints nothing, or means something
 * else than its text. Findings stand in the order of the files. `nowMs` is for comments that snooze until a day; `only`
 * names the checks that are made where not all are.
 */
export function lintRules(set: LintSet, nowMs: number, only?: ReadonlySet<string>): Finding[] {
  const checks = only === undefined ? CHECKS : CHECKS.filter(({ name }) => only.has(name))
  const recorded = recordedMetrics(set)
  const comments = new Map(set.files.map((file) => [file, readControlComments(file.text)] as const))
  const configComments = set.config && readControlComments(set.config.text)
  const linesOf = ruleLines(set)
  const found: Finding[] = []
  const add = (
    check: Check,
    where: { file?: LintFile; rule?: Rule; place: Finding['place'] },
    message: string,
    hint?: string,
  ) => {
    const control = where.file === undefined ? configComments : comments.get(where.file)
    const lines = where.rule === undefined ? undefined : linesOf.get(where.rule)
    if (control !== undefined && isSilenced(control, check, lines, where.place.line ?? 1, nowMs)) return
    found.push({ check: check.name, place: where.place, message, hint })
  }
  for (const file of set.files) {
    for (const group of file.ruleFile.groups) {
      for (const rule of group.rules) {
        const view = viewOf(set, file, group, rule, recorded)
        for (const check of checks) {
          if (check.kind !== 'rule') continue
          check.run(view, (place, message, hint) => add(check, { file, rule, place }, message, hint))
        }
      }
    }
  }
  for (const check of checks)
    if (check.kind === 'set') check.run(set, (where, message, hint) => add(check, where, message, hint))
  const order = new Map(set.files.map(({ ruleFile }, i) => [ruleFile.file, i] as const))
  const rank = ({ place }: Finding) => order.get(place.file ?? '') ?? -1
  return found.sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.place.line ?? 0) - (b.place.line ?? 0) ||
      (a.place.column ?? 0) - (b.place.column ?? 0) ||
      (a.check < b.check ? -1 : a.check > b.check ? 1 : 0),
  )
}

/** Whether comments in the file of a rule switch off what is found in it by one of `names`. */
export function createSilencer(
  file: LintFile,
  nowMs: number,
): (rule: Rule, names: readonly string[], line: number) => boolean {
  const control = readControlComments(file.text)
  const linesOf = ruleLines({ files: [file] })
  return (rule, names, line) =>
    control.isIgnored(line) || control.isOff(names, linesOf.get(rule) ?? { from: line, to: line }, nowMs)
}

function isSilenced(
  control: ControlComments,
  check: Check,
  lines: { readonly from: number; readonly to: number } | undefined,
  line: number,
  nowMs: number,
): boolean {
  if (control.isIgnored(line)) return true
  return control.isOff([check.name, ...(check.pint ?? [])], lines ?? { from: line, to: line }, nowMs)
}

function viewOf(
  set: LintSet,
  file: LintFile,
  group: RuleView['group'],
  rule: Rule,
  recorded: ReadonlyMap<string, LabelFacts>,
): RuleView {
  const metricLabels = (name: string) => recorded.get(name)
  const labelsOf = (expr: Expr) => inferLabels(expr, { metricLabels })
  let own: LabelFacts | undefined
  return {
    set,
    file,
    group,
    rule,
    labels: () => (own ??= labelsOf(rule.ast)),
    labelsOf,
    metricLabels,
    at: ({ start }) => file.places.exprPlace(rule, start),
  }
}

/**
 * What labels the series of recording rules have, from their expressions. Of a name that several rules record nothing is
 * known, nor of one that is recorded from itself.
 */
function recordedMetrics(set: LintSet): Map<string, LabelFacts> {
  const rules = new Map<string, { rule: Extract<Rule, { kind: 'recording' }>; labels: readonly string[] } | undefined>()
  for (const file of set.files) {
    for (const group of file.ruleFile.groups) {
      for (const rule of group.rules) {
        if (rule.kind !== 'recording') continue
        rules.set(rule.record, rules.has(rule.record) ? undefined : { rule, labels: [...group.labels, ...rule.labels] })
      }
    }
  }
  const known = new Map<string, LabelFacts>()
  const open = new Set<string>()
  const resolve = (name: string): LabelFacts | undefined => {
    const done = known.get(name)
    const entry = rules.get(name)
    if (done !== undefined || entry === undefined || open.has(name)) return done
    open.add(name)
    const inner = inferLabels(entry.rule.ast, { metricLabels: resolve })
    const labels = new Map(inner.known)
    for (let i = 0; i < entry.labels.length; i += 2) {
      const value = entry.labels[i + 1]!
      const fact = labelFact(inner, entry.labels[i]!)
      labels.set(entry.labels[i]!, {
        ...fact,
        presence: value === '' ? 'absent' : 'present',
        value: value || undefined,
        by: undefined,
      })
    }
    labels.set('__name__', { presence: 'present', value: name, by: undefined })
    // Which part of another rule took a label away is not told: its place is in that rule.
    const facts: LabelFacts = {
      known: new Map([...labels].map(([label, fact]) => [label, { ...fact, by: undefined }] as const)),
      others: { ...inner.others, by: undefined },
    }
    open.delete(name)
    known.set(name, facts)
    return facts
  }
  for (const name of rules.keys()) resolve(name)
  return known
}

/** First and last line of each rule: it ends before the next one of its file begins. */
function ruleLines(set: LintSet): Map<Rule, { from: number; to: number }> {
  const found = new Map<Rule, { from: number; to: number }>()
  for (const { ruleFile, text } of set.files) {
    const lines = text.split('\n')
    const starts = ruleFile.groups
      .flatMap(({ rules, place }) => [
        { rule: undefined, line: place.line ?? 1 },
        ...rules.map((rule) => ({ rule, line: rule.place.line ?? 1 })),
      ])
      .sort((a, b) => a.line - b.line)
    starts.forEach(({ rule, line }, i) => {
      if (rule === undefined) return
      let to = (starts[i + 1]?.line ?? lines.length + 1) - 1
      // Comments above the next rule are its own.
      while (i + 1 < starts.length && to > line && /^\s*#/.test(lines[to - 1] ?? '')) to--
      found.set(rule, { from: line, to })
    })
  }
  return found
}
