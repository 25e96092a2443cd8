import {
  type Expr,
  evaluatePart,
  PromqlError,
  type SeriesBatch,
  type SlicePart,
  type SliceRequest,
} from '@binnacle/promql'
import { evaluateOptions, type QueryTask, toBinnacleError } from '../query-task.ts'
import type { SelectedSeries } from '../selected-series.ts'
import { readStitched, type StitchedReaderDeps } from '../stitched-source.ts'
import type { Slices } from './messages.ts'

export type SliceWork = {
  readonly task: QueryTask
  readonly expr: Expr
  readonly request: SliceRequest
  readonly selected: SelectedSeries
  readonly slices: Slices
  /** Who only helps stops when it is wanted elsewhere. */
  readonly helps: boolean
  readonly deps: StitchedReaderDeps
}

export function sliceCount(series: number, size: number): number {
  return Math.ceil(series / size)
}

/** No further slice is taken by anybody. */
export function closeSlices({ control }: Slices): void {
  Atomics.store(control, 0, 0x4000_0000)
}

/**
 * Takes slices one after the other until none is left, and hands over what each made. While one is evaluated, the engine
 * is asked for the next one already. Throws `BinnacleError` for a user's mistakes.
 */
export async function evaluateSlices(work: SliceWork, onPart: (slice: number, part: SlicePart) => void): Promise<void> {
  const { task, expr, request, selected, slices, deps } = work
  const { size, control } = slices
  const count = sliceCount(selected.count, size)
  const take = () => {
    const slice = work.helps && Atomics.load(control, 1) === 1 ? count : Atomics.add(control, 0, 1)
    if (slice >= count) return undefined
    const from = slice * size
    const range = { from, to: Math.min(selected.count, from + size) }
    return {
      slice,
      series: range.to - range.from,
      batches: begun(readStitched(deps, selected, request.selection, range)),
    }
  }
  let taken = take()
  try {
    while (taken !== undefined) {
      const { slice, series, batches } = taken
      taken = take()
      const part = await evaluatePart(expr, {
        ...evaluateOptions(task, deps.waiting.signal),
        source: {
          select({ fromMs, toMs }) {
            if (fromMs < request.selection.fromMs || toMs > request.selection.toMs)
              throw new Error('a slice asks for more than its part of the query')
            return batches
          },
        },
        countSamples: request.countSamples,
        part: request.part,
        grid: request.grid,
        series,
        ...(task.kind === 'instant'
          ? { startMs: task.timeMs, endMs: task.timeMs, stepMs: 0 }
          : { startMs: task.startMs, endMs: task.endMs, stepMs: task.stepMs }),
      })
      onPart(slice, part)
    }
  } catch (error) {
    closeSlices(slices)
    if (error instanceof PromqlError) throw toBinnacleError(error, task.maxSamples)
    throw error
  }
}

/** The same batches; the first one is asked for now. */
function begun(batches: AsyncGenerator<SeriesBatch, void, undefined>): AsyncIterable<SeriesBatch> {
  const first = batches.next()
  // Awaited later, or never when the query ends before; until then its failure is nobody's.
  first.catch(() => {})
  async function* all() {
    for (let next = await first; !next.done; next = await batches.next()) yield next.value
  }
  return all()
}

/** Memory of a part that goes with it when it is posted. */
export function buffersOf({ rows, values, present, more }: SlicePart): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>()
  for (const array of [rows, values, present, ...more.flat()]) buffers.add(array.buffer as ArrayBuffer)
  return [...buffers]
}
