import { type Clock, nextTurn } from '../../telemetry/index.ts'

/** Work on the watch's event loop runs in slices of at most this long, ms. */
const SLICE_MS = 4

/**
 * For long loops in the watch: `await pause()` now and then returns at once until the slice is used up, then gives way
 * to the event loop. Throws the signal's reason when it is aborted.
 */
export function createPauser(clock: Clock, signal: AbortSignal, sliceMs = SLICE_MS): () => Promise<void> | undefined {
  let from = clock.monotonic()
  return () => {
    if (signal.aborted) throw signal.reason
    if (clock.monotonic() - from < sliceMs) return undefined
    return nextTurn().then(() => {
      from = clock.monotonic()
    })
  }
}
