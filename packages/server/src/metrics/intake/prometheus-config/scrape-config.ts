import { createHash } from 'node:crypto'
import { z } from 'zod'
import {
  anything,
  byteSize,
  checkHttpClient,
  count,
  duration,
  factor,
  flag,
  type HttpClientConfig,
  httpClientShape,
  oneOf,
  type Report,
  resolveIn,
  text,
  textList,
  toHttpClient,
} from '../../../config/go-yaml/index.ts'
import { type FileDiscoveryOptions, type TargetGroup, targetGroupSchema } from '../discovery/index.ts'
import { type RelabelRule, relabelRuleSchema } from '../relabel/index.ts'
import type { GlobalConfig } from './global-config.ts'
import { checkProtocols, NAME_ESCAPINGS, NAME_VALIDATIONS, SCRAPE_PROTOCOLS, type ScrapeProtocol } from './protocols.ts'

/** One job, checked, with the globals filled in. Limits of 0 mean none. */
export type ScrapeConfig = {
  readonly jobName: string
  readonly honorLabels: boolean
  readonly honorTimestamps: boolean
  readonly trackTimestampsStaleness: boolean
  readonly params: Readonly<Record<string, readonly string[]>>
  readonly scrapeIntervalMs: number
  readonly scrapeTimeoutMs: number
  /** Most wanted first. */
  readonly scrapeProtocols: readonly ScrapeProtocol[]
  readonly fallbackScrapeProtocol: ScrapeProtocol | undefined
  readonly metricsPath: string
  readonly scheme: string
  readonly enableCompression: boolean
  readonly bodySizeLimitBytes: number
  readonly sampleLimit: number
  readonly targetLimit: number
  readonly labelLimit: number
  readonly labelNameLengthLimit: number
  readonly labelValueLengthLimit: number
  readonly keepDroppedTargets: number
  readonly nameValidation: (typeof NAME_VALIDATIONS)[number]
  readonly nameEscaping: (typeof NAME_ESCAPINGS)[number]
  readonly http: HttpClientConfig
  readonly relabelRules: readonly RelabelRule[]
  readonly metricRelabelRules: readonly RelabelRule[]
  readonly staticGroups: readonly Omit<TargetGroup, 'source'>[]
  readonly fileDiscoveries: readonly FileDiscoveryOptions[]
  /** Equal for configs that mean the same: what it stands for need not be restarted. */
  readonly fingerprint: string
}

/** Mechanisms of Prometheus 3.5 that find targets; `static` and `file` are ours too. Source: its documentation. */
export const LATER_DISCOVERIES = [
  'azure',
  'consul',
  'digitalocean',
  'dns',
  'docker',
  'dockerswarm',
  'ec2',
  'eureka',
  'gce',
  'hetzner',
  'http',
  'ionos',
  'kubernetes',
  'kuma',
  'lightsail',
  'linode',
  'marathon',
  'nerve',
  'nomad',
  'openstack',
  'ovhcloud',
  'puppetdb',
  'scaleway',
  'serverset',
  'stackit',
  'triton',
  'uyuni',
  'vultr',
] as const

export const laterDiscoveryShape = Object.fromEntries(LATER_DISCOVERIES.map((name) => [`${name}_sd_configs`, anything]))

const notEmpty = <S extends z.ZodType>(schema: S, message: string) =>
  z.preprocess((value, context) => {
    if (value === null) context.addIssue({ code: 'custom', message })
    return value
  }, schema)

const listOf = <S extends z.ZodType>(schema: S) =>
  z
    .array(schema, { error: 'expected a list' })
    .nullable()
    .optional()
    .transform((list) => list ?? [])

const DEFAULT_FILE_REFRESH_MS = 5 * 60_000

/** What may stand in a file name pattern for file discovery. Source: prometheus discovery/file. */
const FILE_PATTERN = /^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$/

const fileDiscoverySchema = z.strictObject({
  files: z
    .array(
      z.string({ error: 'expected a path' }).refine((path) => FILE_PATTERN.test(path), {
        error: (issue) => `path name "${issue.input}" is not valid for file discovery`,
      }),
    )
    .min(1, 'file service discovery config must contain at least one path name'),
  refresh_interval: duration,
})

export const staticGroupList = listOf(notEmpty(targetGroupSchema, 'empty or null section in static_configs'))
export const fileDiscoveryList = listOf(notEmpty(fileDiscoverySchema, 'empty or null section in file_sd_configs'))
export const relabelRuleList = (empty: string) => listOf(notEmpty(relabelRuleSchema, empty))

/** With absolute paths. */
export function fileDiscoveriesOf(
  given: z.output<typeof fileDiscoveryList>,
  directory: string,
): readonly FileDiscoveryOptions[] {
  return given.map((found) => ({
    files: found.files.map((path) => resolveIn(directory, path)),
    refreshIntervalMs: found.refresh_interval ?? DEFAULT_FILE_REFRESH_MS,
  }))
}

