import type { Labels } from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'
import type { InTurn } from '../in-turn.ts'
import type { AlertingLimits } from '../limits.ts'
import { compareMatchers, formatMatchers, type Matcher, matchesAll } from '../matcher/index.ts'
import type { Silence, SilenceInput } from '../silence-record.ts'
import type { AlertingTables } from '../tables.ts'
import { checkSilence } from './check-silence.ts'
import { deleteSilences, readSilences, type StoredSilence, saveSilences } from './silence-rows.sql.ts'

export type SilenceDeps = {
  readonly tables: AlertingTables
  readonly now: () => number
  readonly newId: () => string
  /** In which changes are made; what it does with a disk that hangs, `set` and `expire` do. */
  readonly inTurn: InTurn
}

/** Silences, and which of them mute an alert. Source: Alertmanager's `silence` (behaviour). */
export type Silences = {
  load(): Promise<void>
  /** Those that have all of the given matchers; active, pending, expired, as Alertmanager orders them. */
  list(matchers: readonly Matcher[]): readonly Silence[]
  get(id: string): Silence | undefined
  set(input: SilenceInput): Promise<string>
  expire(id: string): Promise<void>
  /** Ids of the active silences that mute an alert, sorted. Remembers what it found for the fingerprint. */
  silencedBy(fingerprint: string, labels: Labels): readonly string[]
  /** The same for labels of no alert. */
  silencing(labels: Labels): readonly string[]
  /** Of an alert that is gone. */
  forget(fingerprint: string): void
  /** Removes those that ended longer ago than the retention. */
  collect(): Promise<void>
  countByState(): Readonly<Record<Silence['state'], number>>
}

type Seen = { readonly version: number; readonly ids: readonly string[] }

const NONE: readonly string[] = []

