import type { Failure, Row, Unit, UnitResult } from '../backend.ts'
import type { Value } from '../state.ts'

export type Request = { readonly id: number } & (
  | { readonly type: 'open' }
  | { readonly type: 'read'; readonly sql: string; readonly values: readonly Value[] }
  | { readonly type: 'commit'; readonly units: readonly Unit[] }
  | { readonly type: 'close' }
)

export type Reply = { readonly id: number } & (
  | { readonly type: 'done' }
  | { readonly type: 'rows'; readonly rows: readonly Row[] }
  | { readonly type: 'committed'; readonly results: readonly UnitResult[] }
  | { readonly type: 'failed'; readonly failure: Failure }
)

export type ThreadSetup = { readonly file: string }