const scrapeConfigShape = {
  job_name: text,
  honor_labels: flag,
  honor_timestamps: flag,
  track_timestamps_staleness: flag,
  params: z
    .record(z.string(), textList, { error: 'expected parameter names and lists of values' })
    .nullable()
    .optional(),
  scrape_interval: duration,
  scrape_timeout: duration,
  scrape_protocols: textList,
  fallback_scrape_protocol: oneOf(SCRAPE_PROTOCOLS),
  always_scrape_classic_histograms: flag,
  convert_classic_histograms_to_nhcb: flag,
  scrape_failure_log_file: text,
  metrics_path: text,
  scheme: text,
  enable_compression: flag,
  body_size_limit: byteSize,
  sample_limit: count,
  target_limit: count,
  label_limit: count,
  label_name_length_limit: count,
  label_value_length_limit: count,
  native_histogram_bucket_limit: count,
  native_histogram_min_bucket_factor: factor,
  keep_dropped_targets: count,
  metric_name_validation_scheme: oneOf(NAME_VALIDATIONS),
  metric_name_escaping_scheme: oneOf(NAME_ESCAPINGS),
  ...httpClientShape,
  static_configs: staticGroupList,
  file_sd_configs: fileDiscoveryList,
  relabel_configs: relabelRuleList('empty or null target relabeling rule in scrape config'),
  metric_relabel_configs: relabelRuleList('empty or null metric relabeling rule in scrape config'),
} as const

export const scrapeConfigSchema = z.strictObject({ ...scrapeConfigShape, ...laterDiscoveryShape })
// The later mechanisms are known keys of any content; what is read has the types of the shape above.
const readSchema = z.strictObject(scrapeConfigShape)
export type ScrapeConfigInput = z.output<typeof readSchema>

/** Fills in the globals and checks what belongs together. Source: prometheus config/config.go, `ScrapeConfig.Validate`. */
export function toScrapeConfig(
  given: ScrapeConfigInput,
  global: GlobalConfig,
  options: { directory: string; raw: unknown; refuse: Report },
): ScrapeConfig {
  const { directory, refuse } = options
  const jobName = given.job_name ?? ''
  const job = `for scrape config with job name "${jobName}"`
  if (jobName === '') refuse('job_name is empty', given.job_name === undefined ? [] : ['job_name'])
  checkHttpClient(given, refuse)

  const scrapeIntervalMs = given.scrape_interval ?? global.scrapeIntervalMs
  if (given.scrape_timeout !== undefined && given.scrape_timeout > scrapeIntervalMs) {
    refuse(`scrape timeout greater than scrape interval ${job}`, ['scrape_timeout'])
  }
  checkProtocols(given.scrape_protocols, (message) => refuse(`${message} ${job}`, ['scrape_protocols']))

  const nameValidation = given.metric_name_validation_scheme ?? global.nameValidation
  const nameEscaping = given.metric_name_escaping_scheme ?? global.nameEscaping
  if (nameEscaping === 'allow-utf-8' && nameValidation === 'legacy') {
    refuse('utf8 metric names requested but validation scheme is not set to UTF8', [
      given.metric_name_escaping_scheme === undefined ? 'metric_name_validation_scheme' : 'metric_name_escaping_scheme',
    ])
  }
  // With relabelling an address may still become one: only without it a URL is surely a mistake.
  if (given.relabel_configs.length === 0) {
    given.static_configs.forEach((group, i) => {
      group.targets.forEach((target, k) => {
        const address = target.__address__ ?? ''
        if (address.includes('/')) {
          refuse(`"${address}" is not a valid hostname`, ['static_configs', i, 'targets', k])
        }
      })
    })
  }
  const resolved: Omit<ScrapeConfig, 'fingerprint'> = {
    jobName,
    honorLabels: given.honor_labels ?? false,
    honorTimestamps: given.honor_timestamps ?? true,
    trackTimestampsStaleness: given.track_timestamps_staleness ?? false,
    params: Object.fromEntries(Object.entries(given.params ?? {}).map(([name, values]) => [name, values ?? []])),
    scrapeIntervalMs,
    scrapeTimeoutMs: given.scrape_timeout ?? Math.min(global.scrapeTimeoutMs, scrapeIntervalMs),
    scrapeProtocols: (given.scrape_protocols as readonly ScrapeProtocol[] | undefined) ?? global.scrapeProtocols,
    fallbackScrapeProtocol: given.fallback_scrape_protocol,
    metricsPath: given.metrics_path ?? '/metrics',
    scheme: given.scheme ?? 'http',
    enableCompression: given.enable_compression ?? true,
    bodySizeLimitBytes: given.body_size_limit || global.bodySizeLimitBytes,
    sampleLimit: given.sample_limit || global.sampleLimit,
    targetLimit: given.target_limit || global.targetLimit,
    labelLimit: given.label_limit || global.labelLimit,
    labelNameLengthLimit: given.label_name_length_limit || global.labelNameLengthLimit,
    labelValueLengthLimit: given.label_value_length_limit || global.labelValueLengthLimit,
    keepDroppedTargets: given.keep_dropped_targets || global.keepDroppedTargets,
    nameValidation,
    nameEscaping,
    http: toHttpClient(given, directory),
    relabelRules: given.relabel_configs,
    metricRelabelRules: given.metric_relabel_configs,
    staticGroups: given.static_configs,
    fileDiscoveries: fileDiscoveriesOf(given.file_sd_configs, directory),
  }
  // Secrets print as ***, so the text of the job goes in too; only a hash of it is kept.
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([options.raw, global, directory]))
    .digest('base64url')
  return { ...resolved, fingerprint }
}
