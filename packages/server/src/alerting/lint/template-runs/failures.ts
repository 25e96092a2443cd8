import { TemplateError } from '@binnacle/gotemplate'
import type { Place } from '../../../config/index.ts'
import type { FieldTexts } from './field-texts.ts'
import type { SampleNotification } from './sample-notifications.ts'
import type { TextOutcome } from './text-outcome.ts'

export type Told = { readonly place: Place; readonly message: string; readonly hint?: string | undefined }

/** What of a text cannot be filled in, or prints what nobody means; for each place where it stands. `files`: paths by base names. */
export function failuresOf(
  { template, runs, failures, firstFailure, strange }: TextOutcome,
  fields: FieldTexts,
  files: ReadonlyMap<string, string>,
  receiver: string,
): Told[] {
  const paths = fields.pathsOf(template)
  const isDefault = paths.length === 0
  const starts = isDefault
    ? [fields.entry]
    : paths.map((path) => fields.placeOf(path, Math.max(0, template.indexOf('{{'))))
  const what = isDefault ? `a default text (${excerpt(template)})` : 'the text'
  if (firstFailure !== undefined) {
    const { error, sample } = firstFailure
    const cause = error.cause instanceof TemplateError ? error.cause : undefined
    // The check of their form tells those.
    if (cause?.kind === 'parse' && cause.template === '' && !cause.message.startsWith('html/template')) return []
    const when = failures < runs ? ` ${describe(sample)}` : ''
    const reason = cause?.reason ?? error.message
    const file = cause === undefined ? undefined : files.get(cause.template)
    if (cause !== undefined && file !== undefined) {
      const place = { file, line: cause.line, column: cause.column }
      return [{ place, message: `the text cannot be filled in for "${receiver}"${when}: ${reason}`, hint: cause.hint }]
    }
    const places =
      cause?.template === '' && !isDefault ? paths.map((path) => fields.placeOf(path, cause.offset)) : starts
    return places.map((place) => ({
      place,
      message: `${what} cannot be filled in${when}: ${reason}`,
      hint: cause?.hint,
    }))
  }
  if (strange === undefined) return []
  const hint = strange.includes('<no value>')
    ? 'what is asked for is not there: test for it with "if" or "with"'
    : 'use a verb that fits what is printed'
  return starts.map((place) => ({ place, message: `${what} becomes "${strange}"`, hint }))
}

function describe({ alert, notification, size }: SampleNotification): string {
  const whose = alert === undefined ? '' : ` of ${alert}`
  const what = size === 1 ? `an alert${whose}` : `two alerts${whose}`
  return notification.status === 'resolved' ? `when ${what} ${size === 1 ? 'has' : 'have'} ended` : `for ${what}`
}

function excerpt(text: string): string {
  const flat = text.replace(/\s+/g, ' ').trim()
  return flat.length <= 60 ? flat : `${flat.slice(0, 57)}...`
}
