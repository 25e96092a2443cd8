/*
 * The durable id of a series: a 64-bit hash of its label set. It lies on disks, so it never changes.
 *
 * Input: for each string (name, value, name, value ... in the set's order) first its length as one word, then its UTF-16
 * code units, two to a word, the earlier one low; an odd last unit is a word of its own.
 * Two lanes of 32 bits take every word each, with the rounds of MurmurHash3 (public domain, Austin Appleby): lane 1 with
 * the constants of MurmurHash3_x86_32, lane 2 with another pair and rotation from MurmurHash3_x86_128. At the end both take
 * the number of words, are mixed into each other, finalised (fmix32), and mixed once more, as x86_128 does it.
 * It is no protection against somebody who looks for collisions: those are found at insert and refused.
 */
import type { Labels } from '@binnacle/promql'

/** A 64-bit id as two unsigned 32-bit halves. */
export type SeriesId = { hi: number; lo: number }

// The lanes, between calls of `mix`: no object is made for a string.
let lane1 = 0
let lane2 = 0

function mixString(text: string): number {
  let a = lane1
  let b = lane2
  const length = text.length
  const words = 1 + ((length + 1) >>> 1)
  let word = length
  for (let i = 0, w = 0; ; ) {
    let k = Math.imul(word, 0xcc9e2d51)
    k = (k << 15) | (k >>> 17)
    a ^= Math.imul(k, 0x1b873593)
    a = (Math.imul((a << 13) | (a >>> 19), 5) + 0xe6546b64) | 0
    k = Math.imul(word, 0xab0e9789)
    k = (k << 16) | (k >>> 16)
    b ^= Math.imul(k, 0x38b34ae5)
    b = (Math.imul((b << 17) | (b >>> 15), 5) + 0x0bcaa747) | 0
    if (++w === words) break
    word = text.charCodeAt(i++)
    if (i < length) word |= text.charCodeAt(i++) << 16
  }
  lane1 = a
  lane2 = b
  return words
}

function finalise(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function begin(): void {
  lane1 = 0x42696e6e
  lane2 = 0x61636c65
}

/** Leaves the two halves in the lanes. */
function finish(words: number): void {
  let a = lane1 ^ words
  let b = lane2 ^ words
  a = (a + b) | 0
  b = (b + a) | 0
  a = finalise(a)
  b = finalise(b)
  a = (a + b) | 0
  b = (b + a) | 0
  lane1 = a
  lane2 = b
}

/** The id of a label set; about 1 ns a character. Give `into` to spare the object. */
export function idOf(labels: Labels, into: SeriesId = { hi: 0, lo: 0 }): SeriesId {
  begin()
  let words = 0
  for (let i = 0; i < labels.length; i++) words += mixString(labels[i]!)
  finish(words)
  into.hi = lane1 >>> 0
  into.lo = lane2 >>> 0
  return into
}

/** Words of `states` a label. */
export const STATE_WORDS = 3

/**
 * The same id, going on behind the first `known` labels: `states` holds the lanes and the number of words after each
 * label, those of `known` labels from an earlier call for a set that began with the same. The others are filled in.
 */
export function idFrom(labels: Labels, known: number, states: Uint32Array, into: SeriesId): void {
  let words = 0
  let at = known * STATE_WORDS
  if (known === 0) begin()
  else {
    lane1 = states[at - 3]! | 0
    lane2 = states[at - 2]! | 0
    words = states[at - 1]!
  }
  for (let i = known * 2; i < labels.length; i += 2) {
    words += mixString(labels[i]!) + mixString(labels[i + 1]!)
    states[at++] = lane1
    states[at++] = lane2
    states[at++] = words
  }
  finish(words)
  into.hi = lane1 >>> 0
  into.lo = lane2 >>> 0
}

/** The 32-bit hash of a metric name: a place in the engine's order, never an identity. */
export function metricHash(name: string): number {
  begin()
  finish(mixString(name))
  return lane1 >>> 0
}
