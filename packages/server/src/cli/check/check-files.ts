import { resolve } from 'node:path'
import type { CheckedAlertmanagerConfig } from '../../alerting/index.ts'
import { BinnacleError, ConfigErrors, parseYaml } from '../../config/index.ts'
import type { PrometheusConfig } from '../../metrics/intake/prometheus-config/index.ts'
import { type LintFile, lintRules } from '../../rules/lint/index.ts'
import { escalatedBeside } from './alerting-defaults.ts'
import { checkAlertmanager, type TemplateText, templateErrors } from './check-alertmanager.ts'
import type { CheckOptions } from './check-options.ts'
import { checkPrometheus } from './check-prometheus.ts'
import { checkRules } from './check-rules.ts'
import { type ConfiguredRules, checkSettings } from './check-settings.ts'
import { type FileKind, isTemplateFile, kindOf } from './file-kind.ts'
import { type CheckWarning, count, type FileReport, fromFinding } from './report.ts'

/**
 * Checks files whose kind their content tells. Rule files are looked at together: those that a prometheus.yml or
 * binnacle.yml names with it, the others with each other; an alertmanager.yml is looked at with all of them.
 */
export async function checkFiles(files: readonly string[], options: CheckOptions): Promise<FileReport[]> {
  const reports: FileReport[] = []
  const loose: { at: number; lint: LintFile }[] = []
  /** Rule files that were looked at with their configuration. */
  const covered = new Set<string>()
  const routings: (Routing & { at: number; text: string })[] = []
  const named: LintFile[] = []
  const packs: LintFile[] = []
  const definitions: { at: number; path: string; text: string }[] = []
  let config: PrometheusConfig | undefined
  for (const file of files) {
    const text = options.read(file, file)
    if (text instanceof BinnacleError) {
      reports.push({ file, kind: undefined, errors: [text], warnings: [] })
      continue
    }
    const { report, lint, ruleFiles, routing, configured } = await checkText(text, file, options)
    for (const path of ruleFiles) covered.add(path)
    if (routing !== undefined) routings.push({ at: reports.length, text, ...routing })
    if (configured !== undefined) {
      named.push(...configured.lint)
      packs.push(...configured.packs)
      config = configured.config ?? config
    }
    if (lint !== undefined) loose.push({ at: reports.length, lint })
    if (report.kind === 'templates' && report.errors.length === 0)
      definitions.push({ at: reports.length, path: file, text })
    reports.push(report)
  }
  if (options.syntaxOnly) return reports
  const warn = (at: number, warnings: readonly CheckWarning[]) => {
    const report = reports[at]!
    reports[at] = { ...report, warnings: [...report.warnings, ...warnings] }
  }
  const alone = loose.filter(({ lint }) => !covered.has(resolve(lint.ruleFile.file)))
  for (const finding of lintRules({ files: alone.map(({ lint }) => lint) }, options.nowMs)) {
    const { at } = alone.find(({ lint }) => lint.ruleFile.file === finding.place.file) ?? alone[0]!
    warn(at, [fromFinding(finding)])
  }
  if (routings.length === 0 && definitions.length === 0) return reports
  const { alertFactsOf, inOrder, lintAlertmanager, lintDefinitions, lintTemplates, sendingsOf } = await import(
    '../../alerting/index.ts'
  )
  const own = [...named, ...alone.map(({ lint }) => lint)]
  // With packs alone, the alerts that matter come from elsewhere.
  const rules = own.length === 0 ? [] : [...own, ...packs]
  const alerts =
    rules.length === 0
      ? undefined
      : alertFactsOf(
          rules.map(({ ruleFile }) => ruleFile),
          config && sendingsOf(config.global.externalLabels, config.alerting),
        )
  const { nowMs } = options
  for (const { at, text, checked, templates: files } of routings) {
    const { file, errors } = reports[at]!
    const escalated = await escalatedBeside(file, options)
    const found = lintAlertmanager(text, checked, alerts, escalated)
    if (errors.length === 0) {
      found.push(...(await lintTemplates(text, checked, { files, alerts, escalated, nowMs })))
    }
    warn(at, inOrder(found, file).map(fromFinding))
  }
  const filled = new Set(routings.flatMap(({ templates }) => templates.map(({ path }) => resolve(path))))
  const left = definitions.filter(({ path }) => !filled.has(resolve(path)))
  for (const finding of lintDefinitions(left, nowMs)) {
    warn(left.find(({ path }) => path === finding.place.file)?.at ?? 0, [fromFinding(finding)])
  }
  return reports
}

/** An alertmanager.yml, to be looked at again with the rules. */
type Routing = { readonly checked: CheckedAlertmanagerConfig; readonly templates: readonly TemplateText[] }

type Checked = {
  readonly report: FileReport
  readonly lint?: LintFile | undefined
  readonly ruleFiles: readonly string[]
  readonly routing?: Routing
  /** Rules that a prometheus.yml or binnacle.yml names. */
  readonly configured?: ConfiguredRules
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
      const { report, ...routing } = await checkAlertmanager(text, file, options)
      return { report, ruleFiles: [], routing }
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
