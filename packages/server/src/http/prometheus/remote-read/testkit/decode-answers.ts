import { decodeSnappy, snappyLength } from '../../../../metrics/intake/remote-write/index.ts'

export type DecodedSeries = {
  readonly queryIndex: number
  readonly labels: readonly string[]
  readonly ts: number[]
  /** Bits of the values. */
  readonly bits: bigint[]
  readonly histograms: number
  readonly chunks: number
  /** Histograms of chunks, with their times. */
  readonly decoded: DecodedHistogram[]
}

export type DecodedHistogram = {
  readonly ts: number
  readonly header: number
  readonly schema: number
  readonly zeroThreshold: number
  readonly spans: readonly (readonly number[])[]
  readonly customValues: readonly number[]
  /** Count, zero count, sum, positive and negative buckets. */
  readonly numbers: readonly number[]
}

/** Series of a stream of frames, in order; a series whose chunks came in several frames stands there as often. */
export function decodeFrames(bytes: Buffer): DecodedSeries[] {
  const found: DecodedSeries[] = []
  for (let at = 0; at < bytes.length; ) {
    let size = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!
      size += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    const sum = bytes.readUInt32BE(at)
    at += 4
    const message = bytes.subarray(at, at + size)
    if (message.length !== size) throw new Error('a frame is cut off')
    if (checksum(message) !== sum) throw new Error('a frame has another checksum')
    at += size
    const response = fieldsOf(message)
    const queryIndex = Number(response.get(2)?.[0] ?? 0n)
    for (const series of response.get(1) ?? []) {
      const fields = fieldsOf(series as Buffer)
      const one: DecodedSeries = {
        queryIndex,
        labels: labelsIn(fields),
        ts: [],
        bits: [],
        histograms: 0,
        chunks: fields.get(2)?.length ?? 0,
        decoded: [],
      }
      for (const chunk of fields.get(2) ?? []) {
        const chunkFields = fieldsOf(chunk as Buffer)
        if (chunkFields.get(3)![0] === 3n) {
          one.decoded.push(...decodeHistograms(chunkFields))
          continue
        }
        const { ts, bits } = decodeChunk(chunkFields)
        one.ts.push(...ts)
        one.bits.push(...bits)
      }
      found.push(one)
    }
  }
  return found
}

/** Series of an answer of the type SAMPLES. */
export function decodeSamples(body: Buffer): DecodedSeries[] {
  const message = Buffer.alloc(snappyLength(body))
  decodeSnappy(body, message)
  const found: DecodedSeries[] = []
  for (const [queryIndex, result] of (fieldsOf(message).get(1) ?? []).entries()) {
    for (const series of fieldsOf(result as Buffer).get(1) ?? []) {
      const fields = fieldsOf(series as Buffer)
      const samples = (fields.get(2) ?? []).map((sample) => fieldsOf(sample as Buffer))
      found.push({
        queryIndex,
        labels: labelsIn(fields),
        ts: samples.map((sample) => Number(BigInt.asIntN(64, (sample.get(2)?.[0] as bigint) ?? 0n))),
        bits: samples.map((sample) => (sample.get(1)?.[0] as bigint) ?? 0n),
        histograms: fields.get(4)?.length ?? 0,
        chunks: 0,
        decoded: [],
      })
    }
  }
  return found
}

type Fields = Map<number, (bigint | Buffer)[]>

function fieldsOf(message: Buffer): Fields {
  const fields: Fields = new Map()
  let at = 0
  const varint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]
      if (byte === undefined) throw new Error('a number is cut off')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const tag = Number(varint())
    let value: bigint | Buffer
    if ((tag & 7) === 0) value = varint()
    else if ((tag & 7) === 1) {
      value = message.readBigUInt64LE(at)
      at += 8
    } else {
      const size = Number(varint())
      value = message.subarray(at, at + size)
      if (value.length !== size) throw new Error('a field is cut off')
      at += size
    }
    fields.set(tag >>> 3, [...(fields.get(tag >>> 3) ?? []), value])
  }
  return fields
}

function labelsIn(fields: Fields): string[] {
  return (fields.get(1) ?? []).flatMap((label) => {
    const pair = fieldsOf(label as Buffer)
    return [1, 2].map((field) => ((pair.get(field)?.[0] as Buffer | undefined) ?? '').toString())
  })
}

/** Reads so many bits at a time, highest first, from the bit `start` on. */
function bitsOf(data: Buffer, start: number): (count: number) => bigint {
  let at = start
  return (count) => {
    let value = 0n
    for (let i = 0; i < count; i++, at++) {
      const byte = data[at >>> 3]
      if (byte === undefined) throw new Error('a chunk is cut off')
      value = (value << 1n) | BigInt((byte >>> (7 - (at & 7))) & 1)
    }
    return value
  }
}

