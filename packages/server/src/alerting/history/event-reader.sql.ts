import { sql } from 'kysely'
import type { HistoryFilter } from '../history-filter.ts'
import type { Matcher } from '../matcher/index.ts'
import type { AlertingTables } from '../tables.ts'
import type { ChangesSeen, EventChange } from './changes-seen.sql.ts'
import type { Cursor } from './cursor.ts'
import type { LabelSets } from './label-sets.ts'

/** Sets of labels that are asked for by an index each and merged; of more the events are gone through. */
const MOST_MERGED = 100
/** Rows that are merged for a page; each branch gives as many as the page has. */
const MOST_MERGED_ROWS = 10_000
/** Sets of labels that a statement is given. Of more, which is nearly everything, each event is looked at. */
const MOST_LISTED = 10_000
/** Statements with more branches are slower to compile than to run. */
const BRANCHES = 20
/** Rows that one statement goes through: some ms. */
const STEP = 5_000
const DOCS_A_READ = 500
/** Of one call. */
const MOST_PASSED = 250_000

/** Which index leads to the events of a filter. */
export type EventPlace =
  | { readonly kind: 'alerts'; readonly fingerprints: readonly string[]; readonly matchers?: readonly Matcher[] }
  | { readonly kind: 'rule'; readonly matchers?: undefined }
  /** Kinds and changes of state that the filter lets pass, of those that there are; of some alerts or of all. */
  | {
      readonly kind: 'changes'
      readonly changes: readonly EventChange[]
      readonly fingerprints?: readonly string[]
      readonly matchers?: readonly Matcher[]
    }
  /** By time, of some alerts or of all. What was not looked up by `matchers` is to be held against them. */
  | { readonly kind: 'time'; readonly fingerprints?: readonly string[]; readonly matchers?: readonly Matcher[] }

/** Undefined: no event can belong. */
export async function placeOf(
  filter: HistoryFilter,
  { labelSets, changesSeen }: { readonly labelSets: LabelSets; readonly changesSeen: ChangesSeen },
  signal: AbortSignal,
): Promise<EventPlace | undefined> {
  const { fingerprint, matchers, rule, limit } = filter
  const changesOf = async () => (await changesSeen.all(signal)).filter((one) => belongs(one, filter))
  if (fingerprint !== undefined)
    return { kind: 'alerts', fingerprints: [fingerprint], ...(matchers === undefined ? {} : { matchers }) }
  if (matchers === undefined || matchers.length === 0) {
    if (rule !== undefined) return { kind: 'rule' }
    if (!isOfChange(filter)) return { kind: 'time' }
    const changes = await changesOf()
    return changes.length === 0 ? undefined : { kind: 'changes', changes }
  }
  const found = await labelSets.find('alert', matchers, MOST_LISTED, signal)
  if (found.length === 0) return undefined
  const merged = found.length <= MOST_MERGED && found.length * limit <= MOST_MERGED_ROWS
  if (merged) return { kind: 'alerts', fingerprints: found }
  const whose = found.length > MOST_LISTED ? { matchers } : { fingerprints: found }
  if (!isOfFew(filter)) return { kind: 'time', ...whose }
  const changes = await changesOf()
  return changes.length === 0 ? undefined : { kind: 'changes', changes, ...whose }
}

const isOfChange = ({ from, to, reason, kinds }: HistoryFilter) =>
  [from, to, reason, kinds].some((one) => one !== undefined)

/** All changes of state are most of what there is: these are found by time as well. */
const isOfFew = ({ from, to, reason, kinds }: HistoryFilter) =>
  [from, to, reason].some((one) => one !== undefined) || (kinds !== undefined && !kinds.includes('state'))

const belongs = (change: EventChange, { from, to, reason, kinds }: HistoryFilter) =>
  (kinds === undefined || kinds.includes(change.kind)) &&
  (from === undefined || change.from_state === from) &&
  (to === undefined || change.to_state === to) &&
  (reason === undefined || change.reason === reason)

type Row = Cursor & { readonly doc: string }
type Read = { readonly rows: readonly Row[]; readonly reached?: Cursor | undefined }

