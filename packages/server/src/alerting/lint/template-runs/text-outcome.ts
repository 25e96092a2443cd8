import type { BinnacleError } from '../../../config/index.ts'
import type { Run } from './recorded-templates.ts'
import type { SampleNotification } from './sample-notifications.ts'

/** What came of one text in all sample notifications of an integration. */
export type TextOutcome = {
  readonly template: string
  runs: number
  failures: number
  firstFailure?: { readonly error: BinnacleError; readonly sample: SampleNotification }
  /** It printed something in one at least. */
  hasText: boolean
  /** A part of what it printed that nobody can have meant. */
  strange: string | undefined
  /** Rules of which a single alert gives a text that fires, and two in one group give none. */
  readonly single: Set<string>
  readonly lostInGroups: Set<string>
}

export const newOutcome = (template: string): TextOutcome => ({
  template,
  runs: 0,
  failures: 0,
  hasText: false,
  strange: undefined,
  single: new Set(),
  lostInGroups: new Set(),
})

export function noteRun(known: TextOutcome, { outcome }: Run, sample: SampleNotification): void {
  known.runs++
  if ('error' in outcome) {
    known.failures++
    known.firstFailure ??= { error: outcome.error, sample }
    return
  }
  const { text } = outcome
  const isEmpty = text.trim() === ''
  if (!isEmpty) known.hasText = true
  known.strange ??= strangePart(known.template, text)
  const { alert, size, notification } = sample
  if (alert === undefined || notification.status !== 'firing') return
  if (size === 1 && !isEmpty) known.single.add(alert)
  if (size === 2 && isEmpty) known.lostInGroups.add(alert)
}

/** What Go prints where a value is not there, or does not fit its verb. */
const STRANGE = /<no value>|%!.\([^)]*\)/

function strangePart(template: string, text: string): string | undefined {
  const found = STRANGE.exec(text)
  if (found === null || template.includes(found[0])) return undefined
  return text.slice(Math.max(0, found.index - 30), found.index + found[0].length + 10).trim()
}
