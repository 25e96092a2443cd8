import type { Compilable, Kysely } from 'kysely'

/** What a column holds. Text has no NUL character, numbers are not NaN; anything richer is JSON text. */
export type Value = string | number | null

/** One statement for many rows: `query` is compiled once; each row gives the values of its parameters, in their order. */
export type Bulk = { readonly query: Compilable; readonly rows: readonly (readonly Value[])[] }

export type Change = Compilable | Bulk

/** Rows that the statement touched (of a bulk: all of them together). */
export type ChangeResult = { readonly affected: number }

/**
 * One step of a domain's schema: only forward, never changed once released, `id`s ascend from 1. A step and the note that it
 * was taken are one transaction. Statements keep to what SQLite and PostgreSQL share (TEXT, BIGINT, DOUBLE PRECISION).
 */
export type DomainStep = { readonly id: number; readonly name: string; readonly statements: readonly string[] }

/**
 * The tables of one domain. Their names begin with the domain's name. A single statement must end within some 20 ms: long
 * reads go page by page along a key, since all statements share one thread.
 */
export type Tables<DB> = {
  /** Builds statements and runs single ones: reads at once, changes as `write` does. No `transaction()`. */
  readonly db: Kysely<DB>
  /**
   * All of `changes` or none, in their order; durable once it resolves. Writes happen in the order of the calls, and those
   * that arrive while the disk is busy share its next flush. Throws `BinnacleError` (`state.*`).
   */
  write(changes: readonly Change[]): Promise<readonly ChangeResult[]>
}

export type State = {
  /** Opens the file and brings every domain's tables up to date. Throws `BinnacleError`: locked, damaged, newer. */
  start(signal: AbortSignal): Promise<void>
  /** Writes what waits, then closes. Safe twice, and after a failed start. */
  stop(): Promise<void>
  /** Announces a domain, before `start`. */
  tables<DB>(domain: string, steps: readonly DomainStep[]): Tables<DB>
  /** Bytes on disk, the log included. */
  sizeBytes(): number
}
