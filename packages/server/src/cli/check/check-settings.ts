import { dirname, resolve } from 'node:path'
import { resolveIn } from '../../config/go-yaml/index.ts'
import { BinnacleError, ConfigErrors, parseYaml, type YamlDocument } from '../../config/index.ts'
import { loadSettings } from '../../config/settings/index.ts'
import { findFiles } from '../../metrics/intake/discovery/index.ts'
import { type LintFile, lintRules } from '../../rules/lint/index.ts'
import { alertingDefaults } from './alerting-defaults.ts'
import type { CheckOptions } from './check-files.ts'
import { followRules, type NamedFiles } from './follow-rules.ts'
import { type CheckWarning, count, type FileReport, fromFinding } from './report.ts'

/** binnacle.yml with the rule files, and tests of rules, that it names. */
export async function checkSettings(
  text: string,
  file: string,
  options: CheckOptions,
): Promise<{
  readonly report: FileReport
  readonly ruleFiles: readonly string[]
  readonly configured: { readonly lint: readonly LintFile[]; readonly config: undefined }
}> {
  const errors = [...(await settingsErrors(text, file, options.environment))]
  const warnings: CheckWarning[] = []
  const nothing = { lint: [], config: undefined }
  if (errors.length > 0)
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
  if (!options.syntaxOnly) warnings.push(...lintRules({ files: rules.lint }, options.nowMs).map(fromFinding))
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
  const content =
    rules.paths.length === 0 ? undefined : `${count(rules.paths.length, 'rule file')}, ${count(rules.rules, 'rule')}`
  const report: FileReport = { file, kind: 'binnacle', errors, warnings, content }
  return { report, ruleFiles: rules.paths, configured: { lint: rules.lint, config: undefined } }
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

async function settingsErrors(
  text: string,
  file: string,
  environment: CheckOptions['environment'],
): Promise<readonly BinnacleError[]> {
  try {
    const { settings } = loadSettings({ file: { name: file, text }, environment, workingDirectory: process.cwd() })
    // The collector knows its own options best; it is loaded only here because it makes every other command slower.
    const { hostOptionsSchema } = await import('../../collectors/index.ts')
    const document = parseYaml(text, file)
    const { families } = settings.collectors.host
    const found = hostOptionsSchema.pick({ families: true }).safeParse({ families })
    return [
      ...(await defaultErrors(text, file, environment)),
      ...(found.error?.issues ?? []).map((issue) => {
        const name = String(issue.path.at(-1))
        return new BinnacleError('config.unknown_key', `collectors.host has no family "${name}"`, {
          place: document.keyPlaceOf(['collectors', 'host', ...issue.path]),
          hint: 'docs/collectors.md lists them',
        })
      }),
    ]
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error
    return error.errors
  }
}
