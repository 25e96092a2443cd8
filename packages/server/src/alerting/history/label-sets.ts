import { type Labels, labelValue } from '@binnacle/promql'
import { sql } from 'kysely'
import type { Change } from '../../state/index.ts'
import { type Matcher, matchesAll } from '../matcher/index.ts'
import type { AlertingTables, LabelSetKind } from '../tables.ts'

/** `last_ms` is moved on in such steps, so that most events leave their set as it is. */
export const SET_STEP_MS = 86_400_000
const SETS_A_READ = 2_000

/** Labels with the time of an event that has them. */
export type SetSeen = { readonly fingerprint: string; readonly labels: Labels; readonly atMs: number }

/** Every set of labels in the history, once, however many events have it: a search by matchers looks through these. */
export type LabelSets = {
  changesFor(kind: LabelSetKind, seen: readonly SetSeen[]): readonly Change[]
  /** Fingerprints of the sets that match, `most` and one at most. */
  find(kind: LabelSetKind, matchers: readonly Matcher[], most: number, signal: AbortSignal): Promise<readonly string[]>
}

export function createLabelSets({ db }: AlertingTables): LabelSets {
  const save = db
    .insertInto('alerting_label_sets')
    .values({ kind: 'alert', fingerprint: '', labels: '', alertname: '', last_ms: 0 })
    .onConflict((conflict) =>
      conflict
        .columns(['kind', 'fingerprint'])
        .doUpdateSet((row) => ({ last_ms: row.ref('excluded.last_ms') }))
        .where(sql<boolean>`excluded.last_ms > alerting_label_sets.last_ms + ${sql.lit(SET_STEP_MS)}`),
    )
    .compile()

  return {
    changesFor(kind, seen) {
      const last = new Map<string, SetSeen>()
      for (const one of seen) if ((last.get(one.fingerprint)?.atMs ?? 0) <= one.atMs) last.set(one.fingerprint, one)
      if (last.size === 0) return []
      const rows = [...last.values()].map(({ fingerprint, labels, atMs }) => [
        kind,
        fingerprint,
        JSON.stringify(labels),
        labelValue(labels, 'alertname'),
        atMs,
      ])
      return [{ query: { compile: () => save }, rows }]
    },
    async find(kind, matchers, most, signal) {
      const named = matchers.find(({ name, kind: how, value }) => name === 'alertname' && how === '=' && value !== '')
      const found: string[] = []
      for (let after = ''; ; ) {
        signal.throwIfAborted()
        let query = db
          .selectFrom('alerting_label_sets')
          .select(['fingerprint', 'labels'])
          .where('kind', '=', kind)
          .where('fingerprint', '>', after)
        if (named !== undefined) query = query.where('alertname', '=', named.value)
        // Sets that cannot match are left where they are; whether the others do is looked at below.
        for (const one of matchers)
          if (one.kind === '=' && one.value !== '')
            query = query.where(sql<boolean>`labels LIKE ${textOf(one)} ESCAPE '!'`)
        const rows = await query.orderBy('fingerprint').limit(SETS_A_READ).execute()
        for (const { fingerprint, labels } of rows) {
          if (matchesAll(matchers, JSON.parse(labels) as Labels)) found.push(fingerprint)
        }
        if (found.length > most) return found.slice(0, most + 1)
        if (rows.length < SETS_A_READ) return found
        after = rows.at(-1)!.fingerprint
      }
    },
  }
}

/** A pattern for the JSON of label sets that have this name and value. */
const textOf = ({ name, value }: Matcher) =>
  `%${`${JSON.stringify(name)},${JSON.stringify(value)}`.replace(/[!%_]/g, '!$&')}%`