/** Bit by bit, as tsdb/chunkenc of Prometheus reads it. */
function decodeChunk(chunk: Fields): { ts: number[]; bits: bigint[] } {
  const data = chunk.get(4)![0] as Buffer
  if (chunk.get(3)![0] !== 1n) throw new Error('no XOR chunk')
  const read = bitsOf(data, 16)
  const uvarint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = read(8)
      value |= (byte & 0x7fn) << shift
      if (byte < 0x80n) return value
    }
  }
  const count = data.readUInt16BE(0)
  const ts: number[] = []
  const bits: bigint[] = []
  let time = 0n
  let delta = 0n
  let value = 0n
  let leading = 0
  let trailing = 0
  for (let i = 0; i < count; i++) {
    if (i === 0) {
      const zigzag = uvarint()
      time = (zigzag >> 1n) ^ -(zigzag & 1n)
      value = read(64)
    } else {
      if (i === 1) delta = uvarint()
      else {
        let ones = 0
        while (ones < 4 && read(1) === 1n) ones++
        const size = [0, 14, 17, 20, 64][ones]!
        const raw = read(size)
        delta +=
          size === 64
            ? BigInt.asIntN(64, raw)
            : size > 0 && raw > 1n << BigInt(size - 1)
              ? raw - (1n << BigInt(size))
              : raw
      }
      time += delta
      if (read(1) === 1n) {
        if (read(1) === 1n) {
          leading = Number(read(5))
          const size = Number(read(6)) || 64
          trailing = 64 - leading - size
        }
        value ^= read(64 - leading - trailing) << BigInt(trailing)
      }
    }
    ts.push(Number(time))
    bits.push(value)
  }
  const [min, max] = [1, 2].map((field) =>
    Number(BigInt.asIntN(64, (chunk.get(field)?.[0] as bigint | undefined) ?? 0n)),
  )
  if (ts[0] !== min || ts.at(-1) !== max) throw new Error('a chunk begins or ends at another time than it says')
  return { ts, bits }
}

/** As tsdb/chunkenc of Prometheus reads chunks of float histograms. */
function decodeHistograms(chunk: Fields): DecodedHistogram[] {
  const data = chunk.get(4)![0] as Buffer
  const read = bitsOf(data, 24)
  const sized = () => {
    let ones = 0
    while (ones < 8 && read(1) === 1n) ones++
    const size = [0, 3, 6, 9, 12, 18, 25, 56, 64][ones]!
    return { size, raw: read(size) }
  }
  const unsigned = () => Number(sized().raw)
  const signed = () => {
    const { size, raw } = sized()
    if (size === 64) return Number(BigInt.asIntN(64, raw))
    return Number(size > 0 && raw > 1n << BigInt(size - 1) ? raw - (1n << BigInt(size)) : raw)
  }
  const toDouble = (bits: bigint) => new Float64Array(BigUint64Array.of(bits).buffer)[0]!
  const threshold = Number(read(8))
  const zeroThreshold = threshold === 0 ? 0 : threshold === 255 ? toDouble(read(64)) : 0.5 * 2 ** (threshold - 243)
  const schema = signed()
  const spans = [0, 1].map(() => Array.from({ length: unsigned() }, () => [unsigned(), signed()].reverse()).flat())
  const customValues: number[] = []
  if (schema === -53) {
    for (let left = unsigned(); left > 0; left--) {
      const code = unsigned()
      customValues.push(code === 0 ? toDouble(read(64)) : (code - 1) / 1000)
    }
  }
  const buckets = spans.flat().reduce((sum, value, i) => sum + (i % 2 === 1 ? value : 0), 0)
  const state = Array.from({ length: 3 + buckets }, () => ({ bits: 0n, leading: 0, trailing: 0 }))
  const found: DecodedHistogram[] = []
  let ts = 0
  let delta = 0
  for (let i = 0; i < data.readUInt16BE(0); i++) {
    if (i === 0) ts = signed()
    else {
      delta += signed()
      ts += delta
    }
    for (const one of state) {
      if (i === 0) one.bits = read(64)
      else if (read(1) === 1n) {
        if (read(1) === 1n) {
          one.leading = Number(read(5))
          one.trailing = 64 - one.leading - (Number(read(6)) || 64)
        }
        one.bits ^= read(64 - one.leading - one.trailing) << BigInt(one.trailing)
      }
    }
    const numbers = state.map(({ bits }) => toDouble(bits))
    found.push({ ts, header: data[2]!, schema, zeroThreshold, spans, customValues, numbers })
  }
  return found
}

function checksum(bytes: Buffer): number {
  let crc = 0xffff_ffffn
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f6_3b78n : crc >> 1n
  }
  return Number(crc ^ 0xffff_ffffn)
}
