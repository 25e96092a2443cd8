import { type Expr, type Labels, NO_FEATURES, PromqlError, type PromqlFeatures, parseExpr } from '@binnacle/promql'
import { z } from 'zod'
import {
  BinnacleError,
  byPlace,
  checkSchema,
  type Place,
  parseYamlInto,
  valueAt,
  type YamlDocument,
  type YamlPath,
} from '../../config/index.ts'
import { findDuplicates } from './duplicates.ts'
import { isLabelName, isMetricName, type NameValidation } from './names.ts'
import type { Rule, RuleFile, RuleGroup } from './rule-file.ts'
import { type GroupInput, group, type RuleInput, rule, top } from './schema.ts'
import { templateProblem } from './templates.ts'

export type CheckRuleFileOptions = {
  /** Experimental parts of PromQL that expressions may use. */
  readonly features?: PromqlFeatures
  /** `metric_name_validation_scheme`; default `utf8`. */
  readonly nameValidation?: NameValidation
  /** Pass over keys that nobody knows, as `promtool --ignore-unknown-fields` does. */
  readonly ignoreUnknownFields?: boolean
}

/** Something that works, but not as its author meant. */
export type RuleFileWarning = { readonly place: Place; readonly message: string; readonly hint?: string }

export type CheckedRuleFile = {
  /** There when there are no errors. */
  readonly ruleFile?: RuleFile
  readonly errors: readonly BinnacleError[]
  readonly warnings: readonly RuleFileWarning[]
  /** Where parts of rules stand, for who looks closer. */
  readonly places: RulePlaces
}

/** Places of the parts of a rule file. Rules are those of `ruleFile`, by identity. */
export type RulePlaces = {
  /** Place of the character at `offset` of `rule.expr`. */
  exprPlace(rule: Rule, offset: number): Place
  /** Place of a field of the rule, such as `labels`, `severity`; of the rule where it is not there. */
  fieldPlace(rule: Rule, ...path: readonly string[]): Place
  /** Place of the character at `offset` in the text of a field. */
  textPlace(rule: Rule, path: readonly string[], offset: number): Place
  /** Place of a field of a group. */
  groupPlace(group: RuleGroup, ...path: readonly string[]): Place
}

type Where = { readonly path: YamlPath; readonly exprFrom: number }

/**
 * Reads the text of a rule file as Prometheus 3.5 does: what `promtool check rules` takes is taken, what it refuses is
 * refused, and every mistake is reported, not the first of each kind. Never throws for what stands in the file.
 * Source: https://prometheus.io/docs/prometheus/3.5/configuration/recording_rules/.
 */
export function checkRuleFile(text: string, file: string, options: CheckRuleFileOptions = {}): CheckedRuleFile {
  const errors: BinnacleError[] = []
  const warnings: RuleFileWarning[] = []
  const whereOf = new Map<Rule | RuleGroup, Where>()
  const document = parseYamlInto(errors, text, file, { scalars: 'text' })
  const places = placesIn(document, whereOf, file)
  if (document === undefined) return { errors, warnings, places }
  const reader: Reader = {
    document,
    options,
    object: (shape) =>
      options.ignoreUnknownFields === true ? z.object(shape, expectsMap) : z.strictObject(shape, expectsMap),
    refuse: (code, message, place, hint) => {
      errors.push(new BinnacleError(code, message, hint === undefined ? { place } : { place, hint }))
    },
  }
  const found = checkSchema(document, top(reader.object))
  errors.push(...found.errors)

  const groups: RuleGroup[] = []
  const names = new Set<string>()
  // A list keeps no empty items: `- ` alone is no group, and no mistake.
  for (const [g, raw] of (found.value?.groups ?? []).entries()) {
    if (raw === null) continue
    const path = ['groups', g]
    const checked = checkSchema(document, group(reader.object), { base: path })
    errors.push(...checked.errors)
    const name = readGroupName(reader, path, names)
    // Its rules are read although the group is wrong, to report all there is.
    const rules: Rule[] = []
    const rawRules = (raw as { rules?: unknown }).rules
    for (const [r, rawRule] of (Array.isArray(rawRules) ? rawRules : []).entries()) {
      if (rawRule === null) continue
      const rulePath = [...path, 'rules', r]
      const input = checkSchema(document, rule(reader.object), { base: rulePath })
      errors.push(...input.errors)
      if (input.value === undefined) continue
      const read = readRule(reader, rulePath, input.value)
      if (read === undefined) continue
      whereOf.set(read.rule, { path: rulePath, exprFrom: read.exprFrom })
      rules.push(read.rule)
    }
    if (checked.value === undefined) continue
    const one = toGroup(reader, path, name, checked.value, rules)
    whereOf.set(one, { path, exprFrom: 0 })
    groups.push(one)
  }

  if (document.hasMore) {
    const message = 'a second document (---) follows; only the first one is read'
    warnings.push({ place: document.placeOf([]), message, hint: 'put all groups below one "groups:"' })
  }
  errors.sort(byPlace)
  if (errors.length > 0) return { errors, warnings, places }
  const ruleFile: RuleFile = { file, groups }
  for (const { rule: twin, of, name, labels } of findDuplicates(ruleFile)) {
    const first = of.place.line === undefined ? '' : `, first in line ${of.place.line}`
    const message = `"${name}" with the labels ${labels} stands twice in this file${first}: where both give a series of the same labels, one overwrites the other`
    warnings.push({ place: twin.place, message, hint: 'give the rules different labels, or remove one of them' })
  }
  return { ruleFile, errors, warnings, places }
}

