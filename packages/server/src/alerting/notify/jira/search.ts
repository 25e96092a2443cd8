import { groupHash } from '../group-hash.ts'
import type { Notification } from '../notifier.ts'
import type { JiraConfig } from './config.ts'

/** The cloud has its own search since version 3; data centres keep the old one. */
export function searchUrl(base: string, apiType: JiraConfig['api_type']): string {
  const isCloud = apiType === 'cloud' || (apiType === 'auto' && new URL(base).host.endsWith('atlassian.net'))
  return isCloud ? `${base}/search/jql`.replace('/rest/api/2/', '/rest/api/3/') : `${base}/search`
}

/** The issue of the group: one that is open, or that was resolved so recently that it is reopened. */
export function searchQuery(config: JiraConfig, notification: Notification, project: string): string {
  const conditions: string[] = []
  if (config.wont_fix_resolution !== '') {
    conditions.push(`(resolution is EMPTY or resolution != ${quoted(config.wont_fix_resolution)})`)
  }
  const minutes = Math.trunc(config.reopen_duration / 60_000)
  const reopens = notification.status === 'firing' && config.reopen_transition !== '' && minutes > 0
  conditions.push(
    reopens ? `(resolutiondate is EMPTY OR resolutiondate >= -${minutes}m)` : 'statusCategory != Done',
    `project=${quoted(project)}`,
    `labels=${quoted(`ALERT{${groupHash(notification.groupKey)}}`)}`,
  )
  return `${conditions.join(' and ')} order by status ASC,resolutiondate DESC`
}

/** A JQL string. Source: Atlassian's "Use advanced search with JQL", reserved characters. */
const quoted = (text: string) =>
  `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}"`
