import { formatDurationMs, type Labels, labelValue, type Matcher } from '@binnacle/promql'
import type { LastSeen, Listing, MetadataQuery, SeriesListing } from '../metrics/query/index.ts'
import { allOf, isAmong, MAX_SETS, type Selected, type SeriesValue } from './catalogue.ts'
import type { AskingCatalogue } from './diagnose.ts'
import { keepNeeded, keyOfNeed, type LabelNeed, only } from './label-need.ts'
import { keyOfSet } from './label-sets.ts'

/** Who knows the series of the store. */
export type SeriesSource = {
  series(query: MetadataQuery, signal: AbortSignal): Promise<SeriesListing>
  labelValues(label: string, query: MetadataQuery, signal: AbortSignal): Promise<Listing<string>>
  /** Names of the metric families that targets speak of. */
  families(): Promise<ReadonlySet<string>>
  /** When the newest sample of the series came; none before `fromMs` counts. */
  readonly lastSeen: LastSeen
  /** Newest values of at most `limit` series. */
  values(matchers: readonly Matcher[], limit: number, signal: AbortSignal): Promise<readonly SeriesValue[]>
}

export type LiveOptions = {
  readonly nowMs: number
  /** What brought samples within this time is here. */
  readonly recentMs: number
  /** What did within this time was here. */
  readonly windowMs: number
  /** Nothing that is missing means anything yet: targets are still being scraped for the first time. */
  readonly isYoung: boolean
}

type Needed = { readonly matchers: readonly Matcher[]; readonly need: LabelNeed }

type Older = {
  /** When it was looked, Unix ms. */
  readonly atMs: number
  readonly sets: readonly Labels[]
  /** When one of them was last seen, as far as that was asked for. */
  lastMs: number | undefined
}

/** What was looked for among older series: those are in the engine, and hardly change. Kept from run to run. */
export type OlderSeries = Map<string, Older>

const DAY_MS = 86_400_000
const MAX_NAMES = 50_000
const MAX_OLDER = 5000
const OLDER_FRESH_MS = 3_600_000
const MOST_VALUES = 50
/** So often a run asks when something was last seen; the next one asks for more. Each may cost three reads of the engine. */
const MAX_LAST_SEEN = 200
/** Series looked at to tell sets of few labels apart, and sets that one question gives and all answers that are kept. */
const MAX_LOOKED = 200_000
const MAX_NEEDED = 20_000
const MAX_NEEDED_KEPT = 100_000

const keyOf = (matchers: readonly Matcher[]) =>
  matchers
    .map(({ name, op, value }) => `${name}${op}${value}`)
    .sort()
    .join('\u{1}')

