import type { References } from '@binnacle/gotemplate'
import { labelFact } from '@binnacle/promql'
import type { RuleAlerts } from '../alert-facts.ts'
import { type AskedName, askedIn, isAnnotation } from './asked-names.ts'
import type { ReceiverSamples } from './sample-notifications.ts'

/** Labels that are commonly given from outside, where nobody says which those are. */
const USUALLY_EXTERNAL: ReadonlySet<string> = new Set(
  'account cluster datacenter dc env environment monitor project prometheus prometheus_replica region replica site stage tenant zone'.split(
    ' ',
  ),
)

export type Missing = { readonly why: string; readonly hint: string | undefined }

/** A name that is asked for, and why it is not there where it is missing. */
export type NameVerdict = { readonly asked: AskedName; readonly missing: Missing | undefined }

/**
 * What a text of a receiver and the user's definitions that it comes to ask for, each name once. What is tested somewhere in
 * them is left out. `files`: base names of the user's files.
 */
export function judgeNames(
  template: string,
  receiver: string,
  samples: Pick<ReceiverSamples, 'rules' | 'routes'>,
  about: {
    readonly references: References
    readonly files: { has(name: string): boolean }
  },
): NameVerdict[] {
  const all = askedIn(template, about.references)
  const key = (one: AskedName) => `${isAnnotation(one)} ${one.name}`
  const tested = new Set(all.filter(({ isTested }) => isTested).map(key))
  const seen = new Set<string>()
  return all.flatMap((asked) => {
    const own = `${asked.template} ${asked.map} ${asked.name}`
    const isOurs = asked.template === '' || about.files.has(asked.template)
    if (!isOurs || tested.has(key(asked)) || seen.has(own)) return []
    seen.add(own)
    return [{ asked, missing: missingName(asked, receiver, samples) }]
  })
}

/** Why no notification of a receiver has a label or annotation; undefined when one may have it. */
function missingName(
  { map, name }: Pick<AskedName, 'map' | 'name'>,
  receiver: string,
  { rules, routes }: Pick<ReceiverSamples, 'rules' | 'routes'>,
): Missing | undefined {
  if (isAnnotation({ map })) {
    if (rules === undefined || rules.some(({ rule }) => name in rule.annotations)) return undefined
    return { why: `no rule whose alerts come to "${receiver}" has that annotation`, hint: undefined }
  }
  if (rules?.every((rule) => lacks(rule, name))) {
    const hint = rules.some(({ sending }) => sending === undefined)
      ? 'if external_labels bring it, give the prometheus.yml to the check, too'
      : 'add it to the rules, or leave it out of the text'
    return { why: `no alert that comes to "${receiver}" has that label`, hint }
  }
  const isGrouped = routes.some(({ groupBy }) => groupBy === 'all' || groupBy.includes(name))
  if (map !== 'GroupLabels' || routes.length === 0 || isGrouped) return undefined
  return { why: `no route to "${receiver}" groups by it`, hint: 'add it to group_by, or take it from .CommonLabels' }
}

function lacks({ rule, group, series, sending, fact }: RuleAlerts, name: string): boolean {
  if (sending !== undefined) {
    const known = fact(name)
    return known !== 'unknown' && known.value === ''
  }
  if (name === 'alertname' || name in rule.labels || group.labels.some((one, i) => i % 2 === 0 && one === name)) {
    return false
  }
  return labelFact(series, name).presence === 'absent' && !USUALLY_EXTERNAL.has(name)
}
