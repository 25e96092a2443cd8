import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import {
  type AlertingConfig,
  type AlertingLimits,
  type AlertmanagerConfig,
  type CheckedAlertmanagerConfig,
  checkAlertmanagerConfig,
  createTemplates,
  type EscalationPolicy,
  NO_CONFIG,
  readPolicies,
  readTemplateFiles,
  toAlertingConfig,
} from '../alerting/index.ts'
import { BinnacleError, ConfigErrors, messageOf } from '../config/index.ts'
import type { Settings } from '../config/settings/index.ts'
import type { ConfigWarning } from '../metrics/intake/prometheus-config/index.ts'
import type { Clock, Logger } from '../telemetry/index.ts'

export type ReadAlertmanager = {
  readonly config: AlertmanagerConfig
  readonly escalation: readonly EscalationPolicy[]
  readonly warnings: readonly ConfigWarning[]
  /** For checks that read on; absent where there is no file. */
  readonly source?: { readonly text: string; readonly checked: CheckedAlertmanagerConfig }
}

/** Reads alertmanager.yml, or what holds without one, and the policies that name its receivers. Throws `ConfigErrors` with all findings. */
export function readAlertmanagerFile(
  { alertmanager_config: file, alerting, escalation }: Settings,
  settingsFile: string | undefined,
): ReadAlertmanager {
  const text = file === undefined ? NO_CONFIG : readText(file)
  const checked = checkAlertmanagerConfig(text, file ?? 'alertmanager.yml', {
    environment: process.env,
    defaults: { values: alerting.defaults, ...(settingsFile === undefined ? {} : { place: { file: settingsFile } }) },
  })
  const { config, errors, warnings } = checked
  if (config === undefined) throw new ConfigErrors([...errors])
  const receivers = config.receivers.map(({ name }) => name)
  const { policies, errors: wrong } = readPolicies(escalation, {
    receivers,
    ...(settingsFile === undefined ? {} : { place: { file: settingsFile } }),
  })
  if (wrong.length > 0) throw new ConfigErrors([...wrong])
  return {
    config,
    escalation: policies,
    warnings,
    ...(file === undefined ? {} : { source: { text, checked } }),
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigErrors([
      new BinnacleError('config.unreadable', `cannot read ${file}: ${messageOf(error)}`, {
        kind: 'missing',
        place: { file, line: 1, column: 1 },
        hint: 'check the path given with --alertmanager-config',
      }),
    ])
  }
}

/** Reads the templates of the file and builds its receivers. Throws `BinnacleError` with the place in a template. */
export async function buildAlertingConfig(
  { config, escalation }: Pick<ReadAlertmanager, 'config' | 'escalation'>,
  deps: { readonly clock: Clock; readonly log: Logger; readonly version: string; readonly externalUrl: string },
): Promise<AlertingConfig> {
  const { clock, log, version, externalUrl } = deps
  const files = await readTemplateFiles(config.templates)
  const alerting = toAlertingConfig(config, {
    clock,
    log,
    templates: createTemplates({ files, externalUrl }, clock),
    userAgent: `Binnacle/${version}`,
    hostname: hostname(),
    environment: process.env,
  })
  return { ...alerting, escalation }
}

export function alertingLimitsOf({ alerting }: Settings): AlertingLimits {
  return {
    maxAlerts: alerting.max_alerts,
    maxAlertSize: alerting.max_alert_size,
    maxGroups: alerting.max_groups,
    maxSilences: alerting.max_silences,
    maxSilenceMatchers: alerting.max_silence_matchers,
    maxConcurrent: alerting.max_concurrent_notifications,
    retentionMs: alerting.retention,
    historyMaxAgeMs: alerting.history.max_age,
    historyMaxRows: alerting.history.max_rows,
  }
}
