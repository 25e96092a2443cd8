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
  const deadline = createDeadline(clock, parent, ms)
  try {
    return await fn(deadline.signal)
  } finally {
    deadline.end()
  }
}

/**
 * The same for work that seldom waits: whoever computes looks at `aborted` now and then; the signal, its timer and its
 * listener are made when somebody first waits for something (`signal`). `end` must follow; it leaves nothing behind.
 */
export type Deadline = {
  readonly aborted: boolean
  /** Of the abort; undefined before it. */
  readonly reason: unknown
  readonly signal: AbortSignal
  end(): void
}

export function createDeadline(clock: Clock, parent: AbortSignal, ms: number): Deadline {
  return new LazyDeadline(clock, parent, ms)
}

// A class: one is made for every query, and an object with getters is costly to make.
class LazyDeadline implements Deadline {
  readonly #clock: Clock
  readonly #parent: AbortSignal
  readonly #ms: number
  readonly #untilMs: number
  #own: AbortController | undefined = undefined
  #cancel: (() => void) | undefined = undefined
  #follow: (() => void) | undefined = undefined
  #timeout: DOMException | undefined = undefined

  constructor(clock: Clock, parent: AbortSignal, ms: number) {
    this.#clock = clock
    this.#parent = parent
    this.#ms = ms
    this.#untilMs = clock.monotonic() + ms
  }

  get aborted(): boolean {
    if (this.#own !== undefined) return this.#own.signal.aborted
    return this.#parent.aborted || this.#clock.monotonic() >= this.#untilMs
  }

  get reason(): unknown {
    if (this.#own !== undefined) return this.#own.signal.reason
    if (this.#parent.aborted) return this.#parent.reason
    return this.aborted ? this.#timedOut() : undefined
  }

  get signal(): AbortSignal {
    if (this.#own !== undefined) return this.#own.signal
    const own = new AbortController()
    const parent = this.#parent
    if (this.aborted) own.abort(this.reason)
    else {
      this.#follow = () => own.abort(parent.reason)
      this.#cancel = this.#clock.after(this.#untilMs - this.#clock.monotonic(), () => own.abort(this.#timedOut()))
      // Many calls at a time may follow one parent; each takes its listener away again.
      setMaxListeners(0, parent)
      parent.addEventListener('abort', this.#follow, { once: true })
    }
    this.#own = own
    return own.signal
  }

  end(): void {
    if (this.#follow === undefined) return
    this.#cancel!()
    this.#parent.removeEventListener('abort', this.#follow)
    this.#follow = undefined
  }

  #timedOut(): DOMException {
    this.#timeout ??= new DOMException(`no answer within ${this.#ms} ms`, 'TimeoutError')
    return this.#timeout
  }
}
