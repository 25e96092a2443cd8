import type { Clock } from '../../../telemetry/index.ts'
import type { EncodedMatrix } from './encoded-matrix.ts'
import type { RemarkSpan } from './remark-spans.ts'

/** An answer for the steps from `fromMs` to `toMs` (Unix ms, inclusive), complete: no series was left out of it. */
export type KeptAnswer = {
  readonly fromMs: number
  readonly toMs: number
  /** Place in the store's changes at which all of it was right. */
  readonly position: number
  readonly spans: readonly RemarkSpan[]
  readonly bytes: Buffer
  /** Where its series lie; found when they are needed for the first time, as most answers are never asked for again. */
  readonly matrix: EncodedMatrix | undefined
}

/** What a kept answer costs beside its text: objects, key, places of a few series. */
const OVERHEAD_BYTES = 1_000
/** One answer may take at most this share of the room. */
const LARGEST_SHARE = 1 / 4
/** Nobody asked for it so long: the dashboard is closed. */
const EXPIRES_MS = 600_000
const SWEEP_MS = 60_000

export type KeptAnswers = {
  get(key: string): KeptAnswer | undefined
  set(key: string, answer: KeptAnswer): void
  delete(key: string): void
  /** Larger answers are not taken. */
  readonly largestBytes: number
  readonly bytes: number
  readonly count: number
  clear(): void
}

/** The answers that were asked last, in so many bytes, by key. */
export function createKeptAnswers(clock: Clock, maxBytes: number): KeptAnswers {
  const kept = new Map<string, { readonly answer: KeptAnswer; readonly size: number; usedAt: number }>()
  const largestBytes = Math.floor(maxBytes * LARGEST_SHARE)
  let bytes = 0
  let cancelSweep: (() => void) | undefined

  function drop(key: string): void {
    const entry = kept.get(key)
    if (entry === undefined) return
    bytes -= entry.size
    kept.delete(key)
  }

  function sweep(): void {
    cancelSweep = undefined
    const now = clock.monotonic()
    for (const [key, { usedAt }] of kept) {
      // In order of use: what follows was asked later.
      if (now - usedAt < EXPIRES_MS) break
      drop(key)
    }
    sweepLater()
  }

  function sweepLater(): void {
    if (kept.size > 0) cancelSweep ??= clock.after(SWEEP_MS, sweep)
  }

  return {
    get(key) {
      const entry = kept.get(key)
      if (entry === undefined) return undefined
      entry.usedAt = clock.monotonic()
      kept.delete(key)
      kept.set(key, entry)
      return entry.answer
    },
    set(key, answer) {
      drop(key)
      const size = sizeOf(key, answer)
      if (size > largestBytes) return
      bytes += size
      kept.set(key, { answer, size, usedAt: clock.monotonic() })
      for (const oldest of kept.keys()) {
        if (bytes <= maxBytes) break
        drop(oldest)
      }
      sweepLater()
    },
    delete: drop,
    largestBytes,
    get bytes() {
      return bytes
    },
    get count() {
      return kept.size
    },
    clear() {
      kept.clear()
      bytes = 0
      cancelSweep?.()
      cancelSweep = undefined
    },
  }
}

function sizeOf(key: string, { bytes, matrix, spans }: KeptAnswer): number {
  let size = OVERHEAD_BYTES + 2 * key.length + bytes.buffer.byteLength + (matrix?.places.byteLength ?? 0)
  for (const span of spans) for (const remark of [...span.warnings, ...span.infos]) size += remark.length
  return size
}
