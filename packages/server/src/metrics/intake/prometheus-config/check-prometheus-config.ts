import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { anything, resolveIn, textList } from '../../../config/go-yaml/index.ts'
import {
  BinnacleError,
  byPlace,
  checkSchema,
  messageOf,
  type Place,
  parseYamlInto,
  valueAt,
  type YamlDocument,
  type YamlPath,
} from '../../../config/index.ts'
import { findFiles } from '../discovery/index.ts'
import {
  type AlertmanagersConfig,
  type AlertmanagersInput,
  alertingSchema,
  alertmanagersSchema,
  type PrometheusAlerting,
  toAlertmanagersConfig,
} from './alertmanagers-config.ts'
import { type GlobalConfig, globalConfigSchema, toGlobalConfig } from './global-config.ts'
import {
  LATER_DISCOVERIES,
  type ScrapeConfig,
  type ScrapeConfigInput,
  scrapeConfigSchema,
  toScrapeConfig,
} from './scrape-config.ts'

export type PrometheusConfig = {
  readonly file: string
  readonly global: GlobalConfig
  /** In the order of the file, those of `scrape_config_files` after them; job names are unique. */
  readonly scrapeConfigs: readonly ScrapeConfig[]
  /** In the order of the file; what they match is looked up when rules are loaded. */
  readonly ruleFiles: readonly RuleFilePattern[]
  readonly alerting: PrometheusAlerting
}

/** A path or a pattern of `rule_files`. */
export type RuleFilePattern = {
  readonly written: string
  /** The same, absolute. */
  readonly path: string
  readonly place: Place
}

/** Something that Prometheus does and Binnacle does not (yet). Lines and columns count from 1. */
export type ConfigWarning = {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
}

export type CheckedPrometheusConfig = {
  /** There when there are no errors. */
  readonly config?: PrometheusConfig
  readonly errors: readonly BinnacleError[]
  readonly warnings: readonly ConfigWarning[]
}

const PATH_PATTERN = /^[^*]*(\*[^/]*)?$/

const jobs = z.array(z.unknown(), { error: 'expected a list of scrape configs' }).nullable().optional()

const topSchema = z
  .strictObject({
    global: anything,
    runtime: anything,
    alerting: anything,
    rule_files: textList,
    scrape_config_files: textList,
    scrape_configs: jobs,
    storage: anything,
    tracing: anything,
    remote_write: anything,
    remote_read: anything,
    otlp: anything,
  })
  .nullable()

const jobFileSchema = z.strictObject({ scrape_configs: jobs }).nullable()

const LATER = 'comes with a later version of Binnacle; ignored'
const LATER_TOP: Readonly<Record<string, string>> = {
  remote_write: `remote_write: ${LATER}`,
  remote_read: `remote_read: ${LATER}`,
  otlp: `otlp: ${LATER}`,
  storage: 'storage: Binnacle has its own storage settings; ignored',
  tracing: 'tracing: Binnacle has its own tracing settings; ignored',
  runtime: 'runtime: settings of the Go runtime; ignored',
}
const LATER_GLOBAL: Readonly<Record<string, string>> = {
  query_log_file: `query_log_file: ${LATER}`,
  scrape_failure_log_file: `scrape_failure_log_file: ${LATER}`,
  convert_classic_histograms_to_nhcb: `native histograms: ${LATER}`,
  always_scrape_classic_histograms: `native histograms: ${LATER}`,
}
const LATER_JOB: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    LATER_DISCOVERIES.map((name) => [
      `${name}_sd_configs`,
      `${name}_sd_configs: this discovery ${LATER}, so its targets are missing`,
    ]),
  ),
  oauth2: `oauth2: ${LATER}, so the target is scraped without a token`,
  proxy_url: `proxy_url: ${LATER}, so the target is scraped directly`,
  proxy_from_environment: `proxy_from_environment: ${LATER}, so the target is scraped directly`,
  scrape_failure_log_file: `scrape_failure_log_file: ${LATER}`,
  native_histogram_bucket_limit: `native histograms: ${LATER}`,
  native_histogram_min_bucket_factor: `native histograms: ${LATER}`,
  convert_classic_histograms_to_nhcb: `native histograms: ${LATER}`,
  always_scrape_classic_histograms: `native histograms: ${LATER}`,
}

const LATER_ALERTMANAGERS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    LATER_DISCOVERIES.map((name) => [
      `${name}_sd_configs`,
      `${name}_sd_configs: this discovery ${LATER}, so these Alertmanagers get no alerts`,
    ]),
  ),
  sigv4: `sigv4: ${LATER}, so requests are not signed`,
}

/**
 * Reads the text of a prometheus.yml as Prometheus 3.5 does. All findings are reported. Relative paths count from the
 * directory of `file`; files named by `scrape_config_files` are read. Never throws for what stands in the files.
 */
