/*
 * What a remote read asks for: protobuf in a snappy block. Source: prometheus/prompb, remote.proto and types.proto.
 *
 *   ReadRequest   1 queries*  2 accepted_response_types* (0 SAMPLES, 1 STREAMED_XOR_CHUNKS)
 *   Query         1 start_timestamp_ms  2 end_timestamp_ms  3 matchers*  4 hints
 *   LabelMatcher  1 type (= != =~ !~)  2 name  3 value
 *   ReadHints     2 func  3 start_ms  4 end_ms; step, grouping and range say nothing about which samples are wanted
 */
import { compileMatcher, type Matcher, type MatchOp } from '@binnacle/promql'
import { BinnacleError, messageOf } from '../../../config/index.ts'
import {
  decodeSnappy,
  snappyLength,
  WIRE_LENGTH,
  WIRE_VARINT,
  WireReader,
} from '../../../metrics/intake/remote-write/index.ts'

export type ReadQuery = {
  readonly matchers: readonly Matcher[]
  /** Unix ms, inclusive. */
  readonly fromMs: number
  readonly toMs: number
  /** Only the label sets are wanted. */
  readonly labelsOnly: boolean
}

export type ReadRequest = { readonly queries: readonly ReadQuery[]; readonly responseType: ResponseType }

export type ResponseType = 'samples' | 'chunks'

const SAMPLES = 0
const STREAMED_XOR_CHUNKS = 1
const OPS: readonly MatchOp[] = ['=', '!=', '=~', '!~']
/** Prometheus takes as much, unpacked. */
const MAX_UNPACKED_BYTES = 32 * 1024 * 1024

/** Throws `BinnacleError`: `remote_read.malformed`, `remote_read.response_type`. */
export function decodeReadRequest(body: Buffer): ReadRequest {
  const length = snappyLength(body, malformed)
  if (length > MAX_UNPACKED_BYTES) throw malformed(`it holds ${length} bytes, more than ${MAX_UNPACKED_BYTES}`)
  const bytes = Buffer.allocUnsafe(length)
  decodeSnappy(body, bytes, malformed)
  const reader = new WireReader(malformed)
  reader.open(bytes, length)
  const queries: ReadQuery[] = []
  const accepted: number[] = []
  eachField(reader, length, (field, wire) => {
    if (field === 1 && wire === WIRE_LENGTH) queries.push(readQuery(reader, reader.readEnd()))
    else if (field === 2 && wire === WIRE_VARINT) accepted.push(reader.readUint32())
    else if (field === 2 && wire === WIRE_LENGTH) {
      for (const end = reader.readEnd(); reader.at < end; ) accepted.push(reader.readUint32())
    } else reader.skip(wire)
  })
  return { queries, responseType: negotiated(accepted) }
}

/** The first type that we know; senders of old say nothing and want samples. */
function negotiated(accepted: readonly number[]): ResponseType {
  if (accepted.length === 0) return 'samples'
  const found = accepted.find((type) => type === SAMPLES || type === STREAMED_XOR_CHUNKS)
  if (found !== undefined) return found === SAMPLES ? 'samples' : 'chunks'
  throw new BinnacleError(
    'remote_read.response_type',
    `server does not support any of the requested response types: [${accepted.join(' ')}]; supported: SAMPLES, STREAMED_XOR_CHUNKS`,
  )
}

function readQuery(reader: WireReader, end: number): ReadQuery {
  let fromMs = 0
  let toMs = 0
  let hints = { func: '', fromMs: 0, toMs: 0 }
  const matchers: Matcher[] = []
  eachField(reader, end, (field, wire) => {
    if (field === 1 && wire === WIRE_VARINT) fromMs = reader.readInt64()
    else if (field === 2 && wire === WIRE_VARINT) toMs = reader.readInt64()
    else if (field === 3 && wire === WIRE_LENGTH) matchers.push(readMatcher(reader, reader.readEnd()))
    else if (field === 4 && wire === WIRE_LENGTH) hints = readHints(reader, reader.readEnd())
    else reader.skip(wire)
  })
  // As in Prometheus, the range of the hints is the one that counts; hints without one leave that of the query.
  const hinted = hints.fromMs !== 0 || hints.toMs !== 0
  return {
    matchers,
    fromMs: hinted ? hints.fromMs : fromMs,
    toMs: hinted ? hints.toMs : toMs,
    labelsOnly: hints.func === 'series',
  }
}

function readMatcher(reader: WireReader, end: number): Matcher {
  let type = 0
  let name = ''
  let value = ''
  eachField(reader, end, (field, wire) => {
    if (field === 1 && wire === WIRE_VARINT) type = reader.readUint32()
    else if (field === 2 && wire === WIRE_LENGTH) name = readText(reader)
    else if (field === 3 && wire === WIRE_LENGTH) value = readText(reader)
    else reader.skip(wire)
  })
  const op = OPS[type]
  if (op === undefined) throw malformed(`there is no type ${type} of matchers`)
  const matcher = { name, op, value }
  try {
    compileMatcher(matcher)
  } catch (error) {
    // Only a regex can be wrong in a matcher.
    throw malformed(messageOf(error))
  }
  return matcher
}

function readHints(reader: WireReader, end: number): { func: string; fromMs: number; toMs: number } {
  const hints = { func: '', fromMs: 0, toMs: 0 }
  eachField(reader, end, (field, wire) => {
    if (field === 2 && wire === WIRE_LENGTH) hints.func = readText(reader)
    else if (field === 3 && wire === WIRE_VARINT) hints.fromMs = reader.readInt64()
    else if (field === 4 && wire === WIRE_VARINT) hints.toMs = reader.readInt64()
    else reader.skip(wire)
  })
  return hints
}

function eachField(reader: WireReader, end: number, visit: (field: number, wire: number) => void): void {
  const outer = reader.end
  reader.end = end
  while (reader.at < end) {
    const tag = reader.readUint32()
    visit(tag >>> 3, tag & 7)
  }
  reader.end = outer
}

function readText(reader: WireReader): string {
  const end = reader.readEnd()
  const text = reader.bytes.toString('utf8', reader.at, end)
  reader.at = end
  return text
}

function malformed(why: string): BinnacleError {
  return new BinnacleError('remote_read.malformed', `the body is no remote read request: ${why}`)
}
