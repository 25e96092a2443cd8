import { alertmanagerDefaults, createReferences, type References } from '@binnacle/gotemplate'
import { some } from '../check.ts'
import { askedIn, askedNames, isAnnotation } from './asked-names.ts'
import type { ReceiverSamples } from './sample-notifications.ts'
import type { TextOutcome } from './text-outcome.ts'

const BUILT_IN: ReadonlySet<string> = new Set(createReferences(alertmanagerDefaults).calls.keys())

/**
 * Why a text of the file comes out empty; undefined when it does not, or when that may be meant. `own`: definitions of the
 * user's files.
 */
export function emptyWhy(
  { template, hasText, single, lostInGroups }: TextOutcome,
  { rules }: ReceiverSamples,
  receiver: string,
  { references, own }: { readonly references: References; readonly own: ReadonlySet<string> },
): { readonly message: string; readonly hint: string } | undefined {
  const called = /^\s*\{\{-?\s*template\s+"([^"]+)"\s+\.\s*-?\}\}\s*$/.exec(template)?.[1]
  // Some defaults print nothing; who writes them down means that.
  if (called !== undefined && BUILT_IN.has(called) && !own.has(called)) return undefined
  if (!hasText) {
    const unsure = references.of(template).some((reference) => {
      if (!reference.isTested || reference.names[0] === 'Status') return false
      const [asked] = askedNames([reference])
      if (asked === undefined || rules === undefined) return true
      return !isAnnotation(asked) && rules.some((rule) => rule.fact(asked.name) === 'unknown')
    })
    if (unsure) return undefined
    return {
      message: `the text is empty for every alert that comes to "${receiver}"`,
      hint: 'see which labels and annotations its alerts have, or leave the field out',
    }
  }
  const lost = [...lostInGroups].filter((alert) => single.has(alert))
  if (lost.length === 0) return undefined
  const common = askedIn(template, references).filter(({ map }) => map.startsWith('Common'))
  const why =
    common.length === 0 ? '' : `: ${some(common.map(({ map, name }) => `.${map}.${name}`))} differs between them`
  return {
    message: `the text is empty as soon as two alerts of ${some(lost)} are in one group${why}`,
    hint: 'range over .Alerts, or group by what tells them apart',
  }
}
