/*
 * Chunks of one metric and bucket as they were read from the engine, in one piece of shared memory that every thread reads
 * in place:
 *
 *   words  │ n │ id low × n │ id high × n │ end × n │ bytes of the chunks, series after series
 *
 * Series `i` has the bytes from the end of series `i - 1` (0 for the first) to its own, none where the engine has no chunk
 * of it. A series that is not listed was not asked for.
 */

import { createIdTable } from './id-table.ts'

/** `gen`: up to which the bucket's rows were in chunks when this was read. It is right as long as that has not moved. */
export type ChunkPacket = {
  readonly metric: number
  readonly bucket: number
  readonly gen: number
  readonly words: Uint32Array
}

/** What a read may take from memory, and whom it tells what others may take. */
export type ChunkSharing = {
  readonly packets: readonly ChunkPacket[]
  /** Gens by bucket, as of when the read was prepared; of other buckets nothing is kept. */
  readonly gens: ReadonlyMap<number, number>
  /** Bytes of chunks from which on a read is not worth keeping: it would drive out all else. */
  readonly maxBytes: number
  readonly keep?: (packets: readonly ChunkPacket[]) => void
}

/** One series of a packet to be: its id and its chunks, which may be none. */
export type PacketSeries = {
  readonly idLo: number
  readonly idHi: number
  readonly bytes: Uint8Array
  readonly at: number
  readonly end: number
}

export function packetBytes({ words }: ChunkPacket): number {
  return words.byteLength
}

export function packChunks(
  { metric, bucket, gen }: Pick<ChunkPacket, 'metric' | 'bucket' | 'gen'>,
  series: readonly PacketSeries[],
): ChunkPacket {
  let size = 0
  for (const { at, end } of series) size += end - at
  const n = series.length
  const headWords = 1 + 3 * n
  const words = new Uint32Array(new SharedArrayBuffer((headWords + Math.ceil(size / 4)) * 4))
  const bytes = new Uint8Array(words.buffer, headWords * 4)
  words[0] = n
  let used = 0
  series.forEach((one, i) => {
    words[1 + i] = one.idLo
    words[1 + n + i] = one.idHi
    bytes.set(one.bytes.subarray(one.at, one.end), used)
    used += one.end - one.at
    words[1 + 2 * n + i] = used
  })
  return { metric, bucket, gen, words }
}

export type OpenPacket = {
  readonly idLo: Uint32Array
  readonly idHi: Uint32Array
  readonly ends: Uint32Array
  readonly bytes: Uint8Array
}

export function openPacket({ words }: ChunkPacket): OpenPacket {
  const n = words[0]!
  return {
    idLo: words.subarray(1, 1 + n),
    idHi: words.subarray(1 + n, 1 + 2 * n),
    ends: words.subarray(1 + 2 * n, 1 + 3 * n),
    bytes: new Uint8Array(words.buffer, words.byteOffset + (1 + 3 * n) * 4),
  }
}

/** What both know of the same metric, bucket and gen. */
export function mergePackets(older: ChunkPacket, newer: ChunkPacket): ChunkPacket {
  const list = seriesIn(newer)
  const { idLo, idHi } = openPacket(newer)
  const known = createIdTable({ metric: idLo, idLo, idHi })
  const rest = seriesIn(older).filter((one) => known.rowOf(one.idLo, one.idHi) < 0)
  return rest.length === 0 ? newer : packChunks(newer, [...list, ...rest])
}

function seriesIn(packet: ChunkPacket): PacketSeries[] {
  const { idLo, idHi, ends, bytes } = openPacket(packet)
  return Array.from(idLo, (lo, i) => {
    return { idLo: lo, idHi: idHi[i]!, bytes, at: i === 0 ? 0 : ends[i - 1]!, end: ends[i]! }
  })
}
