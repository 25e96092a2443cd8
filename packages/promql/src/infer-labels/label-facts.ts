import type { Expr } from '../parse/index.ts'

/**
 * Whether the series of a result carry a label. `present`: all of them; `expected`: whoever wrote the query counts on
 * it (it stands in `by (...)`, or every scrape gives it); `possible`: nothing is known; `absent`: none of them.
 */
export type LabelPresence = 'present' | 'expected' | 'possible' | 'absent'

export type LabelFact = {
  readonly presence: LabelPresence
  /** The only value that it can have, where that is known. */
  readonly value: string | undefined
  /** The part of the query that says so; undefined where nobody does. */
  readonly by: Expr | undefined
}

/** What is known of the labels of a result. `others` holds for every label that `known` does not name. */
export type LabelFacts = {
  readonly known: ReadonlyMap<string, LabelFact>
  readonly others: LabelFact
}

export const POSSIBLE: LabelFact = { presence: 'possible', value: undefined, by: undefined }

const STRENGTH: Readonly<Record<LabelPresence, number>> = { absent: 0, possible: 1, expected: 2, present: 3 }

export function labelFact({ known, others }: LabelFacts, name: string): LabelFact {
  return known.get(name) ?? others
}

/** Whether the series have this label, as far as their author knows. */
export function isCountedOn({ presence }: LabelFact): boolean {
  return presence === 'present' || presence === 'expected'
}

export function withFact({ known, others }: LabelFacts, name: string, fact: LabelFact): LabelFacts {
  return { known: new Map(known).set(name, fact), others }
}

export function absentBy(by: Expr | undefined): LabelFact {
  return { presence: 'absent', value: undefined, by }
}

/** Possible at least becomes expected: somebody names the label. */
export function named(fact: LabelFact, by: Expr): LabelFact {
  return fact.presence === 'possible' ? { presence: 'expected', value: fact.value, by } : fact
}

/** Nothing but the labels given. */
export function closed(known: Iterable<readonly [string, LabelFact]>, by: Expr | undefined): LabelFacts {
  return { known: new Map(known), others: absentBy(by) }
}

/** Series of the one or of the other result. */
export function joinFacts(a: LabelFacts, b: LabelFacts): LabelFacts {
  return combine(a, b, joinFact)
}

/**
 * Series of the first result that match one of the second: what the one side knows holds for the other. Where they
 * contradict each other nothing matches; the first one's fact stays, so that a contradiction is told once.
 */
export function meetFacts(a: LabelFacts, b: LabelFacts): LabelFacts {
  return combine(a, b, meetFact)
}

function combine(a: LabelFacts, b: LabelFacts, each: (a: LabelFact, b: LabelFact) => LabelFact): LabelFacts {
  const known = new Map<string, LabelFact>()
  for (const name of new Set([...a.known.keys(), ...b.known.keys()])) {
    known.set(name, each(labelFact(a, name), labelFact(b, name)))
  }
  return { known, others: each(a.others, b.others) }
}

function joinFact(a: LabelFact, b: LabelFact): LabelFact {
  if (a.presence === 'absent' && b.presence === 'absent') return a
  const value = a.value === b.value ? a.value : undefined
  if (isCountedOn(a) && isCountedOn(b)) {
    return { presence: STRENGTH[a.presence] < STRENGTH[b.presence] ? a.presence : b.presence, value, by: a.by }
  }
  return POSSIBLE
}

export function meetFact(a: LabelFact, b: LabelFact): LabelFact {
  if (a.presence === 'absent' || (b.presence === 'absent' && isCountedOn(a))) return a
  if (b.presence === 'absent') return b
  const stronger = STRENGTH[a.presence] >= STRENGTH[b.presence] ? a : b
  return { presence: stronger.presence, value: a.value ?? b.value, by: stronger.by }
}