/** The series of a running store, each selector asked for once. Bounded: at most `MAX_SETS` label sets of each. */
export async function createLiveCatalogue(
  source: SeriesSource,
  older: OlderSeries,
  { nowMs, recentMs, windowMs, isYoung }: LiveOptions,
  signal: AbortSignal,
): Promise<AskingCatalogue> {
  const query = (matchers: readonly Matcher[], fromMs: number, limit: number): MetadataQuery => ({
    matcherSets: [matchers],
    fromMs,
    toMs: nowMs,
    limit,
  })
  const all: MetadataQuery = { matcherSets: [], fromMs: nowMs - recentMs, toMs: nowMs, limit: MAX_NAMES }
  const names = (await source.labelValues('__name__', all, signal)).items
  const known = new Set(names)
  const families = await source.families()
  const selected = new Map<string, Selected>()
  const valuesOf = new Map<string, readonly SeriesValue[]>()
  const asked = new Map<string, readonly Matcher[]>()
  const askedValues = new Map<string, readonly Matcher[]>()
  const needed = new Map<string, Pick<Selected, 'sets' | 'open'>>()
  const askedNeeded = new Map<string, Needed>()
  let keptNeeded = 0
  let askedLastSeen = 0

  async function list(matchers: readonly Matcher[], fromMs: number): Promise<Labels[]> {
    const { slices } = await source.series(query(matchers, fromMs, MAX_SETS + 1), signal)
    const sets: Labels[] = []
    for await (const slice of slices) sets.push(...slice)
    return sets
  }

  /** Bounded by the sets that differ, not by the series: those go by in slices. */
  async function listNeeded({ matchers, need }: Needed): Promise<Pick<Selected, 'sets' | 'open'>> {
    const { slices, truncated } = await source.series(query(matchers, nowMs - recentMs, MAX_LOOKED), signal)
    const most = Math.min(MAX_NEEDED, MAX_NEEDED_KEPT - keptNeeded)
    const sets = new Map<string, Labels>()
    let isCut = truncated
    for await (const slice of slices) {
      for (const labels of slice) {
        const kept = keepNeeded(labels, need)
        sets.set(keyOfSet(kept), kept)
      }
      if (sets.size <= most) continue
      isCut = true
      break
    }
    // Of too many nobody can say that one is missing.
    return isCut ? { sets: [], open: true } : { sets: [...sets.values()], open: false }
  }

  async function find(key: string, matchers: readonly Matcher[]): Promise<Selected> {
    const metric = matchers.find(({ name, op }) => name === '__name__' && op === '=')?.value
    const isHere = metric === undefined || known.has(metric) || names.length === MAX_NAMES
    const recent = isHere ? await list(matchers, nowMs - recentMs) : []
    if (recent.length > 0) return { sets: recent.slice(0, MAX_SETS), open: recent.length > MAX_SETS }
    // Without a name the engine would have to go through all that it ever had.
    if (metric === undefined) return { sets: [], open: false }
    const before = await lookBack(key, matchers)
    const { sets } = before
    const found = { sets: sets.slice(0, MAX_SETS), open: sets.length > MAX_SETS }
    if (sets.length === 0) return found
    const all = allOf(metric)
    const isWhole = !isHere || (await list(all, nowMs - recentMs)).length === 0
    // Of a metric that is gone as a whole, that is all there is to be told.
    const lastMs = isWhole && key !== keyOf(all) ? 0 : await lastSeen(before, matchers)
    return { ...found, gone: { lastMs, series: sets.length, isWhole } }
  }

  async function lookBack(key: string, matchers: readonly Matcher[]): Promise<Older> {
    const known = older.get(key)
    if (known !== undefined && nowMs - known.atMs <= OLDER_FRESH_MS) return known
    const before: Older = { atMs: nowMs, sets: await list(matchers, nowMs - windowMs), lastMs: undefined }
    if (older.size >= MAX_OLDER) older.delete(older.keys().next().value!)
    older.set(key, before)
    return before
  }

  async function lastSeen(before: Older, matchers: readonly Matcher[]): Promise<number> {
    if (before.lastMs === undefined && askedLastSeen < MAX_LAST_SEEN) {
      askedLastSeen++
      before.lastMs = (await source.lastSeen(matchers, nowMs - windowMs, signal)) ?? 0
    }
    return before.lastMs ?? 0
  }

  const select = (matchers: readonly Matcher[]): Selected => {
    const key = keyOf(matchers)
    const found = selected.get(key)
    if (found !== undefined) return found
    asked.set(key, matchers)
    return { sets: [], open: true }
  }

  const selectNeeded = (matchers: readonly Matcher[], need: LabelNeed): Pick<Selected, 'sets' | 'open'> => {
    const key = `${keyOf(matchers)}\u{2}${keyOfNeed(need)}`
    const found = needed.get(key)
    if (found !== undefined) return found
    askedNeeded.set(key, { matchers, need })
    return { sets: [], open: true }
  }

  return {
    isYoung,
    within: `in the last ${windowMs >= 2 * DAY_MS ? `${Math.round(windowMs / DAY_MS)} days` : formatDurationMs(windowMs)}`,
    select,
    selectNeeded,
    names: () => names,
    declares: (metric) => isAmong(families, metric),
    labelValues(metric, label) {
      const { sets, open } = select(allOf(metric))
      // The nearest value may be on a series that is not among the first ones.
      const all = open && sets.length > 0 ? selectNeeded(allOf(metric), only([label])) : { sets, open }
      const values = new Set((all.open ? sets : all.sets).map((labels) => labelValue(labels, label)))
      values.delete('')
      return [...values].sort().slice(0, MOST_VALUES)
    },
    values(matchers) {
      const key = keyOf(matchers)
      const found = valuesOf.get(key)
      if (found === undefined) askedValues.set(key, matchers)
      return found
    },
    get pending() {
      return asked.size + askedValues.size + askedNeeded.size
    },
    async resolve() {
      for (const [key, matchers] of asked) selected.set(key, await find(key, matchers))
      asked.clear()
      for (const [key, matchers] of askedValues) valuesOf.set(key, await source.values(matchers, MAX_SETS, signal))
      askedValues.clear()
      for (const [key, one] of askedNeeded) {
        const found = await listNeeded(one)
        needed.set(key, found)
        keptNeeded += found.sets.length
      }
      askedNeeded.clear()
    },
    letGo() {
      if (keptNeeded < MAX_NEEDED_KEPT / 2) return
      needed.clear()
      keptNeeded = 0
    },
  }
}
