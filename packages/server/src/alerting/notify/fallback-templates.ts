import { BinnacleError } from '../../config/index.ts'
import type { NotificationData } from './notification-data.ts'
import type { Templates } from './templates.ts'

/**
 * The same templates for a second try, after one has failed: a text that fails becomes a plain one that says what fires and
 * what is wrong, and a word becomes nothing. A mistake in a template must not keep the people from being told.
 */
export function fallbackTemplates(templates: Templates): Templates {
  const attempt = (run: () => string, otherwise: (message: string) => string): string => {
    try {
      return run()
    } catch (error) {
      if (!isTemplateFailure(error)) throw error
      return otherwise(error.message)
    }
  }
  return {
    externalUrl: templates.externalUrl,
    isFallback: true,
    text: (template, data, extra) =>
      attempt(
        () => templates.text(template, data, extra),
        (message) => plainText(data, message),
      ),
    word: (template, data) =>
      attempt(
        () => templates.word(template, data),
        () => '',
      ),
    html: (template, data) =>
      attempt(
        () => templates.html(template, data),
        (message) => escapeHtml(plainText(data, message)),
      ),
  }
}

export const isTemplateFailure = (error: unknown): error is BinnacleError =>
  error instanceof BinnacleError && error.code === 'notify.template'

const MAX_ALERTS = 10

function plainText({ status, alerts, groupLabels, commonAnnotations }: NotificationData, message: string): string {
  const firing = alerts.filter((alert) => alert.status === 'firing')
  const count = status === 'firing' ? `:${firing.length}` : ''
  const summary = commonAnnotations.summary ?? commonAnnotations.description ?? ''
  const lines = [`[${status.toUpperCase()}${count}] ${Object.values(groupLabels).join(' ')}`.trim()]
  if (summary !== '') lines.push(summary)
  for (const { status: state, labels } of alerts.slice(0, MAX_ALERTS)) {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
    lines.push(`${state}: ${pairs.join(' ')}`)
  }
  if (alerts.length > MAX_ALERTS) lines.push(`and ${alerts.length - MAX_ALERTS} more`)
  lines.push(`(the text of this receiver could not be made: ${message})`)
  return lines.join('\n')
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