/** Reads of `alerting_transitions` along one of its indexes, each some ms long, newest first. */
export function createEventReader({ db }: AlertingTables, filter: HistoryFilter, place: EventPlace) {
  const { fromMs, toMs, from, to, reason, rule, kinds } = filter
  const isNarrowed = (place.kind === 'time' || place.kind === 'changes') && place.fingerprints !== undefined
  const listed = isNarrowed ? padded(place.fingerprints!) : []
  const isOfRule = rule !== undefined && place.kind !== 'rule'
  const isConditional = isOfChange(filter) || isNarrowed || isOfRule

  /**
   * Index `..._by_time (at_ms, id)`, `..._by_rule (rule, at_ms, id)`, `..._by_alert (fingerprint, at_ms, id)` or
   * `..._by_change (kind, from_state, to_state, reason, at_ms, id)`.
   */
  function along(behind: Cursor | undefined, of: { fingerprint?: string; change?: EventChange } = {}) {
    const { fingerprint, change } = of
    let query = db.selectFrom('alerting_transitions').where('at_ms', '>=', fromMs).where('at_ms', '<=', toMs)
    if (fingerprint !== undefined) query = query.where('fingerprint', '=', fingerprint)
    if (change !== undefined)
      for (const [column, value] of Object.entries(change) as [keyof EventChange, string][])
        query = query.where(column, '=', value as never)
    if (place.kind === 'rule') query = query.where('rule', '=', rule!)
    if (behind !== undefined)
      query = query
        .where('at_ms', '<=', behind.at_ms)
        .where((is) => is.or([is('at_ms', '<', behind.at_ms), is('id', '<', behind.id)]))
    return query.orderBy('at_ms', 'desc').orderBy('id', 'desc')
  }

  type Query = ReturnType<typeof along>

  function only(query: Query) {
    let narrowed = query
    if (from !== undefined) narrowed = narrowed.where('from_state', '=', from)
    if (to !== undefined) narrowed = narrowed.where('to_state', '=', to)
    if (reason !== undefined) narrowed = narrowed.where('reason', '=', reason)
    if (kinds !== undefined) narrowed = narrowed.where('kind', 'in', kinds)
    return among(narrowed)
  }

  function among(query: Query) {
    let narrowed = query
    if (isOfRule) narrowed = narrowed.where('rule', '=', rule)
    // A plus before the name: the list is no way into an index here.
    if (listed.length > 0) narrowed = narrowed.where(sql<boolean>`+fingerprint IN (${sql.join(listed)})`)
    return narrowed
  }

  const downTo = (query: Query, bound: Cursor | undefined): Query =>
    bound === undefined
      ? query
      : query
          .where('at_ms', '>=', bound.at_ms)
          .where((is) => is.or([is('at_ms', '>', bound.at_ms), is('id', '>=', bound.id)]))

  /** Up to a bound that is `STEP` rows away, whatever belongs. */
  async function step(behind: Cursor | undefined, limit: number): Promise<Read> {
    const most = Math.min(limit, DOCS_A_READ)
    if (!isConditional) {
      const rows = await along(behind).select(['at_ms', 'id', 'doc']).limit(most).execute()
      return { rows, reached: rows.length < most ? undefined : rows.at(-1) }
    }
    const [bound] = await along(behind)
      .select(['at_ms', 'id'])
      .offset(STEP - 1)
      .limit(1)
      .execute()
    const rows = await downTo(only(along(behind)), bound)
      .select(['at_ms', 'id', 'doc'])
      .limit(most)
      .execute()
    return { rows, reached: rows.length < most ? bound : rows.at(-1) }
  }

  /** The places of what each of these queries gives, newest first; some queries a statement. */
  async function placesOf(queries: readonly Query[], offset: number, limit: number): Promise<readonly Cursor[]> {
    const found: Cursor[] = []
    for (let at = 0; at < queries.length; at += BRANCHES) {
      const branches = queries.slice(at, at + BRANCHES).map((query) => {
        const branch = query.select(['at_ms', 'id']).offset(offset).limit(limit)
        return db.selectFrom(branch.as('branch')).select(['at_ms', 'id'])
      })
      found.push(...(await branches.reduce((all, one) => all.unionAll(one)).execute()))
    }
    return found.sort(byNewest)
  }

  /** The newest of each of these, merged; where most may be passed over, up to a bound that is `STEP` rows away in all. */
  async function merge(
    several: readonly { fingerprint?: string; change?: EventChange }[],
    behind: Cursor | undefined,
    limit: number,
  ): Promise<Read> {
    const most = Math.min(limit, DOCS_A_READ)
    const all = several.map((one) => along(behind, one))
    const isSparse = place.kind === 'changes' && (isNarrowed || isOfRule)
    const [bound] = isSparse ? await placesOf(all, Math.ceil(STEP / all.length) - 1, 1) : []
    const narrowed = place.kind === 'changes' ? all.map(among) : all.map(only)
    const newest = await placesOf(
      narrowed.map((query) => downTo(query, bound)),
      0,
      most,
    )
    const ids = newest.slice(0, most).map(({ id }) => id)
    if (ids.length === 0) return { rows: [], reached: bound }
    const found = await db
      .selectFrom('alerting_transitions')
      .select(['at_ms', 'id', 'doc'])
      .where('id', 'in', padded(ids))
      .execute()
    const rows = [...found].sort(byNewest)
    return { rows, reached: newest.length < most ? bound : rows.at(-1) }
  }

  const several =
    place.kind === 'alerts'
      ? place.fingerprints.map((fingerprint) => ({ fingerprint }))
      : place.kind === 'changes'
        ? place.changes.map((change) => ({ change }))
        : undefined

  return {
    read: (behind: Cursor | undefined, limit: number): Promise<Read> =>
      several === undefined ? step(behind, limit) : merge(several, behind, limit),
    mostReads: MOST_PASSED / STEP,
  }
}

const byNewest = (a: Cursor, b: Cursor) => b.at_ms - a.at_ms || (a.id < b.id ? 1 : -1)

/** Few different lengths of lists, so that few statements are compiled: a repeated value finds nothing more. */
export function padded(values: readonly string[]): readonly string[] {
  let length = 8
  while (length < values.length) length *= 4
  return [...values, ...Array.from({ length: length - values.length }, () => values[0]!)]
}
