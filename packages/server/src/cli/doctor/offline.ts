import { resolve } from 'node:path'
import { labelsOf, type PromqlFeatures } from '@binnacle/promql'
import { checkAlertmanagerConfig, sendingsOf } from '../../alerting/index.ts'
import { BinnacleError, ConfigErrors, parseYaml } from '../../config/index.ts'
import {
  ANY_VALUE,
  createPageCatalogue,
  type DoctorFinding,
  type DoctorReport,
  diagnose,
  type KnownJob,
  type Page,
  type RoutingToExamine,
} from '../../doctor/index.ts'
import { findFiles } from '../../metrics/intake/discovery/index.ts'
import {
  checkPrometheusConfig,
  NO_ALERTMANAGERS,
  type PrometheusConfig,
} from '../../metrics/intake/prometheus-config/index.ts'
import type { LintFile } from '../../rules/lint/index.ts'
import { checkRuleFile } from '../../rules/rule-file/index.ts'
import type { Clock } from '../../telemetry/index.ts'
import { followRules, isTemplateFile, kindOf } from '../check/index.ts'

export type OfflineOptions = {
  readonly pages: readonly Page[]
  /** Text of a file; `shown` is its name in messages. Throws `BinnacleError`. */
  readonly read: (path: string, shown: string) => string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly features: PromqlFeatures
  readonly clock: Clock
}

/**
 * What the files ask for, held against pages of metrics. Throws `ConfigErrors` with every mistake of the files, since what
 * cannot be read cannot be judged.
 */
export async function diagnoseFiles(files: readonly string[], options: OfflineOptions): Promise<DoctorReport> {
  const { read, features, clock } = options
  const errors: BinnacleError[] = []
  const loose: LintFile[] = []
  const named: LintFile[] = []
  const covered = new Set<string>()
  const found: DoctorFinding[] = []
  const templates: { file: string; text: string }[] = []
  let prometheus: PrometheusConfig | undefined
  let routing: { text: string; file: string } | undefined
  for (const file of files) {
    const text = tryRead(() => read(file, file), errors)
    if (text === undefined) continue
    if (isTemplateFile(file)) {
      templates.push({ file, text })
      continue
    }
    switch (kindOfText(text, file, errors)) {
      case 'rules': {
        const { ruleFile, errors: wrong, places } = checkRuleFile(text, file, { features })
        errors.push(...wrong)
        if (ruleFile !== undefined) loose.push({ ruleFile, places, text })
        break
      }
      case 'prometheus': {
        const checked = checkPrometheusConfig(text, file)
        errors.push(...checked.errors)
        prometheus = checked.config
        const followed = followRules(
          file,
          (checked.config?.ruleFiles ?? []).map(({ written, place }) => ({ pattern: written, place })),
          {
            read: (path, shown) => tryError(() => read(path, shown)),
            environment: options.environment,
            nowMs: clock.now(),
            features,
            ignoreUnknownFields: false,
            syntaxOnly: true,
            setting: 'rule_files',
            mustExist: true,
            legacy: false,
          },
        )
        errors.push(...followed.errors)
        named.push(...followed.lint)
        for (const path of followed.paths) covered.add(path)
        for (const { place, message, hint } of followed.warnings) {
          found.push({
            check: 'doctor/not_loaded',
            kind: 'not_loaded',
            severity: 'warning',
            message,
            place,
            ...(hint === undefined ? {} : { hint }),
          })
        }
        break
      }
      case 'alertmanager':
        routing = { text, file }
        break
      default:
        if (errors.length === 0) errors.push(unknownKind(file))
    }
  }
  const routed = routing === undefined ? undefined : readRouting(routing, options, templates, errors)
  if (errors.length > 0) throw new ConfigErrors(errors)
  const more = loose.filter(({ ruleFile }) => !covered.has(resolve(ruleFile.file)))
  const notLoaded = new Map<string, string>()
  if (prometheus !== undefined) {
    for (const { ruleFile } of more) {
      const message = `${ruleFile.file} is loaded by nobody: rule_files of ${prometheus.file} does not match it`
      notLoaded.set(ruleFile.file, message)
      const hint = `name it in rule_files of ${prometheus.file}`
      const place = { file: ruleFile.file, line: 1, column: 1 }
      found.push({ check: 'doctor/not_loaded', kind: 'not_loaded', severity: 'error', message, hint, place })
    }
  }
  const catalogue = createPageCatalogue(options.pages, jobsOf(prometheus))
  return diagnose(
    {
      rules: [...named, ...more],
      notLoaded,
      files: found,
      routing: routed,
      others: [],
      sendings: sendingsOf(prometheus?.global.externalLabels ?? {}, prometheus?.alerting ?? NO_ALERTMANAGERS),
    },
    { catalogue, clock, pause: () => undefined },
  )
}

/** Jobs with the targets that the file itself names; where relabelling gives another job, nobody knows which. */
function jobsOf(prometheus: PrometheusConfig | undefined): KnownJob[] {
  return (prometheus?.scrapeConfigs ?? []).map(({ jobName, staticGroups, relabelRules }) => ({
    job: relabelRules.some(({ targetLabel }) => targetLabel === 'job') ? ANY_VALUE : jobName,
    instances: staticGroups.flatMap(({ targets, labels }) =>
      targets.map((target) => labelsOf({ ...visible(labels), instance: target.__address__ ?? '' })),
    ),
  }))
}

const visible = (labels: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => !name.startsWith('__')))

function readRouting(
  { text, file }: { readonly text: string; readonly file: string },
  { environment, read }: OfflineOptions,
  templates: readonly { readonly file: string; readonly text: string }[],
  errors: BinnacleError[],
): RoutingToExamine | undefined {
  // Addresses and secrets do not matter here: variables need not be set.
  const lenient = new Proxy(environment, {
    get: (given, name) => given[String(name)] ?? 'http://unset.invalid:80',
    has: () => true,
  })
  const values = {
    smtp_smarthost: 'unset.invalid:25',
    smtp_from: 'unset@unset.invalid',
    slack_api_url: 'http://unset.invalid',
  }
  const checked = checkAlertmanagerConfig(text, file, { environment: lenient, defaults: { values } })
  errors.push(...checked.errors)
  const more = (checked.config?.templates ?? []).flatMap((pattern) => findFiles(pattern))
  const all = more.flatMap((path) => {
    const content = tryRead(() => read(path, path), errors)
    return content === undefined ? [] : [{ file: path, text: content }]
  })
  return { text, checked, templates: [...templates, ...all] }
}

function kindOfText(text: string, file: string, errors: BinnacleError[]) {
  try {
    return kindOf(parseYaml(text, file, { scalars: 'text' }).value)
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error
    errors.push(...error.errors)
    return undefined
  }
}

function tryRead(read: () => string, errors: BinnacleError[]): string | undefined {
  const text = tryError(read)
  if (typeof text === 'string') return text
  errors.push(text)
  return undefined
}

function tryError(read: () => string): string | BinnacleError {
  try {
    return read()
  } catch (error) {
    if (error instanceof BinnacleError) return error
    throw error
  }
}

function unknownKind(file: string): BinnacleError {
  return new BinnacleError('check.unknown_kind', 'cannot tell what this file configures', {
    place: { file, line: 1, column: 1 },
    hint: 'the doctor takes rule files, prometheus.yml, alertmanager.yml and templates',
  })
}
