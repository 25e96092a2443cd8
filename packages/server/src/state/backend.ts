import type { ChangeResult, Value } from './state.ts'

export type Row = Readonly<Record<string, Value>>

/** One statement with the values of each of its runs. */
export type Statement = { readonly sql: string; readonly rows: readonly (readonly Value[])[] }

/** Statements that happen together or not at all. */
export type Unit = readonly Statement[]

/** An error as it passes between threads. `code` is the database's own, such as `SQLITE_FULL`. */
export type Failure = { readonly code: string; readonly message: string }

export type UnitResult =
  | { readonly ok: true; readonly results: readonly ChangeResult[] }
  | { readonly ok: false; readonly failure: Failure }

/** A database that runs statements. Throws errors with the database's `code`. */
export type Backend = {
  open(): Promise<void>
  read(sql: string, values: readonly Value[]): Promise<readonly Row[]>
  /** One durable commit for all units; a unit that fails leaves nothing and does not hinder the others. */
  commit(units: readonly Unit[]): Promise<readonly UnitResult[]>
  close(): Promise<void>
}
