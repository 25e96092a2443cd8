import { z } from 'zod'
import {
  anything,
  checkHttpClient,
  duration,
  type HttpClientInput,
  httpClientShape,
  type Report,
  text,
} from '../../../config/go-yaml/index.ts'
import type { Place } from '../../../config/index.ts'
import type { FileDiscoveryOptions, TargetGroup } from '../discovery/index.ts'
import type { RelabelRule } from '../relabel/index.ts'
import {
  fileDiscoveriesOf,
  fileDiscoveryList,
  laterDiscoveryShape,
  relabelRuleList,
  staticGroupList,
} from './scrape-config.ts'

/** `alerting` of a prometheus.yml: the Alertmanagers that alerts of rules are sent to. */
export type PrometheusAlerting = {
  /** What becomes of an alert's labels before anybody gets it. */
  readonly alertRelabelRules: readonly RelabelRule[]
  readonly alertmanagers: readonly AlertmanagersConfig[]
  /** Where `alertmanagers` stands. */
  readonly place: Place
}

/** One entry of `alertmanagers`: how to find some of them, and how to speak to them. */
export type AlertmanagersConfig = {
  readonly scheme: string
  readonly pathPrefix: string
  readonly timeoutMs: number
  /** Keys of an HTTP client as they stand in the file; relative paths count from `directory`. */
  readonly http: HttpClientInput
  readonly directory: string
  readonly relabelRules: readonly RelabelRule[]
  readonly alertRelabelRules: readonly RelabelRule[]
  readonly staticGroups: readonly Omit<TargetGroup, 'source'>[]
  readonly fileDiscoveries: readonly FileDiscoveryOptions[]
}

export const NO_ALERTMANAGERS: PrometheusAlerting = { alertRelabelRules: [], alertmanagers: [], place: {} }

const entryShape = {
  scheme: text,
  path_prefix: text,
  timeout: duration,
  api_version: text,
  sigv4: anything,
  ...httpClientShape,
  static_configs: staticGroupList,
  file_sd_configs: fileDiscoveryList,
  relabel_configs: relabelRuleList('empty or null Alertmanager target relabeling rule'),
  alert_relabel_configs: relabelRuleList('empty or null Alertmanager alert relabeling rule'),
} as const

/** Source: prometheus.io, "Configuration", `<alertmanager_config>`. */
export const alertingSchema = z
  .strictObject({
    alert_relabel_configs: relabelRuleList('empty or null alert relabeling rule'),
    alertmanagers: z.array(z.unknown(), { error: 'expected a list' }).nullable().optional(),
  })
  .nullable()
  .optional()

export const alertmanagersSchema = z.strictObject({ ...entryShape, ...laterDiscoveryShape })
// The later mechanisms are known keys of any content; what is read has the types of the shape above.
const readSchema = z.strictObject(entryShape)
export type AlertmanagersInput = z.output<typeof readSchema>

const DEFAULT_TIMEOUT_MS = 10_000

export function toAlertmanagersConfig(
  given: AlertmanagersInput,
  { directory, refuse }: { readonly directory: string; readonly refuse: Report },
): AlertmanagersConfig {
  checkHttpClient(given, refuse)
  const version = given.api_version ?? 'v2'
  if (version !== 'v2')
    refuse(`expected Alertmanager api version to be one of [v2] but got ${version}`, ['api_version'])
  if (given.relabel_configs.length === 0) {
    given.static_configs.forEach((group, i) => {
      group.targets.forEach((target, k) => {
        const address = target.__address__ ?? ''
        if (address.includes('/')) refuse(`"${address}" is not a valid hostname`, ['static_configs', i, 'targets', k])
      })
    })
  }
  return {
    scheme: given.scheme ?? 'http',
    pathPrefix: given.path_prefix ?? '/',
    timeoutMs: given.timeout ?? DEFAULT_TIMEOUT_MS,
    http: given,
    directory,
    relabelRules: given.relabel_configs,
    alertRelabelRules: given.alert_relabel_configs,
    staticGroups: given.static_configs,
    fileDiscoveries: fileDiscoveriesOf(given.file_sd_configs, directory),
  }
}
