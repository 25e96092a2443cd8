import { groupHash } from '../group-hash.ts'
import { createHttpNotifier, marked } from '../http-notifier.ts'
import { notificationData } from '../notification-data.ts'
import type { Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { HIDDEN_SECRET } from '../secret-source.ts'
import { truncateRunes } from '../truncate.ts'
import type { VictoropsConfig } from './config.ts'

const MAX_STATE_MESSAGE_RUNES = 20_480

/**
 * Posts to the REST endpoint of VictorOps (Splunk On-Call); the hash of the group key is the entity.
 * Source: Splunk On-Call's "REST endpoint integration guide".
 */
export function createVictorops(config: VictoropsConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  return createHttpNotifier(
    {
      kind: 'victorops',
      index,
      sendResolved: config.sendResolved,
      http: config.http,

      async compose(notification, secrets) {
        const data = notificationData(notification, templates.externalUrl)
        const render = (template: string) => templates.text(template, data)
        const word = (template: string) => templates.word(template, data)
        const key = (await secrets.reveal(config.api_key)).trim()
        const routing = encodeURIComponent(word(config.routing_key))
        const asked = word(config.message_type)
        const firing = ['INFO', 'WARNING', 'CRITICAL'].includes(asked) ? asked : 'CRITICAL'
        const stateMessage = truncateRunes(render(config.state_message), MAX_STATE_MESSAGE_RUNES)
        const name = marked(render(config.entity_display_name), notification)
        const json: Record<string, string> = {
          message_type: notification.status === 'resolved' ? 'RECOVERY' : firing,
          entity_id: groupHash(notification.groupKey),
          entity_display_name: name,
          state_message: stateMessage,
          monitoring_tool: render(config.monitoring_tool),
        }
        for (const [field, template] of Object.entries(config.custom_fields)) json[field] = render(template)
        const url = `${config.api_url}${key === HIDDEN_SECRET ? key : encodeURIComponent(key)}/${routing}`
        return { title: name, text: stateMessage, requests: [{ method: 'POST', url, json }] }
      },
    },
    deps,
  )
}
