import { PromqlError, type PromqlFeatures, parseExpr, parseMetric, parseSeriesDescription } from '@binnacle/promql'
import { z } from 'zod'
import { duration, flag, plainMap, text, textList } from '../../config/go-yaml/index.ts'
import {
  BinnacleError,
  byPlace,
  ConfigErrors,
  checkSchema,
  parseYaml,
  type YamlDocument,
  type YamlPath,
} from '../../config/index.ts'
import type { AlertTest, ExprTest, RuleTestFile, RuleTestGroup } from './rule-test-file.ts'

const FIELD = { params: { field: true } }
const scalar = z.string({ error: 'expected one value' }).nullable().optional()

/** A float as YAML 1.1 writes it. */
const float = scalar.transform((value, context): number => {
  if (value == null) return 0
  const plain = value.replaceAll('_', '')
  if (/^[+-]?\.inf$/i.test(plain)) return plain.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (/^\.nan$/i.test(plain)) return Number.NaN
  const number = /^0[xob]/i.test(plain) ? Number(plain.toLowerCase()) : Number(plain)
  if (plain !== '' && !Number.isNaN(number) && !/infinity/i.test(plain)) return number
  context.addIssue({ code: 'custom', message: `expected a number, got "${value}"`, ...FIELD })
  return z.NEVER
})

/** Unix seconds or RFC 3339, to ms. */
const moment = scalar.transform((value, context): number => {
  if (value == null || value === '') return 0
  const ms = /^-?\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value)
  if (!Number.isNaN(ms)) return ms
  context.addIssue({
    code: 'custom',
    message: `expected Unix seconds or a time such as 2021-01-01T00:00:00Z, got "${value}"`,
    ...FIELD,
  })
  return z.NEVER
})

const list = <S extends z.ZodType>(item: S, what: string) =>
  z
    .array(item.nullable(), { error: `expected a list of ${what}` })
    .nullable()
    .optional()

const seriesSchema = z.strictObject({ series: text, values: text })
const alertSchema = z.strictObject({ exp_labels: plainMap, exp_annotations: plainMap })
const alertTestSchema = z.strictObject({
  eval_time: duration,
  alertname: text,
  exp_alerts: list(alertSchema, 'alerts'),
})
const sampleSchema = z.strictObject({ labels: text, value: float, histogram: text })
const exprTestSchema = z.strictObject({ expr: text, eval_time: duration, exp_samples: list(sampleSchema, 'samples') })
const groupSchema = z.strictObject({
  interval: duration,
  input_series: list(seriesSchema, 'series'),
  alert_rule_test: list(alertTestSchema, 'tests of alerts'),
  promql_expr_test: list(exprTestSchema, 'tests of expressions'),
  external_labels: plainMap,
  external_url: text,
  name: text,
  start_timestamp: moment,
})
const fileSchema = z
  .strictObject({
    rule_files: textList,
    evaluation_interval: duration,
    group_eval_order: textList,
    tests: list(groupSchema, 'test groups'),
    fuzzy_compare: flag,
  })
  .nullable()
  .optional()

export type CheckedRuleTestFile = {
  /** There when there are no errors. */
  readonly testFile?: RuleTestFile
  readonly errors: readonly BinnacleError[]
}

/** Reads the text of a file of rule tests. All findings are reported. Never throws for what stands in the file. */
export function checkRuleTestFile(text: string, file: string): CheckedRuleTestFile {
  let document: YamlDocument
  try {
    document = parseYaml(text, file, { scalars: 'text' })
  } catch (error) {
    if (error instanceof ConfigErrors) return { errors: error.errors }
    throw error
  }
  const { value, errors } = checkSchema(document, fileSchema)
  const all = [...errors]
  const order = value?.group_eval_order ?? []
  for (const [i, name] of order.entries()) {
    if (order.indexOf(name) === i) continue
    const place = document.placeOf(['group_eval_order', i])
    all.push(new BinnacleError('rules.bad_test', `group name repeated in evaluation order: ${name}`, { place }))
  }
  if (all.length > 0) return { errors: all.sort(byPlace) }
  const evaluationIntervalMs = value?.evaluation_interval ?? 60_000
  const testFile: RuleTestFile = {
    file,
    ruleFiles: (value?.rule_files ?? []).map((pattern, i) => ({ pattern, place: document.placeOf(['rule_files', i]) })),
    evaluationIntervalMs,
    groupEvalOrder: order,
    fuzzyCompare: value?.fuzzy_compare ?? false,
    tests: (value?.tests ?? []).map((group, i) => toGroup(document, ['tests', i], group ?? {}, evaluationIntervalMs)),
  }
  return { testFile, errors: [] }
}

