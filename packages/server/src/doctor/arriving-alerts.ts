import { type Labels, labelRecord, labelsOf, labelValue } from '@binnacle/promql'
import { type AlertFacts, asSent, factsOfSets, type OtherAlerts, type Sending } from '../alerting/index.ts'
import type { Product } from './examine-rules.ts'
import { ANY_VALUE, distinct } from './label-sets.ts'

/** Alerts of one name as they come to the routes. */
export type Arriving = {
  readonly facts: AlertFacts
  /** They may carry the label. */
  carries(label: string): boolean
  readonly annotations: ReadonlySet<string>
  /** Nothing of it will come while things are as they are. */
  readonly isDead: boolean
}

/** What a rule's alerts are when they have been sent; undefined where relabelling drops them. */
export function arriving({ rule, sets, open, own, verdict }: Product, sending: Sending): Arriving | undefined {
  const annotations = new Set(Object.keys(rule.annotations))
  const isDead = verdict === 'cannot_fire'
  const isPlain = sending.relabelRules.length === 0 && Object.keys(sending.externalLabels).length === 0
  const sent = isPlain ? sets : distinct(sets.flatMap((set) => sentSet(rule.alert, set, sending)))
  if (!open && sets.length > 0) {
    if (sent.length === 0) return undefined
    return { ...ofSets(rule.alert, sent), annotations, isDead }
  }
  const facts = asSent(factsOfOwn(rule.alert, own), sending)
  if (facts === undefined) return undefined
  const carries = (label: string) => {
    const fact = facts.fact(label)
    return fact === 'unknown' || fact.value !== ''
  }
  return { facts, carries, annotations, isDead }
}

/** Alerts that came from elsewhere: as they are. */
export function arrivingFromOthers({ name, sets, annotations }: OtherAlerts): Arriving {
  return { ...ofSets(name, sets), annotations, isDead: false }
}

const isAny = (value: string) => value === ANY_VALUE

function ofSets(name: string, sets: readonly Labels[]): Pick<Arriving, 'facts' | 'carries'> {
  const facts = factsOfSets(name, sets, isAny)
  return { facts, carries: (label) => sets.some((set) => labelValue(set, label) !== '') }
}

/** Only what the rule itself writes is known. */
function factsOfOwn(name: string, own: Labels): AlertFacts {
  const written = labelRecord(own)
  return {
    name,
    names: undefined,
    fact(label) {
      const value = written[label]
      return value === undefined || value === ANY_VALUE ? 'unknown' : { value }
    },
  }
}

function sentSet(name: string, set: Labels, sending: Sending): readonly Labels[] {
  const sent = asSent(factsOfSets(name, [set], isAny), sending)
  if (sent?.names === undefined) return sent === undefined ? [] : [set]
  const pairs: [string, string][] = []
  for (const label of sent.names) {
    const fact = sent.fact(label)
    const value = fact === 'unknown' ? ANY_VALUE : fact.value
    if (value !== '') pairs.push([label, value])
  }
  return [labelsOf(pairs)]
}
