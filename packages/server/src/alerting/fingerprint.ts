import { type Labels, quote } from '@binnacle/promql'
import { compareBytes } from './matcher/index.ts'

/*
 * FNV-1a of 64 bits over `name 0xff value 0xff name 0xff ...`, names in the order of their bytes. The hash is kept in two
 * halves of 32 bits: the prime is 2^40 + 0x1b3, so that a step is one multiplication by 0x1b3 and one shift.
 */

const OFFSET_HIGH = 0xcbf29ce4
const OFFSET_LOW = 0x84222325
const PRIME_LOW = 0x1b3
const SEPARATOR = 0xff

const encoder = new TextEncoder()
let bytes = new Uint8Array(1024)

/** Identity of a label set, 16 hex digits. Source: prometheus/common, `model.LabelSet.Fingerprint`. */
export function fingerprintOf(labels: Labels): string {
  const length = fill(labels)
  let high = OFFSET_HIGH
  let low = OFFSET_LOW
  for (let i = 0; i < length; i++) {
    low = (low ^ bytes[i]!) >>> 0
    const product = low * PRIME_LOW
    // 2^9 * 2^32 fits a double; the shift by 40 moves the low half's bits up by 8 in the high one.
    high = (Math.imul(high, PRIME_LOW) + Math.floor(product / 0x1_0000_0000) + (low << 8)) >>> 0
    low = product >>> 0
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}

function fill(given: Labels): number {
  const labels = inByteOrder(given)
  let room = labels.length
  for (const text of labels) room += text.length * 3
  if (room > bytes.length) bytes = new Uint8Array(room * 2)
  let at = 0
  for (const text of labels) {
    at += encoder.encodeInto(text, bytes.subarray(at)).written
    bytes[at++] = SEPARATOR
  }
  return at
}

/** Label sets are sorted by UTF-16 code units already: only surrogates may stand elsewhere. */
function inByteOrder(labels: Labels): Labels {
  for (let i = 2; i < labels.length; i += 2) {
    if (compareBytes(labels[i - 2]!, labels[i]!) > 0) {
      const pairs: (readonly [string, string])[] = []
      for (let k = 0; k < labels.length; k += 2) pairs.push([labels[k]!, labels[k + 1]!])
      return pairs.sort((a, b) => compareBytes(a[0], b[0])).flat()
    }
  }
  return labels
}

/** `{a="b", c="d"}` as Alertmanager prints a label set: the second half of a group key. */
export function formatLabelSet(given: Labels): string {
  const labels = inByteOrder(given)
  const parts: string[] = []
  for (let i = 0; i < labels.length; i += 2) parts.push(`${labels[i]}=${quote(labels[i + 1]!)}`)
  return `{${parts.join(', ')}}`
}
