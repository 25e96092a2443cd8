import { parentPort, workerData } from 'node:worker_threads'
import type { Selection, SlicedParts, SlicePart, SliceRequest } from '@binnacle/promql'
import { createEngineClient } from '../../../engine/index.ts'
import { systemClock } from '../../../telemetry/index.ts'
import {
  type ChunkPacket,
  createEngineReader,
  createSampleBuffers,
  type SlabViews,
  viewsOf,
} from '../../store/index.ts'
import type { Piece } from '../json-writer.ts'
import { createParsedQueries } from '../parsed-queries.ts'
import { type QueryTask, runTask } from '../query-task.ts'
import type { SelectedColumns, SelectedSeries } from '../selected-series.ts'
import { createStitchedSource, type StitchedReaderDeps } from '../stitched-source.ts'
import { buffersOf, closeSlices, evaluateSlices, sliceCount } from './evaluate-slices.ts'
import type { FromWorker, MadePieces, SliceResult, Slices, ToWorker, WorkerSetup } from './messages.ts'
import { createPairMirror } from './pair-mirror.ts'
import { PIECES_AHEAD } from './piece-stream.ts'
import { fromPlainError, toPlainError } from './plain-error.ts'

type Resolved = { readonly selected: SelectedSeries; readonly slices: Slices | undefined }

const port = parentPort!
const { endpoint } = workerData as WorkerSetup
const client = createEngineClient({ endpoint, clock: systemClock, maxConnections: 4 })
const reader = createEngineReader(client)
const buffers = createSampleBuffers()
const parse = createParsedQueries()
const mirror = createPairMirror()
const views: (SlabViews | undefined)[] = []
const running = new Map<number, AbortController>()
/** Answers of which somebody has read a part. */
const streams = new Map<number, Iterator<Piece>>()
const awaited = new Map<string, { resolve: (series: Resolved) => void; reject: (error: Error) => void }>()
/** Of selections that are evaluated in slices here: who takes what others made. */
const awaitedParts = new Map<string, (result: SliceResult) => void>()

function post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}

/** Samples read so far by a query or a part of it, by where they came from. */
function createCounts() {
  const counts = { head: 0, engine: 0 }
  return {
    counts,
    onRead: (from: 'head' | 'engine', samples: number) => {
      counts[from] += samples
    },
  }
}

/** A selection as it is read here; what is read for it goes to the watch's cache. */
function readColumns(columns: SelectedColumns): SelectedSeries {
  const { sharing } = columns
  const selected = mirror.read(columns)
  return sharing === undefined ? selected : { ...selected, sharing: { ...sharing, keep } }
}

function keep(packets: readonly ChunkPacket[]): void {
  if (packets.length > 0) post({ type: 'chunks', packets })
}

function ask(id: number, selection: number, message: FromWorker): Promise<Resolved> {
  const key = `${id}:${selection}`
  return new Promise<Resolved>((resolve, reject) => {
    awaited.set(key, { resolve, reject })
    post(message)
  }).finally(() => awaited.delete(key))
}

async function run(id: number, task: QueryTask): Promise<void> {
  const own = new AbortController()
  running.set(id, own)
  let selections = 0
  const { counts, onRead } = createCounts()
  const deps = { views, reader, buffers, waiting: own, onRead }
  /** A selection that was resolved for slices and could not be divided: the evaluation asks for it once more. */
  let undivided: { readonly wanted: Selection; readonly selected: SelectedSeries } | undefined
  const source = createStitchedSource({
    ...deps,
    resolve: async (wanted: Selection) => {
      const known = undivided
      undivided = undefined
      if (known !== undefined && isSame(known.wanted, wanted)) return known.selected
      const selection = selections++
      return (await ask(id, selection, { type: 'resolve', id, selection, wanted })).selected
    },
  })

  async function slicer(request: SliceRequest): Promise<SlicedParts | undefined> {
    const selection = selections++
    const { selected, slices } = await ask(id, selection, { type: 'share', id, selection, request })
    if (slices === undefined) {
      undivided = { wanted: request.selection, selected }
      return undefined
    }
    const expr = parse(task.query, task.features)
    return {
      labelsOf: (row) => selected.labelsOf(row),
      parts: inOrder({ key: `${id}:${selection}`, count: sliceCount(selected.count, slices.size) }, deps, (onPart) =>
        evaluateSlices({ task, expr, request, selected, slices, helps: false, deps }, onPart).finally(() =>
          closeSlices(slices),
        ),
      ),
    }
  }

  try {
    const answer = await runTask(
      task,
      { source, parse, slicer, now: systemClock.monotonic, origins: () => counts },
      own.signal,
    )
    const { head: headSamples, engine: engineSamples } = counts
    const { pieces, remarks } = answer
    const making = pieces[Symbol.iterator]()
    const first = makePieces(making)
    if (first.more) streams.set(id, making)
    post(
      { type: 'done', id, remarks, ...first, headSamples, engineSamples },
      first.pieces.map((piece) => piece.buffer),
    )
  } catch (error) {
    // Slices that are under way need not be finished.
    own.abort(error)
    post({ type: 'failed', id, error: toPlainError(error) })
  } finally {
    running.delete(id)
  }
}

