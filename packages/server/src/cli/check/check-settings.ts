import { dirname, join, relative, resolve } from 'node:path'
import { resolveIn } from '../../config/go-yaml/index.ts'
import { BinnacleError, ConfigErrors, parseYaml, type YamlDocument } from '../../config/index.ts'
import { loadSettings, packFilesOf, type Settings } from '../../config/settings/index.ts'
import { findFiles } from '../../metrics/intake/discovery/index.ts'
import type { PrometheusConfig } from '../../metrics/intake/prometheus-config/index.ts'
import { type Finding, type LintFile, lintRules } from '../../rules/lint/index.ts'
import { alertingDefaults } from './alerting-defaults.ts'
import type { CheckOptions } from './check-options.ts'
import { checkRules } from './check-rules.ts'
import { followRules, type NamedFiles } from './follow-rules.ts'
import { type CheckWarning, count, type FileReport, fromFinding } from './report.ts'

/** Rules that a configuration brings, for routing. */
export type ConfiguredRules = {
  readonly lint: readonly LintFile[]
  /** Those that come with Binnacle and are switched on. */
  readonly packs: readonly LintFile[]
  /** The prometheus.yml, which says how their alerts are sent. */
  readonly config: PrometheusConfig | undefined
}

/** binnacle.yml with the rule files, packs, and tests of rules, that it names. */
export async function checkSettings(
  text: string,
  file: string,
  options: CheckOptions,
): Promise<{
  readonly report: FileReport
  readonly ruleFiles: readonly string[]
  readonly configured: ConfiguredRules
}> {
  const { settings, ...read } = await readSettings(text, file, options)
  const errors = [...read.errors]
  const warnings: CheckWarning[] = []
  const nothing = { lint: [], packs: [], config: undefined }
  if (settings === undefined || errors.length > 0)
    return { report: { file, kind: 'binnacle', errors, warnings }, ruleFiles: [], configured: nothing }
  const document = parseYaml(text, file)
  const rules = followRules(file, namedBy(document, 'files'), {
    ...options,
    setting: 'rules.files',
    mustExist: false,
    legacy: false,
  })
  errors.push(...rules.errors)
  warnings.push(...rules.warnings)
  const packs = readPacks(settings, options)
  if (!options.syntaxOnly) {
    warnings.push(...lintBesidePacks(rules.lint, packs, options.nowMs).map(fromFinding))
  }
  const tests = namedBy(document, 'tests').flatMap(({ pattern, place }) => {
    const found = findFiles(resolveIn(resolve(dirname(file)), pattern))
    if (found.length === 0) warnings.push({ place, message: `rules.tests: no file matches "${pattern}"` })
    return found
  })
  // Loaded here: it brings the evaluation of rules with it.
  const { checkRuleTests } = await import('./check-rule-tests.ts')
  for (const path of new Set(tests)) {
    const content = options.read(path, path)
    if (content instanceof BinnacleError) {
      errors.push(content)
      continue
    }
    const report = checkRuleTests(content, path, options)
    errors.push(...report.errors)
    warnings.push(...report.warnings)
  }
  const content = [
    ...(rules.paths.length === 0 ? [] : [count(rules.paths.length, 'rule file'), count(rules.rules, 'rule')]),
    ...(packs.length === 0 ? [] : [count(packs.length, 'pack')]),
  ].join(', ')
  const report: FileReport = { file, kind: 'binnacle', errors, warnings, content: content === '' ? undefined : content }
  return { report, ruleFiles: rules.paths, configured: { lint: rules.lint, packs, config: undefined } }
}

function namedBy(document: YamlDocument, key: string): NamedFiles[] {
  const rules = (document.value as { rules?: Record<string, unknown> } | null)?.rules
  const patterns = rules?.[key]
  if (!Array.isArray(patterns)) return []
  return patterns.flatMap((pattern, i) =>
    typeof pattern === 'string' ? [{ pattern, place: document.placeOf(['rules', key, i]) }] : [],
  )
}

/** What is wrong with `alerting.defaults`, which are keys of an alertmanager.yml. */
async function defaultErrors(
  text: string,
  file: string,
  environment: CheckOptions['environment'],
): Promise<readonly BinnacleError[]> {
  const defaults = alertingDefaults(text, file, environment)
  if (defaults === undefined) return []
  const { checkAlertmanagerConfig, NO_CONFIG } = await import('../../alerting/index.ts')
  const { errors } = checkAlertmanagerConfig(NO_CONFIG, 'alertmanager.yml', { environment, defaults })
  // What excludes one another is told by the key in the file that is made of them.
  return errors.map(({ code, message, hint, place }) => {
    const own = place?.file === 'alertmanager.yml' ? { file, line: 1, column: 1 } : (place ?? { file })
    return new BinnacleError(code, message, { place: own, ...(hint === undefined ? {} : { hint }) })
  })
}

async function readSettings(
  text: string,
  file: string,
  options: CheckOptions,
): Promise<{ readonly settings?: Settings; readonly errors: readonly BinnacleError[] }> {
  const { environment } = options
  // `up` takes an alertmanager.yml that stands beside it.
  const beside = join(dirname(file), 'alertmanager.yml')
  const isThere = !(options.read(beside, beside) instanceof BinnacleError)
  try {
    const { settings } = loadSettings({
      file: { name: file, text },
      environment,
      workingDirectory: process.cwd(),
      ...(isThere ? { foundAlertmanagerConfig: beside } : {}),
    })
    // The collector knows its own options best; it is loaded only here because it makes every other command slower.
    const { hostOptionsSchema } = await import('../../collectors/index.ts')
    const document = parseYaml(text, file)
    const { families } = settings.collectors.host
    const found = hostOptionsSchema.pick({ families: true }).safeParse({ families })
    const errors = [
      ...(await defaultErrors(text, file, environment)),
      ...(found.error?.issues ?? []).map((issue) => {
        const name = String(issue.path.at(-1))
        return new BinnacleError('config.unknown_key', `collectors.host has no family "${name}"`, {
          place: document.keyPlaceOf(['collectors', 'host', ...issue.path]),
          hint: 'docs/collectors.md lists them',
        })
      }),
    ]
    return { settings, errors }
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error
    return { errors: error.errors }
  }
}

const SAME_NAME = 'alerts/same_name'

/** Findings in the user's own files: what packs have is no measure for them, but their alerts' names are taken. */
function lintBesidePacks(own: readonly LintFile[], packs: readonly LintFile[], nowMs: number): Finding[] {
  if (packs.length === 0) return lintRules({ files: own }, nowMs)
  const names = lintRules({ files: [...packs, ...own] }, nowMs, new Set([SAME_NAME]))
  return [
    ...lintRules({ files: own }, nowMs).filter(({ check }) => check !== SAME_NAME),
    ...names.filter(({ place }) => own.some(({ ruleFile }) => ruleFile.file === place.file)),
  ]
}

/** Rules of the packs that are switched on. */
function readPacks(settings: Settings, options: CheckOptions): readonly LintFile[] {
  return packFilesOf(settings).flatMap((path) => {
    const shown = relative(process.cwd(), path)
    const text = options.read(path, shown)
    if (text instanceof BinnacleError) return []
    const { lint } = checkRules(text, shown, options)
    return lint === undefined ? [] : [lint]
  })
}
