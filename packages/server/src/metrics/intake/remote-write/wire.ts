import { BinnacleError } from '../../../config/index.ts'

/** Wire types of protobuf. Source: protobuf.dev, "Encoding". */
export const WIRE_VARINT = 0
export const WIRE_FIXED64 = 1
export const WIRE_LENGTH = 2
export const WIRE_FIXED32 = 5

/** A reading position in a protobuf message; methods move it on and never pass `end`. One object serves many messages. */
export class WireReader {
  at = 0
  end = 0
  bytes: Buffer = Buffer.alloc(0)
  /** Makes the error for bytes that are no message. */
  readonly refuse: (why: string) => BinnacleError

  constructor(refuse: (why: string) => BinnacleError = malformedWrite) {
    this.refuse = refuse
  }

  open(bytes: Buffer, end: number): void {
    this.bytes = bytes
    this.at = 0
    this.end = end
  }

  /** A tag or a length: at most 32 bits. */
  readUint32(): number {
    const { bytes, end } = this
    let value = 0
    let scale = 1
    for (let i = 0; i < 5; i++) {
      if (this.at >= end) throw this.refuse('a number is cut off')
      const byte = bytes[this.at++]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value >= 2 ** 32) break
        return value
      }
      scale *= 128
    }
    throw this.refuse('a number is too long')
  }

  /** End of the field whose length comes next. */
  readEnd(): number {
    const length = this.readUint32()
    if (length > this.end - this.at) throw this.refuse('a field is longer than its message')
    return this.at + length
  }

  /** A signed 64-bit number; exact within 2^53. Ten bytes hold a negative one. */
  readInt64(): number {
    const { bytes, end } = this
    // Three whole numbers of 28, 28 and 8 bits: integer arithmetic until the end, as a time in ms has six bytes.
    let low = 0
    let middle = 0
    let top = 0
    let at = this.at
    for (let i = 0; i < 10; i++) {
      if (at >= end) throw this.refuse('a number is cut off')
      const byte = bytes[at++]!
      if (i < 4) low |= (byte & 0x7f) << (7 * i)
      else if (i < 8) middle |= (byte & 0x7f) << (7 * (i - 4))
      else top |= (byte & 0x7f) << (7 * (i - 8))
      if (byte < 0x80) {
        this.at = at
        // The sign is the eighth bit of the top; upper parts first, so that small negative numbers stay exact.
        return (((top << 24) >> 24) * 0x1000_0000 + middle) * 0x1000_0000 + low
      }
    }
    throw this.refuse('a number is too long')
  }

  /** Start of a fixed64 value, which is skipped. */
  readFixed64(): number {
    const at = this.at
    if (this.end - at < 8) throw this.refuse('a double is cut off')
    this.at = at + 8
    return at
  }

  skip(wireType: number): void {
    if (wireType === WIRE_VARINT) {
      for (let i = 0; ; i++) {
        if (this.at >= this.end || i === 10) throw this.refuse('a number is cut off')
        if (this.bytes[this.at++]! < 0x80) return
      }
    }
    if (wireType === WIRE_LENGTH) {
      this.at = this.readEnd()
      return
    }
    const size = wireType === WIRE_FIXED64 ? 8 : wireType === WIRE_FIXED32 ? 4 : Number.POSITIVE_INFINITY
    if (size > this.end - this.at) throw this.refuse(`a field of wire type ${wireType} does not fit`)
    this.at += size
  }
}

export function malformedWrite(why: string): BinnacleError {
  return new BinnacleError('remote_write.malformed', `the body is no remote write request: ${why}`)
}