type Reader = {
  readonly document: YamlDocument
  readonly options: CheckRuleFileOptions
  readonly object: <S extends z.ZodRawShape>(shape: S) => z.ZodObject<S>
  refuse(code: string, message: string, place: Place, hint?: string): void
}

const expectsMap = {
  error: ({ code }: { readonly code?: string }) => (code === 'invalid_type' ? 'expected keys and values' : undefined),
}

function readGroupName({ document, refuse }: Reader, path: YamlPath, names: Set<string>): string {
  const given = valueAt(document, [...path, 'name'])
  const name = typeof given === 'string' ? given : ''
  const at = document.has([...path, 'name']) ? document.placeOf([...path, 'name']) : document.placeOf(path)
  if (name === '' && (given === undefined || given === null || given === '')) {
    refuse('rules.bad_group', 'a group needs a name', at, 'write "name:" with a name that is unique in this file')
  } else if (names.has(name)) {
    refuse('rules.bad_group', `group name "${name}" stands twice in this file`, at, 'rename one of the two groups')
  }
  names.add(name)
  return name
}

function toGroup(
  reader: Reader,
  path: YamlPath,
  name: string,
  { interval, query_offset, limit, labels }: GroupInput,
  rules: readonly Rule[],
): RuleGroup {
  checkLabelNames(reader, [...path, 'labels'], labels)
  const style = reader.document.styleOf([...path, 'limit'])
  if (style !== undefined && style !== 'plain') {
    const place = reader.document.placeOf([...path, 'limit'])
    reader.refuse('config.invalid_value', 'limit: expected a whole number, got a text in quotes', place)
  }
  return {
    name,
    // As there, an interval of 0 is none.
    intervalMs: interval === 0 ? undefined : interval,
    queryOffsetMs: query_offset,
    limit: Math.max(0, limit),
    labels: labelPairs(labels),
    rules,
    place: reader.document.placeOf(path),
  }
}