export function createSilences(
  { tables, now, newId, inTurn }: SilenceDeps,
  limits: Pick<AlertingLimits, 'maxSilences' | 'maxSilenceMatchers' | 'maxAlertSize' | 'retentionMs'>,
): Silences {
  const silences = new Map<string, StoredSilence>()
  /** Ids in the order of their last change; `versions[i]` is the version that the change made. */
  let changed: string[] = []
  let versions: number[] = []
  let version = 0
  /** What is known for alerts: silences that match and have not ended, as of a version. */
  const seen = new Map<string, Seen>()

  function keep(silence: StoredSilence): void {
    silences.set(silence.id, silence)
    changed.push(silence.id)
    versions.push(++version)
    if (changed.length > 2 * silences.size + 100) compact()
  }

  /** Of each silence only its last change counts. */
  function compact(): void {
    const last = new Map<string, number>()
    for (const [i, id] of changed.entries()) if (silences.has(id)) last.set(id, versions[i]!)
    const pairs = [...last].sort((a, b) => a[1] - b[1])
    changed = pairs.map(([id]) => id)
    versions = pairs.map(([, one]) => one)
  }

  /** Index of the first change after a version. */
  function changesAfter(since: number): number {
    let low = 0
    let high = versions.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (versions[middle]! > since) high = middle
      else low = middle + 1
    }
    return low
  }

  function active(ids: Iterable<string>, nowMs: number): readonly string[] {
    const result: string[] = []
    for (const id of ids) {
      const silence = silences.get(id)
      if (silence !== undefined && stateAt(silence, nowMs) === 'active') result.push(id)
    }
    return result.length > 1 ? result.sort() : result
  }

  function find(id: string): StoredSilence {
    const silence = silences.get(id)
    if (silence === undefined)
      throw new BinnacleError('alerting.silence_missing', `silence ${id} not found`, { kind: 'missing' })
    return silence
  }

  async function save(...changes: StoredSilence[]): Promise<void> {
    await tables.write([saveSilences(tables, changes)])
    for (const silence of changes) keep(silence)
  }

  const expired = (silence: StoredSilence, nowMs: number): StoredSilence => ({
    ...silence,
    startsAtMs: Math.min(silence.startsAtMs, nowMs),
    endsAtMs: nowMs,
    updatedAtMs: nowMs,
  })

  return {
    async load() {
      for await (const silence of readSilences(tables)) keep(silence)
    },
    list(matchers) {
      const nowMs = now()
      const order = { active: 0, pending: 1, expired: 2 }
      return [...silences.values()]
        .filter((silence) => matchers.every((matcher) => asksFor(silence, matcher)))
        .map((silence) => withState(silence, nowMs))
        .sort(
          (a, b) =>
            order[a.state] - order[b.state] ||
            (a.state === 'pending'
              ? a.startsAtMs - b.startsAtMs
              : a.state === 'active'
                ? a.endsAtMs - b.endsAtMs
                : b.endsAtMs - a.endsAtMs) ||
            (a.id < b.id ? -1 : 1),
        )
    },
    get(id) {
      const silence = silences.get(id)
      return silence && withState(silence, now())
    },
    set: (input) =>
      inTurn(async () => {
        const nowMs = now()
        const { id, ...rest } = input
        const known = id === undefined || id === '' ? undefined : find(id)
        const next: StoredSilence = { ...rest, id: known?.id ?? '', updatedAtMs: nowMs }
        checkSilence(next, nowMs, limits)
        if (known !== undefined && mayChange(known, next, nowMs)) {
          await save(next)
          return known.id
        }
        if (silences.size >= limits.maxSilences)
          throw new BinnacleError('alerting.too_many_silences', `there are ${silences.size} silences already`, {
            kind: 'limit',
            hint: `alerting.max_silences is ${limits.maxSilences}; expired ones are kept for alerting.retention`,
          })
        const successor = { ...next, id: newId(), startsAtMs: Math.max(next.startsAtMs, nowMs) }
        // The one before stays as the record of what was muted until now.
        const before = known !== undefined && stateAt(known, nowMs) !== 'expired' ? [expired(known, nowMs)] : []
        await save(...before, successor)
        return successor.id
      }),
    expire: (id) =>
      inTurn(async () => {
        const nowMs = now()
        const silence = find(id)
        if (stateAt(silence, nowMs) !== 'expired') await save(expired(silence, nowMs))
      }),
    silencedBy(fingerprint, labels) {
      const known = seen.get(fingerprint)
      if (known?.version === version && known.ids.length === 0) return NONE
      const nowMs = now()
      if (known?.version === version) return active(known.ids, nowMs)
      const ids = new Set(known?.ids)
      for (let i = changesAfter(known?.version ?? 0); i < changed.length; i++) ids.add(changed[i]!)
      const matching = [...ids].filter((id) => {
        const silence = silences.get(id)
        return silence !== undefined && stateAt(silence, nowMs) !== 'expired' && matchesAll(silence.matchers, labels)
      })
      seen.set(fingerprint, { version, ids: matching.length === 0 ? NONE : matching })
      return active(matching, nowMs)
    },
    silencing(labels) {
      const nowMs = now()
      const matching = [...silences.values()].filter(({ matchers }) => matchesAll(matchers, labels))
      return active(
        matching.map(({ id }) => id),
        nowMs,
      )
    },
    forget(fingerprint) {
      seen.delete(fingerprint)
    },
    collect: () =>
      inTurn(async () => {
        const before = now() - limits.retentionMs
        const ids = [...silences.values()].filter(({ endsAtMs }) => endsAtMs <= before).map(({ id }) => id)
        if (ids.length === 0) return
        await tables.write([deleteSilences(tables, ids)])
        for (const id of ids) silences.delete(id)
        compact()
      }),
    countByState() {
      const counts = { active: 0, pending: 0, expired: 0 }
      const nowMs = now()
      for (const silence of silences.values()) counts[stateAt(silence, nowMs)]++
      return counts
    },
  }
}

function stateAt({ startsAtMs, endsAtMs }: StoredSilence, nowMs: number): Silence['state'] {
  if (nowMs < startsAtMs) return 'pending'
  return nowMs >= endsAtMs ? 'expired' : 'active'
}

function withState(silence: StoredSilence, nowMs: number): Silence {
  return { ...silence, state: stateAt(silence, nowMs) }
}

/** Whether one of the silence's matchers is the same as a filter's. Source: Alertmanager's API v2, `GET /silences`. */
function asksFor({ matchers }: StoredSilence, filter: Matcher): boolean {
  return matchers.some((own) => compareMatchers(own, filter) === 0)
}

/** Whether the change leaves what was muted until now as it was. */
function mayChange(known: StoredSilence, next: StoredSilence, nowMs: number): boolean {
  if (formatMatchers(known.matchers) !== formatMatchers(next.matchers)) return false
  switch (stateAt(known, nowMs)) {
    case 'active':
      return Math.floor(known.startsAtMs / 1000) === Math.floor(next.startsAtMs / 1000) && next.endsAtMs >= nowMs
    case 'pending':
      return next.startsAtMs >= nowMs
    case 'expired':
      return false
  }
}