function toGroup(
  document: YamlDocument,
  path: YamlPath,
  given: Partial<NonNullable<NonNullable<NonNullable<z.output<typeof fileSchema>>['tests']>[number]>>,
  evaluationIntervalMs: number,
): RuleTestGroup {
  const items = <T, R>(
    key: string,
    from: readonly (T | null)[] | null | undefined,
    to: (item: Partial<T>, at: YamlPath) => R,
  ) => (from ?? []).map((item, i) => to(item ?? {}, [...path, key, i]))
  return {
    name: given.name ?? '',
    intervalMs: given.interval ?? evaluationIntervalMs,
    inputSeries: items('input_series', given.input_series, ({ series, values }, at) => ({
      series: series ?? '',
      values: values ?? '',
      place: document.placeOf(at),
    })),
    alertTests: items(
      'alert_rule_test',
      given.alert_rule_test,
      (one, at): AlertTest => ({
        evalTimeMs: one.eval_time ?? 0,
        alertname: one.alertname ?? '',
        expected: (one.exp_alerts ?? []).map((alert) => ({
          labels: alert?.exp_labels ?? {},
          annotations: alert?.exp_annotations ?? {},
        })),
        place: document.placeOf(at),
      }),
    ),
    exprTests: items(
      'promql_expr_test',
      given.promql_expr_test,
      (one, at): ExprTest => ({
        evalTimeMs: one.eval_time ?? 0,
        expr: one.expr ?? '',
        expected: (one.exp_samples ?? []).map((sample) => ({
          labels: sample?.labels ?? '',
          value: sample?.value ?? 0,
          histogram: sample?.histogram ?? '',
        })),
        place: document.placeOf(at),
      }),
    ),
    externalLabels: given.external_labels ?? {},
    externalUrl: given.external_url ?? '',
    startMs: given.start_timestamp ?? 0,
    place: document.placeOf(path),
  }
}

/**
 * What is wrong with the texts inside of a test file, each of which its tests would stumble over when they run: series,
 * expressions, expected samples, tests of alerts without a name.
 */
export function checkTestTexts({ tests }: RuleTestFile, features: PromqlFeatures): BinnacleError[] {
  const errors: BinnacleError[] = []
  const attempt = (what: string, read: () => void, place: AlertTest['place']) => {
    try {
      read()
    } catch (error) {
      if (!(error instanceof PromqlError)) throw error
      errors.push(new BinnacleError('rules.bad_test', `${what}: ${error.message}`, { place }))
    }
  }
  for (const group of tests) {
    for (const { series, values, place } of group.inputSeries) {
      attempt(`input series "${series}"`, () => parseSeriesDescription(`${series} ${values}`), place)
    }
    for (const { alertname, place } of group.alertTests) {
      if (alertname === '')
        errors.push(new BinnacleError('rules.bad_test', 'a test of an alert needs "alertname"', { place }))
    }
    for (const { expr, expected, place } of group.exprTests) {
      attempt('"expr" is no valid PromQL', () => parseExpr(expr, { features }), place)
      for (const { labels, histogram } of expected) {
        attempt(`labels "${labels}"`, () => parseMetric(labels), place)
        if (histogram !== '') attempt(`labels "${labels}"`, () => parseSeriesDescription(`{} ${histogram}`), place)
      }
    }
  }
  return errors.sort(byPlace)
}
