import { readFileSync } from 'node:fs'
import { labelsOf, type PromqlFeatures } from '@binnacle/promql'
import { BinnacleError, ConfigErrors, messageOf, type Place } from '../config/index.ts'
import { packFilesOf, type Settings } from '../config/settings/index.ts'
import { findFiles } from '../metrics/intake/discovery/index.ts'
import type { ConfigWarning } from '../metrics/intake/prometheus-config/index.ts'
import type { RulesConfig } from '../rules/index.ts'
import type { LintFile } from '../rules/lint/index.ts'
import { checkRuleFile } from '../rules/rule-file/index.ts'
import type { ReadPrometheusConfig } from './config-state.ts'

export type ReadRules = {
  readonly config: RulesConfig
  readonly warnings: readonly ConfigWarning[]
  /** The files with their texts and places, for who looks closer. */
  readonly sources: readonly LintFile[]
}

const DEFAULT_INTERVAL_MS = 60_000

/**
 * Reads the rule files that prometheus.yml and the settings name. Throws `ConfigErrors` with all that is wrong in them; a
 * path that matches nothing is a warning with its place. A file that is named twice counts once.
 */
export function readRules(
  prometheus: ReadPrometheusConfig,
  settings: Settings,
  about: {
    /** binnacle.yml. */
    readonly settingsFile: string | undefined
    /** Where it says `rules.files`. */
    readonly filesPlace?: Place | undefined
    readonly externalUrl: string
  },
): ReadRules {
  const { global } = prometheus
  const { rules, query } = settings
  const named: { written: string; path: string; place: Place }[] = [
    ...prometheus.ruleFiles,
    ...rules.files.map((path) => ({
      written: path,
      path,
      place: { ...(about.filesPlace ?? { file: about.settingsFile ?? '' }), path: 'rules.files' },
    })),
    ...packFilesOf(settings).map((path) => ({ written: path, path, place: { file: path } })),
  ]
  const errors: BinnacleError[] = []
  const warnings: ConfigWarning[] = []
  const files = new Map<string, LintFile>()
  const features: PromqlFeatures = new Set(query.enable_features)
  const warn = ({ file, line, column }: Place, message: string) => {
    warnings.push({ file: file ?? '', line: line ?? 1, column: column ?? 1, message })
  }
  for (const { written, path, place } of named) {
    const found = findFiles(path)
    if (found.length === 0)
      warn(place, `${sectionOf(place)}: nothing matches "${written}", so that no rule of it is loaded`)
    for (const file of found) {
      if (files.has(file)) continue
      const text = readText(file, place)
      if (text instanceof BinnacleError) {
        errors.push(text)
        continue
      }
      // Whatever `metric_name_validation_scheme` says: Prometheus 3.5 looks at it for scrapes only.
      const checked = checkRuleFile(text, file, { features })
      errors.push(...checked.errors)
      for (const { place: at, message } of checked.warnings) warn(at, message)
      if (checked.ruleFile !== undefined) {
        files.set(file, { ruleFile: checked.ruleFile, places: checked.places, text })
      }
    }
  }
  if (errors.length > 0) throw new ConfigErrors(errors)
  const sources = [...files.values()]
  const own = [settings.collectors.host, settings.collectors.process].filter(({ enabled }) => enabled)
  const scrapes = [
    ...own.map(({ interval }) => interval),
    ...prometheus.scrapeConfigs.map(({ scrapeIntervalMs }) => scrapeIntervalMs),
  ]
  return {
    config: {
      files: sources.map(({ ruleFile }) => ruleFile),
      evaluationIntervalMs: global?.evaluationIntervalMs ?? DEFAULT_INTERVAL_MS,
      queryOffsetMs: global?.ruleQueryOffsetMs ?? 0,
      externalLabels: labelsOf(global?.externalLabels ?? {}),
      externalUrl: about.externalUrl.replace(/\/+$/, ''),
      slowestScrapeMs: Math.max(0, ...scrapes),
      noData: rules.no_data.map(({ match, for: forMs, labels }) => ({
        matchers: match,
        forMs,
        labels: labelsOf(labels),
      })),
    },
    warnings,
    sources,
  }
}

function readText(file: string, place: Place): string | BinnacleError {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    return new BinnacleError('config.unreadable', `cannot read ${file}: ${messageOf(error)}`, { place, cause: error })
  }
}

/** `rule_files`, or `rules.files` of our own settings. */
function sectionOf({ path }: Place): string {
  return (path ?? 'rule_files').replace(/\.\d+$/, '')
}
