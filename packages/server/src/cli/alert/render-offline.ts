import { hostname } from 'node:os'
import { type Labels, labelsOf } from '@binnacle/promql'
import {
  type Alert,
  type AlertmanagerConfig,
  checkAlertmanagerConfig,
  createTemplates,
  fingerprintOf,
  groupOf,
  matchRoutes,
  type Notification,
  type NotifierDeps,
  readTemplateFiles,
} from '../../alerting/index.ts'
import { BinnacleError, ConfigErrors } from '../../config/index.ts'
import { silentLogger, systemClock } from '../../telemetry/index.ts'
import { readConfigFile } from '../config-file.ts'
import type { MessageView } from './format.ts'

export type OfflineOptions = {
  readonly receiver?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly isResolved: boolean
  readonly externalUrl: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Keys of `global` that count where the file leaves them out. */
  readonly defaults: Readonly<Record<string, string>>
}

/**
 * What the receivers of an alertmanager.yml would be told of one alert, without a server. Throws `ConfigErrors` with all
 * findings of a file that is bad; a template that fails with the alert is part of the answer.
 */
export async function renderOffline(file: string, options: OfflineOptions): Promise<readonly MessageView[]> {
  const { config, errors } = checkAlertmanagerConfig(readConfigFile(file, file), file, {
    environment: options.environment,
    defaults: { values: options.defaults },
  })
  if (config === undefined) throw new ConfigErrors([...errors])
  const templates = createTemplates(
    { files: await readTemplateFiles(config.templates), externalUrl: options.externalUrl },
    systemClock,
  )
  const deps: NotifierDeps = {
    clock: systemClock,
    log: silentLogger,
    templates,
    userAgent: 'Binnacle',
    hostname: hostname(),
    environment: options.environment,
  }
  const labels = labelsOf(options.labels)
  const views: MessageView[] = []
  for (const { receiver, groupKey, groupLabels } of toldOf(config, labels, options.receiver)) {
    const alert = alertOf(labels, options)
    const notification: Notification = {
      receiver,
      groupKey,
      groupLabels,
      alerts: [alert],
      status: options.isResolved ? 'resolved' : 'firing',
      nowMs: systemClock.now(),
      idempotencyKey: 'preview',
      reason: options.isResolved ? 'all alerts resolved' : 'first notification',
    }
    views.push(await renderOne(config, receiver, notification, deps))
  }
  return views
}

/** The receiver that was named, or those that the routes lead to; with the group in which they would be told. */
function toldOf(config: AlertmanagerConfig, labels: Labels, named: string | undefined) {
  const routes = matchRoutes(config.route, labels)
  const chosen = named === undefined ? routes : [routes.find((route) => route.receiver === named) ?? config.route]
  return chosen.map((route) => {
    const { key, labels: groupLabels } = groupOf(route, labels)
    return { receiver: named ?? route.receiver, groupKey: key, groupLabels }
  })
}

async function renderOne(
  config: AlertmanagerConfig,
  name: string,
  notification: Notification,
  deps: NotifierDeps,
): Promise<MessageView> {
  const receiver = config.receivers.find((one) => one.name === name)
  if (receiver === undefined) {
    throw new BinnacleError('alerting.receiver_missing', `there is no receiver "${name}"`, {
      kind: 'missing',
      hint: `there are: ${config.receivers.map((one) => one.name).join(', ')}`,
    })
  }
  try {
    const messages = await Promise.all(
      receiver.integrations.map(async ({ checked, index }) => {
        const notifier = checked.create(deps, index)
        return { ...(await notifier.render(notification)), kind: notifier.kind, index }
      }),
    )
    return { receiver: name, messages }
  } catch (error) {
    if (!(error instanceof BinnacleError)) throw error
    const { file, line, column } = error.place ?? {}
    const where = file === undefined ? '' : `${file}:${line ?? 1}:${column ?? 1}: `
    const hint = error.hint === undefined ? '' : ` (${error.hint})`
    return { receiver: name, messages: [], error: `${where}${error.message}${hint}` }
  }
}

function alertOf(labels: Labels, { annotations, isResolved, externalUrl }: OfflineOptions): Alert {
  const nowMs = systemClock.now()
  return {
    fingerprint: fingerprintOf(labels),
    labels,
    annotations: labelsOf(annotations),
    startsAtMs: nowMs - 300_000,
    endsAtMs: isResolved ? nowMs - 1000 : nowMs + 300_000,
    updatedAtMs: nowMs,
    generatorUrl: `${externalUrl}/graph`,
    timeout: false,
    ...(isResolved ? { resolvedReason: 'value' as const } : {}),
  }
}
