import type { Selection, SlicePart, SliceRequest } from '@binnacle/promql'
import type { ErrorKind, Place } from '../../../config/index.ts'
import type { EngineEndpoint } from '../../../engine/index.ts'
import type { ChunkPacket, SlabChange } from '../../store/index.ts'
import type { Piece } from '../json-writer.ts'
import type { QueryTask, TaskRemarks } from '../query-task.ts'
import type { SelectedColumns } from '../selected-series.ts'
import type { PairNews } from './pair-mirror.ts'

/** What a worker is started with. */
export type WorkerSetup = { readonly endpoint: EngineEndpoint }

/** An error on its way between threads. */
export type PlainError = {
  readonly message: string
  readonly code?: string
  readonly kind?: ErrorKind
  readonly place?: Place
  readonly hint?: string
  readonly retryAfterMs?: number
  readonly stack?: string
}

/**
 * How the series of a selection are divided: `size` rows a slice, the last one smaller. `control` is shared by all who
 * evaluate slices: [0] is the next slice that nobody has taken, [1] becomes 1 when helpers are wanted elsewhere.
 */
export type Slices = { readonly size: number; readonly control: Int32Array }

/** A selection of a query, by the numbers of both. */
type OfSelection = { readonly id: number; readonly selection: number }

type ReadCounts = { readonly headSamples: number; readonly engineSamples: number }

export type SliceResult = OfSelection & ReadCounts & { readonly slice: number; readonly part: SlicePart }

/** From the watch to a worker. Slab changes and pairs come before any series that need them. */
export type ToWorker =
  | { readonly type: 'slab'; readonly change: SlabChange }
  | { readonly type: 'pairs'; readonly news: PairNews }
  | { readonly type: 'run'; readonly id: number; readonly task: QueryTask }
  | ({ readonly type: 'series'; readonly columns: SelectedColumns; readonly slices: Slices | undefined } & OfSelection)
  | ({ readonly type: 'no-series'; readonly error: PlainError } & OfSelection)
  | ({
      readonly type: 'help'
      readonly task: QueryTask
      readonly request: SliceRequest
      readonly columns: SelectedColumns
      readonly slices: Slices
    } & OfSelection)
  | ({ readonly type: 'part' } & SliceResult)
  /** Some more pieces of an answer. */
  | { readonly type: 'more'; readonly id: number }
  | { readonly type: 'cancel'; readonly id: number; readonly error: PlainError }

/** `more`: there may be further ones. */
export type MadePieces = { readonly pieces: readonly Piece[]; readonly more: boolean }

/** From a worker to the watch. */
export type FromWorker =
  | ({ readonly type: 'resolve'; readonly wanted: Selection } & OfSelection)
  /** The same, for a part of the query that others may help with. */
  | ({ readonly type: 'share'; readonly request: SliceRequest } & OfSelection)
  | ({ readonly type: 'part' } & SliceResult)
  /** Chunks that were read from the engine, for the cache. */
  | { readonly type: 'chunks'; readonly packets: readonly ChunkPacket[] }
  | { readonly type: 'helped'; readonly id: number; readonly error: PlainError | undefined }
  /** The query is evaluated; with `more`, further pieces are made when they are asked for. */
  | ({ readonly type: 'done'; readonly id: number; readonly remarks: TaskRemarks } & MadePieces & ReadCounts)
  | ({ readonly type: 'pieces'; readonly id: number } & MadePieces)
  /** No further pieces can be made. */
  | { readonly type: 'cut'; readonly id: number; readonly error: PlainError }
  | { readonly type: 'failed'; readonly id: number; readonly error: PlainError }