export function checkPrometheusConfig(text: string, file: string): CheckedPrometheusConfig {
  const errors: BinnacleError[] = []
  const warnings: ConfigWarning[] = []
  const directory = resolve(dirname(file))
  const document = parseYamlInto(errors, text, file, { scalars: 'text' })
  if (!document) return { errors, warnings }
  const top = checkSchema(document, topSchema)
  errors.push(...top.errors)

  const refuse = (at: YamlDocument, base: YamlPath) => (message: string, path: YamlPath) => {
    errors.push(new BinnacleError('config.invalid_value', message, { place: at.placeOf([...base, ...path]) }))
  }
  const warn = (at: YamlDocument, base: YamlPath, later: Readonly<Record<string, string>>) => {
    for (const [key, message] of Object.entries(later)) {
      if (isEmpty(valueAt(at, [...base, key]))) continue
      const place = at.keyPlaceOf([...base, key])
      warnings.push({ file: at.file, line: place.line ?? 1, column: place.column ?? 1, message })
    }
  }

  warn(document, [], LATER_TOP)
  warn(document, ['global'], LATER_GLOBAL)
  const global = checkSchema(document, globalConfigSchema, { base: ['global'] })
  errors.push(...global.errors)
  const globals = toGlobalConfig(global.value, refuse(document, ['global']))
  for (const key of ['rule_files', 'scrape_config_files'] as const) {
    const title = key === 'rule_files' ? 'rule file' : 'scrape config file'
    for (const [i, path] of (top.value?.[key] ?? []).entries()) {
      if (!PATH_PATTERN.test(path)) refuse(document, [key])(`invalid ${title} path "${path}"`, [i])
    }
  }

  const alerting = checkSchema(document, alertingSchema, { base: ['alerting'] })
  errors.push(...alerting.errors)
  const alertmanagers: AlertmanagersConfig[] = []
  for (const [i, raw] of (alerting.value?.alertmanagers ?? []).entries()) {
    const base = ['alerting', 'alertmanagers', i]
    const report = refuse(document, base)
    if (raw === null) {
      report('empty or null Alertmanager config section', [])
      continue
    }
    warn(document, base, LATER_ALERTMANAGERS)
    const entry = checkSchema(document, alertmanagersSchema, { base })
    errors.push(...entry.errors)
    // As with jobs: the keys that are read are those of AlertmanagersInput.
    if (entry.value) {
      const input = entry.value as AlertmanagersInput
      alertmanagers.push(toAlertmanagersConfig(input, { directory, refuse: report }))
    }
  }

  const scrapeConfigs: ScrapeConfig[] = []
  const firstOf = new Map<string, string>()
  const readJobs = (at: YamlDocument, folder: string) => {
    const list = valueAt(at, ['scrape_configs'])
    if (!Array.isArray(list)) return
    for (const [i, raw] of list.entries()) {
      const base = ['scrape_configs', i]
      const report = refuse(at, base)
      if (raw === null) {
        report('empty or null scrape config section', [])
        continue
      }
      warn(at, base, LATER_JOB)
      const job = checkSchema(at, scrapeConfigSchema, { base })
      errors.push(...job.errors)
      const name = (raw as { job_name?: unknown }).job_name
      if (typeof name === 'string' && name !== '') {
        const first = firstOf.get(name)
        const where = at === document || first === undefined ? '' : `, first found in ${first}`
        if (first !== undefined) {
          report(`found multiple scrape configs with job name "${name}"${where}`, ['job_name'])
        } else firstOf.set(name, at === document ? 'main config file' : `"${at.file}"`)
      }
      // The type of the schema's later keys is unknown; the ones that are read are those of ScrapeConfigInput.
      if (job.value) {
        const input = job.value as ScrapeConfigInput
        scrapeConfigs.push(toScrapeConfig(input, globals, { directory: folder, raw, refuse: report }))
      }
    }
  }
  readJobs(document, directory)
  for (const pattern of top.value?.scrape_config_files ?? []) {
    for (const path of findFiles(resolveIn(directory, pattern))) {
      let content: string
      try {
        content = readFileSync(path, 'utf8')
      } catch (error) {
        errors.push(new BinnacleError('config.unreadable', messageOf(error), { place: { file: path }, cause: error }))
        continue
      }
      const extra = parseYamlInto(errors, content, path, { scalars: 'text' })
      if (!extra) continue
      errors.push(...checkSchema(extra, jobFileSchema).errors)
      readJobs(extra, dirname(path))
    }
  }
  errors.sort((a, b) => (a.place?.file === b.place?.file ? byPlace(a, b) : a.place?.file === file ? -1 : 1))
  warnings.sort((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file === file ? -1 : 1))
  if (errors.length > 0) return { errors, warnings }
  const ruleFiles = (top.value?.rule_files ?? []).map((written, i) => ({
    written,
    path: resolveIn(directory, written),
    place: document.placeOf(['rule_files', i]),
  }))
  return {
    config: {
      file,
      global: globals,
      scrapeConfigs,
      ruleFiles,
      alerting: {
        alertRelabelRules: alerting.value?.alert_relabel_configs ?? [],
        alertmanagers,
        place: document.keyPlaceOf(['alerting', 'alertmanagers']),
      },
    },
    errors,
    warnings,
  }
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 'false') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}
