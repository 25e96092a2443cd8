import type { Block } from '../../../engine/index.ts'
import { encodeChunk, encodeHistograms, maxChunkBytes } from '../chunk/index.ts'
import { runEnd, type SampleBuffer } from '../head/index.ts'
import { OWNER } from '../tables.ts'

export type ChunkKey = { readonly metric: number; readonly idLo: number; readonly idHi: number }

/**
 * Rows for `chunks`, gathered until there are enough of them for one insert. Reused after `take`.
 * `n = 0` marks a part that part 0 of the same insert replaces.
 */
export type ChunkRows = {
  readonly rows: number
  readonly bytes: number
  /** One chunk, or several behind one another where numbers and histograms take turns. */
  add(key: ChunkKey, part: number, samples: SampleBuffer): void
  addReplaced(key: ChunkKey, part: number): void
  /** The block with all rows so far; it owns its memory. */
  take(): Block
}

export function createChunkRows(bucket: number, gen: number): ChunkRows {
  let rows = 0
  let bytes = 0
  let capacity = 256
  let metric = new Uint32Array(capacity)
  let id = new Uint32Array(capacity * 2)
  let part = new Uint16Array(capacity)
  let n = new Uint32Array(capacity)
  let offsets = new Uint32Array(capacity + 1)
  let data = new Uint8Array(64 * 1024)

  function grow(): void {
    capacity *= 2
    metric = copyInto(new Uint32Array(capacity), metric)
    id = copyInto(new Uint32Array(capacity * 2), id)
    part = copyInto(new Uint16Array(capacity), part)
    n = copyInto(new Uint32Array(capacity), n)
    offsets = copyInto(new Uint32Array(capacity + 1), offsets)
  }

  function room(more: number): void {
    const need = bytes + more
    if (need > data.length) data = copyInto(new Uint8Array(Math.max(need, data.length * 2)), data)
  }

  function addRow(key: ChunkKey, partNumber: number, count: number): void {
    if (rows === capacity) grow()
    metric[rows] = key.metric
    id[rows * 2] = key.idLo
    id[rows * 2 + 1] = key.idHi
    part[rows] = partNumber
    n[rows] = count
    rows++
    offsets[rows] = bytes
  }

  return {
    get rows() {
      return rows
    },
    get bytes() {
      return bytes
    },
    add(key, partNumber, samples) {
      const { ts, values, histograms } = samples
      for (let at = 0; at < samples.length; ) {
        const end = runEnd(samples, at)
        if (histograms?.[at] === undefined) {
          room(maxChunkBytes(end - at))
          bytes += encodeChunk(ts, values, at, end, data, bytes)
          at = end
        } else {
          const chunk = encodeHistograms(ts, histograms, at, end)
          room(chunk.bytes.length)
          data.set(chunk.bytes, bytes)
          bytes += chunk.bytes.length
          at = chunk.end
        }
      }
      addRow(key, partNumber, samples.length)
    },
    addReplaced(key, partNumber) {
      addRow(key, partNumber, 0)
    },
    take() {
      const block: Block = {
        rows,
        columns: [
          { name: 'owner', type: 'UInt16', data: new Uint16Array(rows).fill(OWNER) },
          { name: 'metric', type: 'UInt32', data: metric.slice(0, rows) },
          { name: 'bucket', type: 'UInt32', data: new Uint32Array(rows).fill(bucket) },
          { name: 'id', type: 'UInt64', data: id.slice(0, rows * 2) },
          { name: 'part', type: 'UInt16', data: part.slice(0, rows) },
          { name: 'gen', type: 'UInt32', data: new Uint32Array(rows).fill(gen) },
          { name: 'n', type: 'UInt32', data: n.slice(0, rows) },
          {
            name: 'data',
            type: 'String',
            data: { bytes: data.slice(0, bytes), offsets: offsets.slice(0, rows + 1) },
          },
        ],
      }
      rows = 0
      bytes = 0
      return block
    },
  }
}

function copyInto<T extends Uint8Array | Uint16Array | Uint32Array>(to: T, from: T): T {
  to.set(from)
  return to
}
