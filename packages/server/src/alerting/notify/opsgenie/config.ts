import { z } from 'zod'
import { flag, plainMap, secret, text } from '../../../config/go-yaml/index.ts'
import { onlyOne, receiverShape, toHttpOptions, toSource } from '../config-parts.ts'
import { httpUrl } from '../fields.ts'
import type { HttpOptions } from '../http/index.ts'
import type { ReceiverContext } from '../receiver-kind.ts'
import type { SecretSource } from '../secret-source.ts'
import { templateProblem } from '../template-problem.ts'

export type OpsgenieConfig = {
  readonly sendResolved: boolean
  readonly http: HttpOptions
  readonly api_key: SecretSource
  /** Ends in `/`. */
  readonly api_url: string
  readonly message: string
  readonly description: string
  readonly source: string
  readonly details: Readonly<Record<string, string>>
  readonly entity: string
  readonly responders: readonly {
    readonly id: string
    readonly name: string
    readonly username: string
    readonly type: string
  }[]
  readonly actions: string
  readonly tags: string
  readonly note: string
  readonly priority: string
  readonly update_alerts: boolean
}

const TYPES = /^(?:team|teams|user|escalation|schedule)$/

export const opsgenieSchema = z
  .strictObject({
    ...receiverShape,
    api_key: secret,
    api_key_file: text,
    api_url: httpUrl,
    message: text,
    description: text,
    source: text,
    details: plainMap,
    entity: text,
    responders: z
      .array(z.strictObject({ id: text, name: text, username: text, type: text }), { error: 'expected a list' })
      .nullable()
      .optional(),
    actions: text,
    tags: text,
    note: text,
    priority: text,
    update_alerts: flag,
  })
  .nullable()

type Input = NonNullable<z.output<typeof opsgenieSchema>>

/** Source: Alertmanager's documentation, "Configuration", `<opsgenie_config>`. */
export function checkOpsgenie(section: Input | null, context: ReceiverContext): OpsgenieConfig | undefined {
  const given = section ?? ({} as Input)
  const { globals, report, directory } = context
  const http = toHttpOptions(given.http_config, context)
  onlyOne(given, ['api_key', 'api_key_file'], context)
  const key =
    toSource(given.api_key, given.api_key_file, directory) ??
    toSource(globals.opsgenie_api_key, globals.opsgenie_api_key_file, directory)
  const responders = (given.responders ?? []).map((responder, i) => {
    const { id = '', name = '', username = '' } = responder
    if (id === '' && name === '' && username === '') {
      report('opsGenieConfig responder has to have at least one of id, username or name specified', ['responders', i])
    }
    const type = responder.type ?? ''
    const isTemplate = type.includes('{{')
    const why = templateProblem(type)
    if (why !== undefined) {
      report(`opsGenieConfig responder type contains invalid template syntax: ${why}`, ['responders', i])
    }
    if (!isTemplate && !TYPES.test(type.toLowerCase())) {
      report(
        `opsGenieConfig responder type "${type}" does not match valid options ^(team|teams|user|escalation|schedule)$`,
        ['responders', i],
      )
    }
    return { id, name, username, type: isTemplate ? type : type.toLowerCase() }
  })
  if (key === undefined) {
    report('no global OpsGenie API Key set either inline or in a file', [])
    return undefined
  }
  const api_url = given.api_url ?? globals.opsgenie_api_url
  const byDefault = (name: string) => (section === null ? '' : `{{ template "opsgenie.default.${name}" . }}`)
  return {
    sendResolved: given.send_resolved ?? section !== null,
    http,
    api_key: key,
    api_url: api_url.endsWith('/') ? api_url : `${api_url}/`,
    message: given.message ?? byDefault('message'),
    description: given.description ?? byDefault('description'),
    source: given.source ?? byDefault('source'),
    details: given.details ?? {},
    entity: given.entity ?? '',
    responders,
    actions: given.actions ?? '',
    tags: given.tags ?? '',
    note: given.note ?? '',
    priority: given.priority ?? '',
    update_alerts: given.update_alerts ?? false,
  }
}
