import type { Labels } from '../../labels.ts'

const P1 = 0x9e3779b185ebca87n
const P2 = 0xc2b2ae3d27d4eb4fn
const P3 = 0x165667b19e3779f9n
const P4 = 0x85ebca77c2b2ae63n
const P5 = 0x27d4eb2f165667c5n

const wrap = (value: bigint) => BigInt.asUintN(64, value)
const rotate = (value: bigint, bits: bigint) => wrap(value << bits) | (value >> (64n - bits))
const round = (lane: bigint, input: bigint) => wrap(rotate(wrap(lane + input * P2), 31n) * P1)
const merge = (hash: bigint, lane: bigint) => wrap((hash ^ round(0n, lane)) * P1 + P4)

/** xxHash64 with seed 0. Source: xxHash fast digest algorithm, specification 0.1.1. */
export function xxHash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const word = (place: number) => view.getBigUint64(place, true)
  let at = 0
  let hash = P5
  if (bytes.length >= 32) {
    let [a, b, c, d] = [wrap(P1 + P2), P2, 0n, wrap(-P1)]
    for (; at + 32 <= bytes.length; at += 32) {
      a = round(a, word(at))
      b = round(b, word(at + 8))
      c = round(c, word(at + 16))
      d = round(d, word(at + 24))
    }
    hash = wrap(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n))
    hash = merge(merge(merge(merge(hash, a), b), c), d)
  }
  hash = wrap(hash + BigInt(bytes.length))
  for (; at + 8 <= bytes.length; at += 8) hash = wrap(rotate(hash ^ round(0n, word(at)), 27n) * P1 + P4)
  if (at + 4 <= bytes.length) {
    hash = wrap(rotate(hash ^ wrap(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3)
    at += 4
  }
  for (; at < bytes.length; at++) hash = wrap(rotate(hash ^ wrap(BigInt(bytes[at]!) * P5), 11n) * P1)
  hash = wrap((hash ^ (hash >> 33n)) * P2)
  hash = wrap((hash ^ (hash >> 29n)) * P3)
  return hash ^ (hash >> 32n)
}

/**
 * A label set as Prometheus keeps it in memory: names and values in turn, each behind its length in bytes (one byte, or
 * 255 and three bytes, the lowest first), in order of the names' bytes. Source: Prometheus model/labels, built with the
 * tag `stringlabels` as its releases are.
 */
export function encodeLabels(labels: Labels): Uint8Array {
  const pairs: { name: number[]; value: number[] }[] = []
  let size = 0
  for (let i = 0; i < labels.length; i += 2) {
    const pair = { name: utf8(labels[i]!), value: utf8(labels[i + 1]!) }
    size += 8 + pair.name.length + pair.value.length
    pairs.push(pair)
  }
  pairs.sort((a, b) => compareBytes(a.name, b.name))
  const out = new Uint8Array(size)
  let at = 0
  const put = (text: readonly number[]) => {
    if (text.length < 255) out[at++] = text.length
    else {
      out.set([255, text.length & 0xff, (text.length >> 8) & 0xff, text.length >> 16], at)
      at += 4
    }
    out.set(text, at)
    at += text.length
  }
  for (const { name, value } of pairs) {
    put(name)
    put(value)
  }
  return out.subarray(0, at)
}

/** Where a series stands between 0 and 1, by its hash: what `limit_ratio` chooses by. */
export function placeOfLabels(labels: Labels): number {
  return Number(xxHash64(encodeLabels(labels))) / 2 ** 64
}

function compareBytes(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

function utf8(text: string): number[] {
  const bytes: number[] = []
  for (const char of text) {
    const code = char.codePointAt(0)!
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f))
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
    else {
      bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
    }
  }
  return bytes
}
