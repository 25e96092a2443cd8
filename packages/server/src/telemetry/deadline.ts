import { setMaxListeners } from 'node:events'
import type { Clock } from './clock.ts'

/**
 * Runs `fn` with a signal that aborts with `parent`, or after `ms` with a `TimeoutError`.
 * Leaves no listener on `parent` behind (AbortSignal.any on a long-lived parent leaks on Node 20).
 */
export async function withDeadline<T>(
  clock: Clock,
  parent: AbortSignal,
  ms: number,
  fn: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController()
  const follow = () => own.abort(parent.reason)
  const cancel = clock.after(ms, () => own.abort(new DOMException(`no answer within ${ms} ms`, 'TimeoutError')))
  // Many calls at a time may follow one parent; each takes its listener away again.
  setMaxListeners(0, parent)
  parent.addEventListener('abort', follow, { once: true })
  if (parent.aborted) follow()
  try {
    return await fn(own.signal)
  } finally {
    cancel()
    parent.removeEventListener('abort', follow)
  }
}
