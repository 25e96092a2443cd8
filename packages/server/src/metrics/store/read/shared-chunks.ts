import {
  type ChunkPacket,
  type ChunkSharing,
  openPacket,
  type PacketSeries,
  packChunks,
  packetBytes,
} from './chunk-packet.ts'
import { createIdTable } from './id-table.ts'
import { type SeriesKeys, sliceKeys } from './series-keys.ts'

type Bytes = { readonly bytes: Uint8Array; readonly at: number; readonly end: number }
type Chunk = Bytes & { readonly n: number }

/** Chunks of one read that are in memory already, and those that will be after it. */
export type SharedChunks = {
  /** Calls back with the chunks of every row and bucket that need not be read, where there are any. */
  take(visit: (row: number, bucket: number, chunks: Bytes) => void): void
  /** What has to be read all the same: series (rows are those of the whole read's keys) and buckets, inclusive. */
  missing(): { readonly series: SeriesKeys; readonly fromBucket: number; readonly toBucket: number } | undefined
  /** Whether the row's chunks of the bucket were taken from memory. */
  has(row: number, bucket: number): boolean
  /** Makes what was read known; `newest` gives the chunks that count. */
  keep(newest: (row: number, bucket: number) => readonly Chunk[]): void
}

/** Rows `[from, to)` are all of one metric. */
type MetricRows = { readonly metric: number; readonly from: number; readonly to: number }

const NO_BYTES: Bytes = { bytes: new Uint8Array(0), at: 0, end: 0 }

export function createSharedChunks(
  series: SeriesKeys,
  { fromBucket, toBucket }: { readonly fromBucket: number; readonly toBucket: number },
  sharing: ChunkSharing | undefined,
): SharedChunks | undefined {
  if (sharing === undefined || !isGrouped(series.metric)) return undefined
  const { packets, gens, maxBytes, keep } = sharing
  const packetOf = new Map<string, ChunkPacket>()
  for (const packet of packets) packetOf.set(`${packet.metric}:${packet.bucket}`, packet)
  const groups = groupsOf(series.metric)
  /** By the first row of the group. */
  const taken = new Map<number, Set<number>>()
  const open: { rows: MetricRows; bucket: number }[] = []

  /** False when a row of the group was not asked for when the packet was made. */
  function takeGroup(
    rows: MetricRows,
    packet: ChunkPacket,
    visit: (row: number, bucket: number, chunks: Bytes) => void,
  ): boolean {
    const { idLo, idHi, ends, bytes } = openPacket(packet)
    const table = createIdTable({ metric: idLo, idLo, idHi })
    const places = new Int32Array(rows.to - rows.from)
    for (let row = rows.from; row < rows.to; row++) {
      const place = table.rowOf(series.idLo[row]!, series.idHi[row]!)
      if (place < 0) return false
      places[row - rows.from] = place
    }
    for (let row = rows.from; row < rows.to; row++) {
      const place = places[row - rows.from]!
      const at = place === 0 ? 0 : ends[place - 1]!
      const end = ends[place]!
      if (end > at) visit(row, packet.bucket, { bytes, at, end })
    }
    return true
  }

  return {
    take(visit) {
      for (const rows of groups) {
        for (let bucket = fromBucket; bucket <= toBucket; bucket++) {
          const known = packetOf.get(`${rows.metric}:${bucket}`)
          if (known !== undefined && takeGroup(rows, known, visit)) {
            const buckets = taken.get(rows.from) ?? new Set()
            taken.set(rows.from, buckets.add(bucket))
          } else open.push({ rows, bucket })
        }
      }
    },
    missing() {
      if (open.length === 0) return undefined
      let first = toBucket
      let last = fromBucket
      const parts: SeriesKeys[] = []
      for (const { bucket } of open) {
        first = Math.min(first, bucket)
        last = Math.max(last, bucket)
      }
      for (const { from, to } of new Set(open.map(({ rows }) => rows))) parts.push(sliceKeys(series, from, to))
      return { series: parts.length === groups.length ? series : joined(parts), fromBucket: first, toBucket: last }
    },
    has(row, bucket) {
      if (taken.size === 0) return false
      let low = 0
      let high = groups.length - 1
      while (low < high) {
        const middle = (low + high + 1) >>> 1
        if (groups[middle]!.from <= row) low = middle
        else high = middle - 1
      }
      return taken.get(groups[low]!.from)?.has(bucket) === true
    },
    keep(newest) {
      if (keep === undefined || open.length === 0) return
      const made: ChunkPacket[] = []
      let size = 0
      for (const { rows, bucket } of open) {
        const gen = gens.get(bucket)
        if (gen === undefined) continue
        const list: PacketSeries[] = []
        let inParts = false
        for (let row = rows.from; row < rows.to; row++) {
          const chunks = newest(row, bucket).filter(({ n }) => n > 0)
          if (chunks.length > 1) inParts = true
          const { bytes, at, end } = chunks[0] ?? NO_BYTES
          list.push({ idLo: series.idLo[row]!, idHi: series.idHi[row]!, bytes, at, end })
        }
        // Parts of one bucket may overlap in time: they are few, for a while.
        if (inParts) continue
        const packet = packChunks({ metric: rows.metric, bucket, gen }, list)
        size += packetBytes(packet)
        if (size > maxBytes) return
        made.push(packet)
      }
      keep(made)
    },
  }
}

/** Series of a selection stand metric by metric; who asks in another order goes without. */
function isGrouped(metrics: Uint32Array): boolean {
  const seen = new Set<number>()
  let last = -1
  for (const metric of metrics) {
    if (metric === last) continue
    if (seen.has(metric)) return false
    seen.add(metric)
    last = metric
  }
  return true
}

function groupsOf(metrics: Uint32Array): MetricRows[] {
  const groups: MetricRows[] = []
  for (let from = 0, to = 0; from < metrics.length; from = to) {
    while (to < metrics.length && metrics[to] === metrics[from]) to++
    groups.push({ metric: metrics[from]!, from, to })
  }
  return groups
}

function joined(parts: readonly SeriesKeys[]): SeriesKeys {
  let length = 0
  for (const { metric } of parts) length += metric.length
  const all = { metric: new Uint32Array(length), idLo: new Uint32Array(length), idHi: new Uint32Array(length) }
  let at = 0
  for (const { metric, idLo, idHi } of parts) {
    all.metric.set(metric, at)
    all.idLo.set(idLo, at)
    all.idHi.set(idHi, at)
    at += metric.length
  }
  return all
}
