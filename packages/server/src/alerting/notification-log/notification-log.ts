import { createHash } from 'node:crypto'
import type { Change } from '../../state/index.ts'
import type { AlertingTables } from '../tables.ts'

/** What an integration of a receiver was last told about a group. Lists are fingerprints. */
export type LogEntry = {
  readonly firing: readonly string[]
  readonly resolved: readonly string[]
  /** When it was told, Unix ms. */
  readonly atMs: number
  /** It is forgotten then. */
  readonly expiresAtMs: number
}

export type LogContent = Pick<LogEntry, 'firing' | 'resolved'>

/**
 * Who was told what, and what may have been told: a notification is noted as begun before its first attempt and as done after
 * its answer. In memory with a row for each entry. Source of what it answers: Alertmanager's `nflog`.
 */
export type NotificationLog = {
  load(nowMs: number): Promise<void>
  get(key: string): LogEntry | undefined
  /** Whether anything is known of it: what was told, or what may have been. */
  has(key: string): boolean
  /** Whether something was begun before a restart, and nobody knows how it ended: it may have been told. */
  isInDoubt(key: string): boolean
  /**
   * The key to send with; write the changes before sending. The key is that of an earlier beginning without an end when the
   * content is the same: whoever got it then will know it again.
   */
  begin(
    key: string,
    content: LogContent,
    nowMs: number,
  ): { readonly idempotencyKey: string; readonly changes: readonly Change[] }
  /** Notes that it was told. The changes make it durable; write them with the record of the notification. */
  done(
    key: string,
    content: LogContent,
    told: { readonly nowMs: number; readonly repeatIntervalMs: number },
  ): readonly Change[]
  /** Drops what has expired. */
  collect(nowMs: number): Promise<void>
  readonly size: number
}

type Begun = {
  readonly idempotencyKey: string
  readonly content: string
  readonly atMs: number
  /** By a process that is no more. */
  readonly isOfBefore: boolean
}

/** An entry of ten thousand alerts has some 200 KB. */
const PAGE = 50

export function createNotificationLog(
  { tables, newId }: { readonly tables: AlertingTables; readonly newId: () => string },
  { retentionMs }: { readonly retentionMs: number },
): NotificationLog {
  const { db } = tables
  const entries = new Map<string, LogEntry>()
  const begun = new Map<string, Begun>()
  const saveEntry = db
    .insertInto('alerting_notification_log')
    .values({ log_key: '', doc: '', at_ms: 0, expires_ms: 0 })
    .onConflict((conflict) =>
      // What a full disk refused may be written behind what came after it.
      conflict
        .column('log_key')
        .doUpdateSet((excluded) => ({
          doc: excluded.ref('excluded.doc'),
          at_ms: excluded.ref('excluded.at_ms'),
          expires_ms: excluded.ref('excluded.expires_ms'),
        }))
        .whereRef('alerting_notification_log.at_ms', '<=', 'excluded.at_ms' as never),
    )
  const saveBegun = db
    .insertInto('alerting_begun')
    .values({ log_key: '', idempotency_key: '', content: '', at_ms: 0 })
    .onConflict((conflict) =>
      conflict.column('log_key').doUpdateSet((excluded) => ({
        idempotency_key: excluded.ref('excluded.idempotency_key'),
        content: excluded.ref('excluded.content'),
        at_ms: excluded.ref('excluded.at_ms'),
      })),
    )
  const compiled = {
    entry: saveEntry.compile(),
    begun: saveBegun.compile(),
    dropBegun: db.deleteFrom('alerting_begun').where('log_key', '=', '').compile(),
    dropEntry: db.deleteFrom('alerting_notification_log').where('log_key', '=', '').compile(),
  }
  const bulk = (query: (typeof compiled)['entry'], rows: readonly (readonly (string | number)[])[]): Change => ({
    query: { compile: () => query },
    rows,
  })

  return {
    async load(nowMs) {
      for (let after = ''; ; ) {
        const rows = await db
          .selectFrom('alerting_notification_log')
          .selectAll()
          .where('log_key', '>', after)
          .orderBy('log_key')
          .limit(PAGE)
          .execute()
        for (const row of rows) {
          if (row.expires_ms <= nowMs) continue
          const content = JSON.parse(row.doc) as LogContent
          entries.set(row.log_key, { ...content, atMs: row.at_ms, expiresAtMs: row.expires_ms })
        }
        if (rows.length < PAGE) break
        after = rows.at(-1)!.log_key
      }
      for (let after = ''; ; ) {
        const rows = await db
          .selectFrom('alerting_begun')
          .selectAll()
          .where('log_key', '>', after)
          .orderBy('log_key')
          .limit(PAGE)
          .execute()
        for (const row of rows) {
          begun.set(row.log_key, {
            idempotencyKey: row.idempotency_key,
            content: row.content,
            atMs: row.at_ms,
            isOfBefore: true,
          })
        }
        if (rows.length < PAGE) break
        after = rows.at(-1)!.log_key
      }
    },
    get: (key) => entries.get(key),
    has: (key) => entries.has(key) || begun.has(key),
    isInDoubt: (key) => begun.get(key)?.isOfBefore === true,
    begin(key, content, nowMs) {
      const digest = digestOf(content)
      const before = begun.get(key)
      if (before?.content === digest) return { idempotencyKey: before.idempotencyKey, changes: [] }
      const idempotencyKey = newId()
      begun.set(key, { idempotencyKey, content: digest, atMs: nowMs, isOfBefore: before?.isOfBefore === true })
      return { idempotencyKey, changes: [bulk(compiled.begun, [[key, idempotencyKey, digest, nowMs]])] }
    },
    done(key, { firing, resolved }, { nowMs, repeatIntervalMs }) {
      // While something fires the entry is needed for its end, however short the interval is.
      const keepMs = Math.max(2 * repeatIntervalMs, firing.length > 0 ? retentionMs : 0)
      const entry: LogEntry = { firing, resolved, atMs: nowMs, expiresAtMs: nowMs + keepMs }
      entries.set(key, entry)
      const wasBegun = begun.delete(key)
      const doc: LogContent = { firing, resolved }
      return [
        bulk(compiled.entry, [[key, JSON.stringify(doc), entry.atMs, entry.expiresAtMs]]),
        ...(wasBegun ? [bulk(compiled.dropBegun, [[key]])] : []),
      ]
    },
    async collect(nowMs) {
      const old: string[] = []
      for (const [key, { expiresAtMs }] of entries) if (expiresAtMs <= nowMs) old.push(key)
      const given: string[] = []
      for (const [key, { atMs }] of begun) if (atMs + retentionMs <= nowMs) given.push(key)
      if (old.length + given.length === 0) return
      for (const key of old) entries.delete(key)
      for (const key of given) begun.delete(key)
      await tables.write([
        bulk(
          compiled.dropEntry,
          old.map((key) => [key]),
        ),
        bulk(
          compiled.dropBegun,
          given.map((key) => [key]),
        ),
      ])
    },
    get size() {
      return entries.size
    },
  }
}

function digestOf({ firing, resolved }: LogContent): string {
  const hash = createHash('sha256')
  hash.update([...firing].sort().join())
  hash.update(';')
  hash.update([...resolved].sort().join())
  return hash.digest('hex')
}
