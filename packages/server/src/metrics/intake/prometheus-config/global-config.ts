import { z } from 'zod'
import type { Report } from '../../../config/go-yaml/index.ts'
import { byteSize, count, duration, flag, oneOf, text, textList, textMap } from '../../../config/go-yaml/index.ts'
import {
  checkProtocols,
  DEFAULT_SCRAPE_PROTOCOLS,
  NAME_ESCAPINGS,
  NAME_VALIDATIONS,
  type ScrapeProtocol,
} from './protocols.ts'

/** The `global` section with its defaults: what jobs take where they say nothing. Limits of 0 mean none. */
export type GlobalConfig = {
  readonly scrapeIntervalMs: number
  readonly scrapeTimeoutMs: number
  readonly evaluationIntervalMs: number
  readonly ruleQueryOffsetMs: number
  readonly scrapeProtocols: readonly ScrapeProtocol[]
  readonly externalLabels: Readonly<Record<string, string>>
  readonly bodySizeLimitBytes: number
  readonly sampleLimit: number
  readonly targetLimit: number
  readonly labelLimit: number
  readonly labelNameLengthLimit: number
  readonly labelValueLengthLimit: number
  readonly keepDroppedTargets: number
  readonly nameValidation: (typeof NAME_VALIDATIONS)[number]
  readonly nameEscaping: (typeof NAME_ESCAPINGS)[number]
}

export const globalConfigSchema = z
  .strictObject({
    scrape_interval: duration,
    scrape_timeout: duration,
    scrape_protocols: textList,
    evaluation_interval: duration,
    rule_query_offset: duration,
    query_log_file: text,
    scrape_failure_log_file: text,
    external_labels: textMap,
    body_size_limit: byteSize,
    sample_limit: count,
    target_limit: count,
    label_limit: count,
    label_name_length_limit: count,
    label_value_length_limit: count,
    keep_dropped_targets: count,
    metric_name_validation_scheme: oneOf(NAME_VALIDATIONS),
    metric_name_escaping_scheme: oneOf(NAME_ESCAPINGS),
    convert_classic_histograms_to_nhcb: flag,
    always_scrape_classic_histograms: flag,
  })
  .nullable()
  .optional()

const DEFAULT_INTERVAL_MS = 60_000
const DEFAULT_TIMEOUT_MS = 10_000

/** Source: prometheus config/config.go, `GlobalConfig`. */
export function toGlobalConfig(given: z.output<typeof globalConfigSchema>, refuse: Report): GlobalConfig {
  const scrapeIntervalMs = given?.scrape_interval ?? DEFAULT_INTERVAL_MS
  if (given?.scrape_timeout !== undefined && given.scrape_timeout > scrapeIntervalMs) {
    refuse('global scrape timeout greater than scrape interval', ['scrape_timeout'])
  }
  checkProtocols(given?.scrape_protocols, (message) => refuse(`${message} for global config`, ['scrape_protocols']))
  const nameValidation = given?.metric_name_validation_scheme ?? 'utf8'
  return {
    scrapeIntervalMs,
    scrapeTimeoutMs: given?.scrape_timeout ?? Math.min(DEFAULT_TIMEOUT_MS, scrapeIntervalMs),
    evaluationIntervalMs: given?.evaluation_interval ?? DEFAULT_INTERVAL_MS,
    ruleQueryOffsetMs: given?.rule_query_offset ?? 0,
    scrapeProtocols: (given?.scrape_protocols as readonly ScrapeProtocol[] | undefined) ?? DEFAULT_SCRAPE_PROTOCOLS,
    externalLabels: given?.external_labels ?? {},
    bodySizeLimitBytes: given?.body_size_limit ?? 0,
    sampleLimit: given?.sample_limit ?? 0,
    targetLimit: given?.target_limit ?? 0,
    labelLimit: given?.label_limit ?? 0,
    labelNameLengthLimit: given?.label_name_length_limit ?? 0,
    labelValueLengthLimit: given?.label_value_length_limit ?? 0,
    keepDroppedTargets: given?.keep_dropped_targets ?? 0,
    nameValidation,
    nameEscaping: given?.metric_name_escaping_scheme ?? (nameValidation === 'legacy' ? 'underscores' : 'allow-utf-8'),
  }
}
