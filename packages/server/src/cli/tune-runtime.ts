import { setFlagsFromString } from 'node:v8'

/**
 * How much the heap of JavaScript may grow beyond what lives in it before garbage is looked for, in percent. Left to itself,
 * V8 takes up to four times of it: after 10,000 alerts at once 100 MB of garbage stayed for as long as little happened.
 */
const HEAP_GROWTH_PERCENT = 50

/**
 * How much of a function, in bytes of its code that were run, V8 watches before it looks whether to optimise it; 66 KiB if left
 * to itself. The way of a request is run a few times a minute: small queries were asked hundreds of times until it was fast.
 */
const INTERRUPT_BUDGET_BYTES = 4_000

/** Tells V8 that this process lives long, holds much and is asked seldom. For this process and all its threads, from now on. */
export function tuneRuntime(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`)
  setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET_BYTES}`)
}
