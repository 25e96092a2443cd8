import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { callPrometheus } from '../api/index.ts'
import { type Interval, isMoving, parseRange, type RangeText, resolveTime, zoomBy } from '../time/index.ts'
import type { SharedSearch } from './search.ts'

const RECENT_KEY = 'binnacle.recent-ranges'
const COPIED_KEY = 'binnacle.copied-range'
const MAX_RECENT = 6
const YOUNG_S = 45

/**
 * How long there have been data, up to an hour: a page without a chosen range shows no more than that, so that the
 * first minutes of a new Binnacle fill its charts instead of hiding at their right edge.
 */
const dataAge = queryOptions({
  queryKey: ['data-age'] as const,
  queryFn: async ({ signal }): Promise<number> => {
    const now = Math.floor(Date.now() / 10_000) * 10
    const params = { query: 'count(up)', start: now - 3600, end: now, step: 10 }
    const { data } = await callPrometheus<{ result: { values: [number, string][] }[] }>(
      '/api/v1/query_range',
      params,
      signal,
    )
    const first = data.result[0]?.values[0]?.[0]
    return first === undefined ? 0 : now - first
  },
  refetchInterval: ({ state: { data = 0 } }) =>
    data < YOUNG_S ? 2000 : data < 300 ? 15_000 : data < 2700 ? 60_000 : false,
  staleTime: 1000,
  retry: false,
  placeholderData: keepPreviousData,
})

/** True in the first moments of all, when rates are just getting their two samples and each second shows something new. */
export function useFirstMoments(): boolean {
  const { data } = useQuery(dataAge)
  return data !== undefined && data < YOUNG_S
}

const DEFAULTS = [
  ['now-30s', 30],
  ['now-1m', 60],
  ['now-2m', 120],
  ['now-5m', 300],
  ['now-10m', 600],
  ['now-15m', 900],
  ['now-20m', 1200],
  ['now-30m', 1800],
  ['now-45m', 2700],
] as const

/** The shortest range that holds (nearly) all there is, at most an hour. */
export function defaultRange(ageS: number | undefined): RangeText {
  const fits = ageS === undefined ? undefined : DEFAULTS.find(([, spanS]) => ageS < spanS * 0.95)
  return { from: fits?.[0] ?? 'now-1h', to: 'now' }
}

export type TimeRange = {
  readonly range: RangeText
  /** True where the page chose the range, not the person. */
  readonly isDefault: boolean
  /** False for the moment before the page knows what to choose. */
  readonly isKnown: boolean
  set(range: RangeText): void
  setInterval(interval: Interval): void
  zoom(factor: number): void
  recent(): readonly RangeText[]
  copy(): void
  paste(): Promise<void>
}

/** The time range of the page, which lives in the address. */
export function useTimeRange(): TimeRange {
  const search: SharedSearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const chosen = useMemo(() => validRange(search.from, search.to), [search.from, search.to])
  const age = useQuery({ ...dataAge, enabled: chosen === undefined })
  const known = chosen !== undefined || !age.isPending
  const range = useMemo(() => chosen ?? defaultRange(age.data), [chosen, age.data])

  const set = useCallback(
    (next: RangeText) => {
      remember(next)
      void navigate({
        to: '.',
        search: (old: Record<string, unknown>) => ({ ...old, from: next.from, to: next.to }),
      } as never)
    },
    [navigate],
  )
  return useMemo(() => {
    const setInterval = ({ fromMs, toMs }: Interval) => {
      // Whole seconds in the link, milliseconds only where a second would not do.
      set({ from: toText(fromMs), to: toText(toMs) })
    }
    return {
      range,
      isDefault: chosen === undefined,
      isKnown: known,
      set,
      setInterval,
      zoom(factor) {
        const now = Date.now()
        const next = zoomBy(intervalOf(range, now), factor, now)
        // As long as the end is "now" it stays so: a zoomed live view goes on being live.
        if (range.to === 'now')
          set({ from: `now-${Math.max(1, Math.round((next.toMs - next.fromMs) / 1000))}s`, to: 'now' })
        else setInterval(next)
      },
      recent: readRecent,
      copy() {
        const text = `${range.from} to ${range.to}`
        store(COPIED_KEY, text)
        void navigator.clipboard?.writeText(text).catch(() => undefined)
      },
      async paste() {
        const text = (await navigator.clipboard?.readText?.().catch(() => undefined)) ?? ''
        const parsed = parseRange(text, Date.now()) ?? parseRange(load(COPIED_KEY) ?? '', Date.now())
        if (parsed !== undefined) set(parsed)
      },
    }
  }, [range, chosen, known, set])
}

/** Unix ms of both ends, now. */
export function intervalOf(range: RangeText, nowMs: number): Interval {
  return {
    fromMs: resolveTime(range.from, nowMs, 'start') ?? nowMs - 3_600_000,
    toMs: resolveTime(range.to, nowMs, 'end') ?? nowMs,
  }
}

function validRange(from: string | undefined, to: string | undefined): RangeText | undefined {
  if (from === undefined) return undefined
  const now = Date.now()
  const range = { from, to: to ?? 'now' }
  const start = resolveTime(range.from, now, 'start')
  const end = resolveTime(range.to, now, 'end')
  return start === undefined || end === undefined || start >= end ? undefined : range
}

function toText(ms: number): string {
  return String(Math.round(ms))
}

const REFRESHES: Readonly<Record<string, number | false>> = {
  off: false,
  '5s': 5000,
  '15s': 15_000,
  '1m': 60_000,
  '5m': 300_000,
}

export type Refresh = {
  readonly value: string
  readonly intervalMs: number | false
  readonly choices: readonly string[]
  set(value: string): void
}

/** How often the page asks anew; never where the range has an end that stands still. */
export function useRefresh(): Refresh {
  const search: SharedSearch = useSearch({ strict: false })
  const { range } = useTimeRange()
  const navigate = useNavigate()
  const value = search.refresh !== undefined && search.refresh in REFRESHES ? search.refresh : '5s'
  return {
    value,
    intervalMs: isMoving(range) ? REFRESHES[value]! : false,
    choices: Object.keys(REFRESHES),
    set: (next) =>
      void navigate({
        to: '.',
        replace: true,
        search: (old: Record<string, unknown>) => ({ ...old, refresh: next === '5s' ? undefined : next }),
      } as never),
  }
}

function readRecent(): readonly RangeText[] {
  try {
    const list: unknown = JSON.parse(load(RECENT_KEY) ?? '[]')
    return Array.isArray(list)
      ? list.filter((r): r is RangeText => typeof r?.from === 'string' && typeof r?.to === 'string')
      : []
  } catch {
    return []
  }
}

function remember(range: RangeText): void {
  const others = readRecent().filter((r) => r.from !== range.from || r.to !== range.to)
  store(RECENT_KEY, JSON.stringify([range, ...others].slice(0, MAX_RECENT)))
}

// Storage may be forbidden or full: then nothing is remembered, and nothing else breaks.
function load(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    return
  }
}
