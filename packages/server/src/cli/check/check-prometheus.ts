import { DEFAULT_LOOKBACK_MS, formatDurationMs } from '@binnacle/promql'
import { ConfigErrors, parseYaml, type YamlDocument } from '../../config/index.ts'
import { checkPrometheusConfig, type PrometheusConfig } from '../../metrics/intake/prometheus-config/index.ts'
import { type LintSet, lintRules } from '../../rules/lint/index.ts'
import type { CheckOptions } from './check-options.ts'
import type { ConfiguredRules } from './check-settings.ts'
import { followRules, type NamedFiles } from './follow-rules.ts'
import { checkNamedFiles } from './named-files.ts'
import { type CheckWarning, count, type FileReport, fromFinding } from './report.ts'

/** prometheus.yml with the rule files that it names, as `promtool check config` follows them. */
export function checkPrometheus(
  text: string,
  file: string,
  options: CheckOptions,
): {
  readonly report: FileReport
  readonly ruleFiles: readonly string[]
} & ConfiguredRules {
  const checked = checkPrometheusConfig(text, file)
  const errors = [...checked.errors]
  const warnings: CheckWarning[] = checked.warnings.map(({ message, ...place }) => ({ place, message }))
  const document = parsed(text, file)
  const { paths, lint, rules, ...found } = followRules(file, document === undefined ? [] : namedBy(document), {
    ...options,
    setting: 'rule_files',
    mustExist: true,
    legacy: checked.config?.global.nameValidation === 'legacy',
  })
  errors.push(...found.errors)
  warnings.push(...found.warnings)
  if (document !== undefined && checked.config !== undefined) {
    const files = checkNamedFiles(file, document)
    errors.push(...files.errors)
    warnings.push(...files.warnings)
  }
  if (!options.syntaxOnly && document !== undefined) {
    // While a file is missing, nobody knows what all of them say together.
    const isWhole = lint.length === paths.length
    const set: LintSet = isWhole ? { files: lint, config: lintConfig(document, text, checked.config) } : { files: lint }
    warnings.push(...lintRules(set, options.nowMs).map(fromFinding), ...slowScrapes(document, checked.config))
  }
  const content = paths.length === 0 ? undefined : `${count(paths.length, 'rule file')}, ${count(rules, 'rule')}`
  return {
    report: { file, kind: 'prometheus', errors, warnings, content },
    ruleFiles: paths,
    lint,
    packs: [],
    config: checked.config,
  }
}

function lintConfig(
  document: YamlDocument,
  text: string,
  config: PrometheusConfig | undefined,
): NonNullable<LintSet['config']> {
  const global = config?.global
  const intervals = (config?.scrapeConfigs ?? []).map(({ scrapeIntervalMs }) => scrapeIntervalMs)
  return {
    place: document.keyPlaceOf(['rule_files']),
    text,
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

function namedBy(document: YamlDocument): NamedFiles[] {
  const patterns = (document.value as { rule_files?: unknown } | null | undefined)?.rule_files
  return (Array.isArray(patterns) ? patterns : []).flatMap((pattern, i) =>
    typeof pattern === 'string' && pattern !== '' ? [{ pattern, place: document.placeOf(['rule_files', i]) }] : [],
  )
}

function parsed(text: string, file: string): YamlDocument | undefined {
  try {
    return parseYaml(text, file, { scalars: 'text' })
  } catch (error) {
    if (error instanceof ConfigErrors) return undefined
    throw error
  }
}
