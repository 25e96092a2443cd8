import type { Labels } from '@binnacle/promql'
import type { ResolvedReason } from '../../rules/index.ts'
import type { Bulk, Value } from '../../state/index.ts'
import type { Alert } from '../alert.ts'
import { fingerprintOf } from '../fingerprint.ts'
import type { AlertingTables } from '../tables.ts'

/** Whether its transitions are recorded by its sender (`rules`) or here. */
export type Origin = 'rules' | 'outside'
export type KnownAlert = { readonly alert: Alert; readonly origin: Origin }

const PAGE = 250

/** Statements of the table of alerts: each by its key. */
export function alertStatements({ db }: AlertingTables) {
  const row = {
    fingerprint: '',
    doc: '',
    starts_ms: 0,
    ends_ms: 0,
    updated_ms: 0,
    timeout: 0,
    reason: '',
    value: '',
    origin: '',
  }
  const times = { starts_ms: 0, ends_ms: 0, updated_ms: 0, timeout: 0, reason: '', value: '', origin: '' }
  const upsert = db
    .insertInto('alerting_alerts')
    .values(row)
    .onConflict((conflict) =>
      conflict.column('fingerprint').doUpdateSet((excluded) => ({
        doc: excluded.ref('excluded.doc'),
        starts_ms: excluded.ref('excluded.starts_ms'),
        ends_ms: excluded.ref('excluded.ends_ms'),
        updated_ms: excluded.ref('excluded.updated_ms'),
        timeout: excluded.ref('excluded.timeout'),
        reason: excluded.ref('excluded.reason'),
        value: excluded.ref('excluded.value'),
        origin: excluded.ref('excluded.origin'),
      })),
    )
    .compile()
  const touch = db.updateTable('alerting_alerts').set(times).where('fingerprint', '=', '').compile()
  const remove = db.deleteFrom('alerting_alerts').where('fingerprint', '=', '').compile()
  const again = (query: typeof upsert) => ({ compile: () => query })
  return {
    /** Whole rows. */
    save: (all: readonly KnownAlert[]): Bulk => ({
      query: again(upsert),
      rows: all.map((known) => [known.alert.fingerprint, docOf(known.alert), ...timesOf(known)]),
    }),
    /** Of alerts that have a row with the same labels, annotations and URL: the rest of it. */
    touch: (all: readonly KnownAlert[]): Bulk => ({
      query: again(touch),
      rows: all.map((known) => [...timesOf(known), known.alert.fingerprint]),
    }),
    remove: (fingerprints: readonly string[]): Bulk => ({
      query: again(remove),
      rows: fingerprints.map((one) => [one]),
    }),
  }
}

/** All alerts, page by page along the key. */
export async function* readAlerts({ db }: AlertingTables): AsyncGenerator<KnownAlert> {
  for (let after = ''; ; ) {
    const rows = await db
      .selectFrom('alerting_alerts')
      .selectAll()
      .where('fingerprint', '>', after)
      .orderBy('fingerprint')
      .limit(PAGE)
      .execute()
    for (const row of rows) {
      const doc = JSON.parse(row.doc) as { labels: Labels; annotations: Labels; generatorUrl: string }
      yield {
        origin: row.origin === 'rules' ? 'rules' : 'outside',
        alert: Object.freeze({
          fingerprint: fingerprintOf(doc.labels),
          ...doc,
          startsAtMs: row.starts_ms,
          endsAtMs: row.ends_ms,
          updatedAtMs: row.updated_ms,
          timeout: row.timeout === 1,
          ...(row.reason === null ? {} : { resolvedReason: row.reason as ResolvedReason }),
          ...(row.value === null ? {} : { value: Number(row.value) }),
        }),
      }
    }
    if (rows.length < PAGE) return
    after = rows.at(-1)!.fingerprint
  }
}

const docOf = ({ labels, annotations, generatorUrl }: Alert) => JSON.stringify({ labels, annotations, generatorUrl })

function timesOf({ alert, origin }: KnownAlert): readonly Value[] {
  return [
    alert.startsAtMs,
    alert.endsAtMs,
    alert.updatedAtMs,
    alert.timeout ? 1 : 0,
    alert.resolvedReason ?? null,
    alert.value === undefined ? null : String(alert.value),
    origin,
  ]
}