/** Goes on with an answer; its columns stay here until they are written. */
function makePieces(making: Iterator<Piece>): MadePieces {
  const pieces: Piece[] = []
  while (pieces.length < PIECES_AHEAD) {
    const { value, done } = making.next()
    if (done === true) return { pieces, more: false }
    pieces.push(value)
  }
  return { pieces, more: true }
}

function makeMore(id: number): void {
  const making = streams.get(id)
  if (making === undefined) return
  try {
    const made = makePieces(making)
    if (!made.more) streams.delete(id)
    post(
      { type: 'pieces', id, ...made },
      made.pieces.map((piece) => piece.buffer),
    )
  } catch (error) {
    streams.delete(id)
    post({ type: 'cut', id, error: toPlainError(error) })
  }
}

function isSame(a: Selection, b: Selection): boolean {
  return a.fromMs === b.fromMs && a.toMs === b.toMs && a.matchers === b.matchers
}

/** Parts as their turn comes, whoever makes them: `evaluate` here, and helpers by messages. */
async function* inOrder(
  { key, count }: { readonly key: string; readonly count: number },
  { waiting: { signal }, onRead }: Pick<StitchedReaderDeps, 'waiting' | 'onRead'>,
  evaluate: (onPart: (slice: number, part: SlicePart) => void) => Promise<void>,
): AsyncGenerator<SlicePart, void, undefined> {
  const parts = new Map<number, SlicePart>()
  let failure: { readonly error: unknown } | undefined
  let wake = () => {}
  const put = (slice: number, part: SlicePart) => {
    parts.set(slice, part)
    wake()
  }
  awaitedParts.set(key, ({ slice, part, headSamples, engineSamples }) => {
    onRead('head', headSamples)
    onRead('engine', engineSamples)
    put(slice, part)
  })
  const fail = (error: unknown) => {
    failure ??= { error }
    wake()
  }
  const own = evaluate(put).catch(fail)
  const onAbort = () => fail(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for (let slice = 0; slice < count; slice++) {
      for (let part = parts.get(slice); ; part = parts.get(slice)) {
        if (failure !== undefined) throw failure.error
        if (part !== undefined) {
          parts.delete(slice)
          yield part
          break
        }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
    await own
  } finally {
    awaitedParts.delete(key)
    signal.removeEventListener('abort', onAbort)
  }
}

/** Evaluates slices of somebody else's query until none is left. */
async function help({ id, selection, task, request, columns, slices }: ToWorker & { type: 'help' }): Promise<void> {
  const own = new AbortController()
  running.set(id, own)
  try {
    const expr = parse(task.query, task.features)
    let { counts, onRead } = createCounts()
    const deps = {
      views,
      reader,
      buffers,
      waiting: own,
      onRead: (...read: Parameters<typeof onRead>) => onRead(...read),
    }
    const selected = readColumns(columns)
    await evaluateSlices({ task, expr, request, selected, slices, helps: true, deps }, (slice, part) => {
      const { head: headSamples, engine: engineSamples } = counts
      ;({ counts, onRead } = createCounts())
      post({ type: 'part', id, selection, slice, part, headSamples, engineSamples }, buffersOf(part))
    })
    post({ type: 'helped', id, error: undefined })
  } catch (error) {
    // What is being read for the next slice is not needed, and its columns may be another query's from now on.
    own.abort(error)
    post({ type: 'helped', id, error: toPlainError(error) })
  } finally {
    running.delete(id)
  }
}

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'slab': {
      const { slab, buffer } = message.change
      views[slab] = buffer ? viewsOf(buffer) : undefined
      break
    }
    case 'pairs':
      mirror.learn(message.news)
      break
    case 'run':
      void run(message.id, message.task)
      break
    case 'help':
      void help(message)
      break
    case 'part':
      awaitedParts.get(`${message.id}:${message.selection}`)?.(message)
      break
    case 'series':
      awaited
        .get(`${message.id}:${message.selection}`)
        ?.resolve({ selected: readColumns(message.columns), slices: message.slices })
      break
    case 'no-series':
      awaited.get(`${message.id}:${message.selection}`)?.reject(fromPlainError(message.error))
      break
    case 'more':
      makeMore(message.id)
      break
    case 'cancel': {
      const error = fromPlainError(message.error)
      running.get(message.id)?.abort(error)
      streams.delete(message.id)
      for (const [key, waiting] of awaited) if (key.startsWith(`${message.id}:`)) waiting.reject(error)
      break
    }
  }
})
