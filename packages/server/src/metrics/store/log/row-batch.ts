/** Rows for the log of one gen, as columns, growing by doubling. Values as word pairs: NaN payloads stay. */
export type RowBatch = {
  readonly gen: number
  /** Deduplication token: the same batch written twice is stored once. */
  readonly token: string
  /** Rows of numbers. */
  length: number
  refs: Uint32Array
  ts: Float64Array
  words: Uint32Array
  /** Rows of native histograms; absent while there is none. */
  histograms: HistogramRows | undefined
  /** Memory of all of it, counted in rows of numbers. */
  weight: number
}

/** By the same places: series, time, and the sample as a chunk of one (store/chunk/). */
export type HistogramRows = {
  readonly refs: number[]
  readonly ts: number[]
  readonly records: Uint8Array[]
  /** Size of all records. */
  bytes: number
}

export function createRowBatch(gen: number, token: string): RowBatch {
  return {
    gen,
    token,
    length: 0,
    refs: new Uint32Array(256),
    ts: new Float64Array(256),
    words: new Uint32Array(512),
    histograms: undefined,
    weight: 0,
  }
}

/** Rows of both kinds. */
export function rowsIn(batch: RowBatch): number {
  return batch.length + (batch.histograms?.refs.length ?? 0)
}

export function reserveRows(batch: RowBatch, more: number): void {
  const need = batch.length + more
  if (need <= batch.refs.length) return
  const capacity = Math.max(need, batch.refs.length * 2)
  const refs = new Uint32Array(capacity)
  refs.set(batch.refs.subarray(0, batch.length))
  const ts = new Float64Array(capacity)
  ts.set(batch.ts.subarray(0, batch.length))
  const words = new Uint32Array(capacity * 2)
  words.set(batch.words.subarray(0, batch.length * 2))
  batch.refs = refs
  batch.ts = ts
  batch.words = words
}
