import { resolve } from 'node:path'
import type { PromqlFeatures } from '@binnacle/promql'
import type { CheckedAlertmanagerConfig } from '../../alerting/index.ts'
import { BinnacleError, ConfigErrors, parseYaml } from '../../config/index.ts'
import type { PrometheusConfig } from '../../metrics/intake/prometheus-config/index.ts'
import { type LintFile, lintRules } from '../../rules/lint/index.ts'
import { escalatedBeside } from './alerting-defaults.ts'
import { checkAlertmanager, templateErrors } from './check-alertmanager.ts'
import { checkPrometheus } from './check-prometheus.ts'
import { checkRules } from './check-rules.ts'
import { checkSettings } from './check-settings.ts'
import { type FileKind, isTemplateFile, kindOf } from './file-kind.ts'
import { type CheckWarning, count, type FileReport, fromFinding } from './report.ts'

export type CheckOptions = {
  /** Text of a file, or what keeps it from being read; `shown` is its name in messages. */
  readonly read: (path: string, shown: string) => string | BinnacleError
  readonly environment: Readonly<Record<string, string | undefined>>
  /** For comments that snooze a check. Unix ms. */
  readonly nowMs: number
  readonly features: PromqlFeatures
  readonly ignoreUnknownFields: boolean
  /** Leaves out what goes beyond syntax and meaning of single files. */
  readonly syntaxOnly: boolean
}

/**
 * Checks files whose kind their content tells. Rule files are looked at together: those that a prometheus.yml or
 * binnacle.yml names with it, the others with each other; an alertmanager.yml is looked at with all of them.
 */
export async function checkFiles(files: readonly string[], options: CheckOptions): Promise<FileReport[]> {
  const reports: FileReport[] = []
  const loose: { at: number; lint: LintFile }[] = []
  /** Rule files that were looked at with their configuration. */
  const covered = new Set<string>()
  const routings: { at: number; text: string; checked: CheckedAlertmanagerConfig }[] = []
  const named: LintFile[] = []
  let config: PrometheusConfig | undefined
  for (const file of files) {
    const text = options.read(file, file)
    if (text instanceof BinnacleError) {
      reports.push({ file, kind: undefined, errors: [text], warnings: [] })
      continue
    }
    const { report, lint, ruleFiles, routing, configured } = await checkText(text, file, options)
    for (const path of ruleFiles) covered.add(path)
    if (routing !== undefined) routings.push({ at: reports.length, text, checked: routing })
    if (configured !== undefined) {
      named.push(...configured.lint)
      config = configured.config ?? config
    }
    if (lint !== undefined) loose.push({ at: reports.length, lint })
    reports.push(report)
  }
  if (options.syntaxOnly) return reports
  const alone = loose.filter(({ lint }) => !covered.has(resolve(lint.ruleFile.file)))
  for (const finding of lintRules({ files: alone.map(({ lint }) => lint) }, options.nowMs)) {
    const { at } = alone.find(({ lint }) => lint.ruleFile.file === finding.place.file) ?? alone[0]!
    const report = reports[at]!
    reports[at] = { ...report, warnings: [...report.warnings, fromFinding(finding)] }
  }
  if (routings.length === 0) return reports
  const { alertFactsOf, lintAlertmanager, sendingsOf } = await import('../../alerting/index.ts')
  const rules = [...named, ...alone.map(({ lint }) => lint)].map(({ ruleFile }) => ruleFile)
  const sendings = config && sendingsOf(config.global.externalLabels, config.alerting)
  const alerts = rules.length === 0 ? undefined : alertFactsOf(rules, sendings)
  for (const { at, text, checked } of routings) {
    const report = reports[at]!
    const found = lintAlertmanager(text, checked, alerts, await escalatedBeside(report.file, options)).map(fromFinding)
    reports[at] = { ...report, warnings: [...report.warnings, ...found] }
  }
  return reports
}

type Checked = {
  readonly report: FileReport
  readonly lint?: LintFile | undefined
  readonly ruleFiles: readonly string[]
  /** An alertmanager.yml, to be looked at again with the rules. */
  readonly routing?: CheckedAlertmanagerConfig
  /** Rules that a prometheus.yml or binnacle.yml names. */
  readonly configured?: {
    readonly lint: readonly LintFile[]
    /** The prometheus.yml, which says how their alerts are sent. */
    readonly config: PrometheusConfig | undefined
  }
}

/** What is wrong with one file, whose kind its name or its top-level keys tell. */
export async function checkText(text: string, file: string, options: CheckOptions): Promise<Checked> {
  const alone = (
    kind: FileKind | undefined,
    errors: readonly BinnacleError[],
    warnings: readonly CheckWarning[] = [],
  ) => ({
    report: { file, kind, errors, warnings },
    ruleFiles: [],
  })
  if (isTemplateFile(file)) return alone('templates', templateErrors(text, file))
  let value: unknown
  try {
    value = parseYaml(text, file, { scalars: 'text' }).value
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error
    return alone(undefined, error.errors)
  }
  const kind = kindOf(value)
  switch (kind) {
    case 'prometheus': {
      const { report, ruleFiles, ...configured } = checkPrometheus(text, file, options)
      return { report, ruleFiles, configured }
    }
    case 'rules': {
      const { errors, warnings, lint, rules } = checkRules(text, file, options)
      return { report: { file, kind, errors, warnings, content: count(rules, 'rule') }, lint, ruleFiles: [] }
    }
    case 'rule tests': {
      // Loaded here: it brings the evaluation of rules with it.
      const { checkRuleTests } = await import('./check-rule-tests.ts')
      return { report: checkRuleTests(text, file, options), ruleFiles: [] }
    }
    case 'alertmanager': {
      const { report, checked } = await checkAlertmanager(text, file, options)
      return { report, ruleFiles: [], routing: checked }
    }
    case 'binnacle':
      return checkSettings(text, file, options)
    default: {
      const hint =
        'binnacle.yml has keys such as listen, retention or engine; prometheus.yml global or scrape_configs; rule files groups, tests of rules tests; alertmanager.yml route and receivers'
      const place = { file, line: 1, column: 1 }
      return alone(undefined, [
        new BinnacleError('check.unknown_kind', 'cannot tell what this file configures', { place, hint }),
      ])
    }
  }
}
