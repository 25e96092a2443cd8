import { formatError } from '../../../config/index.ts'
import { type Logger, silentLogger, systemClock } from '../../../telemetry/index.ts'
import { type CheckedAlertmanagerConfig, checkAlertmanagerConfig } from '../../config/index.ts'
import type { Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { createTemplates, type TemplateFile } from '../templates.ts'

export type BuildOptions = {
  readonly externalUrl?: string
  readonly files?: readonly TemplateFile[]
  readonly file?: string
  readonly deps?: Partial<NotifierDeps>
  readonly log?: Logger
}

/** The notifiers of an alertmanager.yml by receiver. Throws with every finding when it is bad. */
export function notifiersOf(yaml: string, options: BuildOptions = {}): ReadonlyMap<string, readonly Notifier[]> {
  const checked = checkYaml(yaml, options.file)
  if (checked.config === undefined) throw new Error(checked.errors.map((error) => formatError(error, yaml)).join('\n'))
  const templates = createTemplates(
    { files: options.files ?? [], externalUrl: options.externalUrl ?? 'http://binnacle.example' },
    systemClock,
  )
  const deps: NotifierDeps = {
    clock: systemClock,
    log: options.log ?? silentLogger,
    templates,
    userAgent: 'Binnacle/test',
    hostname: 'binnacle.example',
    environment: {},
    ...options.deps,
  }
  return new Map(
    checked.config.receivers.map(({ name, integrations }) => [
      name,
      integrations.map((one) => one.checked.create(deps, one.index)),
    ]),
  )
}

export function checkYaml(yaml: string, file = '/etc/binnacle/alertmanager.yml'): CheckedAlertmanagerConfig {
  return checkAlertmanagerConfig(yaml, file, { environment: {} })
}

/** The only notifier of a receiver section, such as `slack_configs: [...]` (indented by nothing). */
export function oneNotifier(section: string, options: BuildOptions & { readonly global?: string } = {}): Notifier {
  const indent = (text: string, by: string) => text.replace(/^(?=.)/gm, by)
  const global = options.global === undefined ? '' : `global:\n${indent(options.global, '  ')}\n`
  const yaml = `${global}route: {receiver: team-x}\nreceivers:\n  - name: team-x\n${indent(section, '    ')}\n`
  return notifiersOf(yaml, options).get('team-x')![0]!
}
