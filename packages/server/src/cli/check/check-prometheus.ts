import { readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { DEFAULT_LOOKBACK_MS, formatDurationMs } from '@binnacle/promql'
import { resolveIn } from '../../config/go-yaml/index.ts'
import { BinnacleError, ConfigErrors, parseYaml, type YamlDocument } from '../../config/index.ts'
import { findFiles, isPattern } from '../../metrics/intake/discovery/index.ts'
import { checkPrometheusConfig, type PrometheusConfig } from '../../metrics/intake/prometheus-config/index.ts'
import { type LintFile, type LintSet, lintRules } from '../../rules/lint/index.ts'
import type { CheckOptions } from './check-files.ts'
import { checkRules, nearMiss } from './check-rules.ts'
import { type CheckWarning, count, type FileReport, fromFinding } from './report.ts'

/** prometheus.yml with the rule files that it names, as `promtool check config` follows them. */
export function checkPrometheus(
  text: string,
  file: string,
  options: CheckOptions,
): {
  readonly report: FileReport
  readonly ruleFiles: readonly string[]
  readonly lint: readonly LintFile[]
  readonly externalLabels: Readonly<Record<string, string>> | undefined
} {
  const checked = checkPrometheusConfig(text, file)
  const errors = [...checked.errors]
  const warnings: CheckWarning[] = checked.warnings.map(({ message, ...place }) => ({ place, message }))
  const document = parsed(text, file)
  const patterns = (document?.value as { rule_files?: unknown } | null | undefined)?.rule_files
  const paths: string[] = []
  const lint: LintFile[] = []
  let rules = 0
  for (const [i, pattern] of (Array.isArray(patterns) ? patterns : []).entries()) {
    if (document === undefined || typeof pattern !== 'string' || pattern === '') continue
    const found = findFiles(resolveIn(resolve(dirname(file)), pattern))
    if (found.length === 0) {
      const place = document.placeOf(['rule_files', i])
      const hint = hintFor(file, pattern)
      if (isPattern(pattern)) {
        warnings.push({
          place,
          message: `rule_files: no file matches "${pattern}", so that no rule of it is loaded`,
          hint,
        })
      } else {
        const message = `rule_files: there is no file "${pattern}"`
        errors.push(
          new BinnacleError(
            'config.unreadable',
            message,
            hint === undefined ? { place } : { place, hint, kind: 'missing' },
          ),
        )
      }
    }
    for (const path of found) {
      if (paths.includes(path)) continue
      paths.push(path)
      const shown = showFrom(file, path)
      const content = options.read(path, shown)
      if (content instanceof BinnacleError) {
        errors.push(content)
        continue
      }
      const one = checkRules(content, shown, {
        features: options.features,
        ignoreUnknownFields: options.ignoreUnknownFields,
        nameValidation: checked.config?.global.nameValidation ?? 'utf8',
      })
      errors.push(...one.errors)
      warnings.push(...one.warnings)
      rules += one.rules
      if (one.lint !== undefined) lint.push(one.lint)
    }
  }
  if (!options.syntaxOnly && document !== undefined) {
    // While a file is missing, nobody knows what all of them say together.
    const isWhole = lint.length === paths.length
    const set: LintSet = isWhole ? { files: lint, config: lintConfig(document, checked.config) } : { files: lint }
    warnings.push(...lintRules(set, options.nowMs).map(fromFinding), ...slowScrapes(document, checked.config))
  }
  const content = paths.length === 0 ? undefined : `${count(paths.length, 'rule file')}, ${count(rules, 'rule')}`
  const externalLabels = checked.config?.global.externalLabels
  return { report: { file, kind: 'prometheus', errors, warnings, content }, ruleFiles: paths, lint, externalLabels }
}

function lintConfig(document: YamlDocument, config: PrometheusConfig | undefined): NonNullable<LintSet['config']> {
  const global = config?.global
  const intervals = (config?.scrapeConfigs ?? []).map(({ scrapeIntervalMs }) => scrapeIntervalMs)
  return {
    place: document.keyPlaceOf(['rule_files']),
    evaluationIntervalMs: global?.evaluationIntervalMs ?? 60_000,
    scrapeIntervalMs: intervals.length === 0 ? (global?.scrapeIntervalMs ?? 60_000) : Math.min(...intervals),
  }
}

/** Jobs that are scraped so seldom that a query no longer sees their last sample. */
function slowScrapes(document: YamlDocument, config: PrometheusConfig | undefined): CheckWarning[] {
  const jobs = (document.value as { scrape_configs?: unknown } | null)?.scrape_configs
  const found: CheckWarning[] = []
  for (const { jobName, scrapeIntervalMs } of config?.scrapeConfigs ?? []) {
    if (scrapeIntervalMs < DEFAULT_LOOKBACK_MS) continue
    const at = Array.isArray(jobs) ? jobs.findIndex((job) => (job as { job_name?: unknown })?.job_name === jobName) : -1
    const own = ['scrape_configs', at, 'scrape_interval']
    const place =
      at < 0 ? document.placeOf([]) : document.has(own) ? document.placeOf(own) : document.placeOf(own.slice(0, 2))
    const message = `job "${jobName}" is scraped every ${formatDurationMs(scrapeIntervalMs)}: queries look back ${formatDurationMs(DEFAULT_LOOKBACK_MS)}, so that its series have gaps`
    found.push({ check: 'scrape/interval', place, message, hint: 'scrape at least every 2m' })
  }
  return found
}

function hintFor(file: string, pattern: string): string | undefined {
  const folder = resolveIn(resolve(dirname(file)), dirname(pattern))
  if (isPattern(folder)) return undefined
  let names: string[]
  try {
    names = readdirSync(folder).sort()
  } catch {
    return `there is no folder "${dirname(pattern)}"; paths count from the folder of ${file}`
  }
  const near = nearMiss(pattern, names)
  return near === undefined ? undefined : `there is "${join(dirname(pattern), near)}"`
}

/** Paths print as they would be written beside `file`. */
function showFrom(file: string, path: string): string {
  const near = relative(process.cwd(), path)
  return near.startsWith('..') || file.startsWith('/') ? path : near
}

function parsed(text: string, file: string): YamlDocument | undefined {
  try {
    return parseYaml(text, file, { scalars: 'text' })
  } catch (error) {
    if (error instanceof ConfigErrors) return undefined
    throw error
  }
}
