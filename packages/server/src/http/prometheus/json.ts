import type { Labels } from '@binnacle/promql'
import type { JsonPieces } from '../../metrics/query/index.ts'
import { nextTurn } from '../../telemetry/index.ts'

const encoder = new TextEncoder()

/** `{"a":"b"}` of a label set; written by hand because answers have 100,000s of them. */
export function labelsJson(labels: Labels): string {
  let out = '{'
  for (let i = 0; i < labels.length; i += 2) {
    out += `${i === 0 ? '' : ','}${JSON.stringify(labels[i])}:${JSON.stringify(labels[i + 1])}`
  }
  return `${out}}`
}

/** Prometheus's envelope around `data`, which is JSON already. Empty lists of warnings and infos are left out. */
export function envelope(
  data: string | JsonPieces,
  notes: { warnings?: readonly string[]; infos?: readonly string[] } = {},
): string | JsonPieces {
  let tail = ''
  if (notes.warnings && notes.warnings.length > 0) tail += `,"warnings":${JSON.stringify(notes.warnings)}`
  if (notes.infos && notes.infos.length > 0) tail += `,"infos":${JSON.stringify(notes.infos)}`
  if (typeof data === 'string') return `${BEFORE_DATA}${data}${tail}}`
  return around(BEFORE_BYTES, data, tail === '' ? END_BYTES : encoder.encode(`${tail}}`))
}

const BEFORE_DATA = '{"status":"success","data":'
const BEFORE_BYTES = encoder.encode(BEFORE_DATA)
const END_BYTES = encoder.encode('}')

/** The same object of JSON with another field at its end. */
export function withField(object: JsonPieces, name: string, value: unknown): JsonPieces {
  const field = encoder.encode(`,${JSON.stringify(name)}:${JSON.stringify(value)}}`)
  if (!isInHand(object)) return endingBoth(replacingLastByte(object, field), object)
  const last = object.at(-1)!
  return [...object.slice(0, -1), last.subarray(0, -1), field]
}

function isInHand(pieces: JsonPieces): pieces is readonly Uint8Array[] {
  return Array.isArray(pieces)
}

function around(before: Uint8Array, pieces: JsonPieces, behind: Uint8Array): JsonPieces {
  return isInHand(pieces) ? [before, ...pieces, behind] : endingBoth(chain(before, pieces, behind), pieces)
}

async function* chain(before: Uint8Array, pieces: AsyncIterable<Uint8Array>, behind: Uint8Array) {
  yield before
  yield* pieces
  yield behind
}

async function* replacingLastByte(pieces: AsyncIterable<Uint8Array>, behind: Uint8Array) {
  let last: Uint8Array | undefined
  for await (const piece of pieces) {
    if (last) yield last
    last = piece
  }
  if (last) yield last.subarray(0, -1)
  yield behind
}

/** A generator that was never asked for anything does not end what it was made of when it is ended: this does. */
function endingBoth(made: AsyncGenerator<Uint8Array>, of: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const iterator: AsyncIterator<Uint8Array> = {
    next: () => made.next(),
    async return() {
      const done = await made.return(undefined)
      await of[Symbol.asyncIterator]().return?.()
      return done
    },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}

const PIECE_CHARACTERS = 128 * 1024

/** A JSON list of what `items` gives, made as it is read: long lists never stand in memory whole, nor hold up the loop. */
export function jsonList(items: Iterable<string>): AsyncGenerator<Uint8Array> {
  return textPieces(listed(items))
}

/** Parts of a JSON list with what stands between them. */
export function* listed(items: Iterable<string>): Generator<string> {
  let before = '['
  for (const item of items) {
    yield before + item
    before = ','
  }
  yield before === '[' ? '[]' : ']'
}

/** The same for any text that comes in parts. */
export async function* textPieces(parts: Iterable<string>): AsyncGenerator<Uint8Array> {
  let text = ''
  for (const part of parts) {
    text += part
    if (text.length < PIECE_CHARACTERS) continue
    yield encoder.encode(text)
    text = ''
    await nextTurn()
  }
  yield encoder.encode(text)
}

/** Go's RFC3339Nano in UTC: fractions without trailing zeros. Go's zero time when `ms` is undefined. */
export function goTime(ms: number | undefined): string {
  if (ms === undefined) return '0001-01-01T00:00:00Z'
  return new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z')
}