function readRule(
  reader: Reader,
  path: YamlPath,
  input: RuleInput,
): { readonly rule: Rule; readonly exprFrom: number } | undefined {
  const { document, refuse } = reader
  const { record, alert } = input
  const place = document.placeOf(path)
  const fieldPlace = (field: string) => document.placeOf([...path, field])
  let good = true
  const no = (message: string, at: Place, hint?: string) => {
    good = false
    refuse('rules.bad_rule', message, at, hint)
  }
  if (record !== '' && alert !== '') {
    no(`a rule has either "record" or "alert", not both`, document.keyPlaceOf([...path, 'alert']))
  } else if (record === '' && alert === '') {
    no('a rule needs "record" or "alert"', place, '"record" names the series that it makes, "alert" the alert')
  }
  const exprFrom = /^[ \t\r\n]*/.exec(input.expr)![0].length
  const expr = input.expr.slice(exprFrom).replace(/[ \t\r\n]+$/, '')
  const ast = readExpr(reader, path, expr, exprFrom)
  if (ast === undefined) good = false
  if (record !== '') {
    const only = 'belongs to alerting rules; this one is a recording rule'
    for (const [field, given] of [
      ['annotations', input.annotations.length > 0],
      ['for', (input.for ?? 0) !== 0],
      ['keep_firing_for', (input.keep_firing_for ?? 0) !== 0],
    ] as const) {
      if (given) no(`"${field}" ${only}`, document.keyPlaceOf([...path, field]), 'remove it, or write "alert"')
    }
    if (!isMetricName(record, reader.options.nameValidation)) {
      no(
        `"${record}" is not a valid name of a series`,
        fieldPlace('record'),
        'expected such as job:http_requests:rate5m',
      )
    }
    if (/[{}]/.test(record)) {
      no(`the name "${record}" has braces: matchers belong in "expr", labels below "labels"`, fieldPlace('record'))
    }
  }
  if (!checkLabelNames(reader, [...path, 'labels'], input.labels)) good = false
  for (const [name] of input.annotations) {
    if (isLabelName(name, reader.options.nameValidation)) continue
    no(`invalid annotation name "${name}"`, document.keyPlaceOf([...path, 'annotations', name]))
  }
  if (alert !== '') {
    for (const [field, texts] of [
      ['labels', input.labels],
      ['annotations', input.annotations],
    ] as const) {
      for (const [name, template] of texts) {
        const problem = templateProblem(alert, template)
        if (problem === undefined) continue
        good = false
        const at = document.placeInText([...path, field, name], problem.offset)
        const what = field === 'labels' ? 'label' : 'annotation'
        refuse('rules.bad_template', `${what} "${name}" is no valid template: ${problem.message}`, at)
      }
    }
  }
  if (!good || ast === undefined) return undefined
  const base = { expr, ast, place }
  if (alert === '') return { rule: { kind: 'recording', record, labels: labelPairs(input.labels), ...base }, exprFrom }
  return {
    rule: {
      kind: 'alerting',
      alert,
      forMs: input.for ?? 0,
      keepFiringForMs: input.keep_firing_for ?? 0,
      labels: Object.fromEntries(input.labels),
      annotations: Object.fromEntries(input.annotations),
      ...base,
    },
    exprFrom,
  }
}

function readExpr(
  { document, options, refuse }: Reader,
  path: YamlPath,
  expr: string,
  exprFrom: number,
): Expr | undefined {
  const at = [...path, 'expr']
  if (expr === '') {
    const place = document.has(at) ? document.keyPlaceOf(at) : document.placeOf(path)
    refuse('rules.bad_rule', 'a rule needs "expr"', place, 'expected a PromQL expression')
    return undefined
  }
  try {
    return parseExpr(expr, { features: options.features ?? NO_FEATURES })
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error
    // Its place in the expression is told as the place in the file.
    const message = error.message.replace(/^(\d+:\d+|unknown position): parse error: /, '')
    refuse('rules.bad_expr', `"expr" is no valid PromQL: ${message}`, document.placeInText(at, exprFrom + error.offset))
    return undefined
  }
}

function checkLabelNames({ document, options, refuse }: Reader, path: YamlPath, labels: RuleInput['labels']): boolean {
  let good = true
  for (const [name] of labels) {
    if (isLabelName(name, options.nameValidation) && name !== '__name__') continue
    good = false
    const hint = name === '__name__' ? 'the name of a series is given with "record"' : undefined
    refuse('rules.bad_rule', `invalid label name "${name}"`, document.keyPlaceOf([...path, name]), hint)
  }
  return good
}

/** Sorted by name. An empty value stays: it takes the label away from what the expression gives. */
function labelPairs(labels: RuleInput['labels']): Labels {
  return [...labels].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).flat()
}

function placesIn(
  document: YamlDocument | undefined,
  whereOf: ReadonlyMap<Rule | RuleGroup, Where>,
  file: string,
): RulePlaces {
  const at = (what: Rule | RuleGroup, read: (document: YamlDocument, where: Where) => Place): Place => {
    const where = whereOf.get(what)
    return document === undefined || where === undefined ? { file } : read(document, where)
  }
  const fieldPlace = (what: Rule | RuleGroup, path: readonly string[]) =>
    at(what, (doc, where) =>
      doc.has([...where.path, ...path]) ? doc.keyPlaceOf([...where.path, ...path]) : doc.placeOf(where.path),
    )
  return {
    exprPlace: (one, offset) =>
      at(one, (doc, { path, exprFrom }) => doc.placeInText([...path, 'expr'], exprFrom + offset)),
    fieldPlace: (one, ...path) => fieldPlace(one, path),
    textPlace: (one, path, offset) => at(one, (doc, where) => doc.placeInText([...where.path, ...path], offset)),
    groupPlace: (one, ...path) => fieldPlace(one, path),
  }
}
