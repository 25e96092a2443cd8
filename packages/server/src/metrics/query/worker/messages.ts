import type { Selection } from '@binnacle/promql'
import type { ErrorKind, Place } from '../../../config/index.ts'
import type { EngineEndpoint } from '../../../engine/index.ts'
import type { SlabChange } from '../../store/index.ts'
import type { QueryTask, TaskAnswer } from '../query-task.ts'
import type { PackedSeries } from '../selected-series.ts'

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

/** From the watch to a worker. Slab changes come in the order in which they happen, before any series that need them. */
export type ToWorker =
  | { readonly type: 'slab'; readonly change: SlabChange }
  | { readonly type: 'run'; readonly id: number; readonly task: QueryTask }
  | { readonly type: 'series'; readonly id: number; readonly selection: number; readonly series: PackedSeries }
  | { readonly type: 'no-series'; readonly id: number; readonly selection: number; readonly error: PlainError }
  | { readonly type: 'cancel'; readonly id: number; readonly error: PlainError }

/** From a worker to the watch. */
export type FromWorker =
  | { readonly type: 'resolve'; readonly id: number; readonly selection: number; readonly wanted: Selection }
  | {
      readonly type: 'done'
      readonly id: number
      readonly answer: TaskAnswer
      readonly headSamples: number
      readonly engineSamples: number
    }
  | { readonly type: 'failed'; readonly id: number; readonly error: PlainError }
