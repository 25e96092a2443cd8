// The watch's event-loop delay, from its own /metrics (`nodejs_eventloop_lag_*`): how late a timer of 10 ms fires, in
// windows of at least four seconds. The recorded value of a free loop is those 10 ms; they are taken off here, so that
// what is left is the wait that the loop caused.

import { ask } from './http-client.ts'
import { sleep } from './systems.ts'

const RESOLUTION_MS = 10

export type LoopDelay = {
  readonly windows: number
  /** The median window's. */
  readonly p50Ms: number
  /** The worst window's. */
  readonly p99Ms: number
  readonly maxMs: number
}

type Window = { readonly p50: number; readonly p99: number; readonly max: number }

/** Begins `work` when a window has just begun, and watches until the window in which it ends is over. */
export async function loopDelayWhile<T>(url: string, work: () => Promise<T>): Promise<{ result: T; delay: LoopDelay }> {
  await nextWindow(url)
  const windows: Window[] = []
  let done = false
  const watch = (async () => {
    while (!done) windows.push(await nextWindow(url))
  })()
  const result = await work().finally(() => {
    done = true
  })
  await watch
  const sorted = windows.map(({ p50 }) => p50).sort((a, b) => a - b)
  return {
    result,
    delay: {
      windows: windows.length,
      p50Ms: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
      p99Ms: Math.max(...windows.map(({ p99 }) => p99)),
      maxMs: Math.max(...windows.map(({ max }) => max)),
    },
  }
}

/** Resolves with the figures of the next window that ends; whoever reads them ends one that is old enough. */
async function nextWindow(url: string): Promise<Window> {
  const before = JSON.stringify(await shown(url))
  for (let tries = 0; tries < 100; tries++) {
    await sleep(200)
    const now = await shown(url)
    if (JSON.stringify(now) !== before) return now
  }
  throw new Error('/metrics shows no event-loop delay that moves')
}

async function shown(url: string): Promise<Window> {
  const text = (await ask(`${url}/metrics`)).body.toString()
  const read = (what: string) =>
    Number(new RegExp(`^nodejs_eventloop_lag_${what}_seconds (\\S+)`, 'm').exec(text)?.[1]) * 1000 - RESOLUTION_MS
  return { p50: read('p50'), p99: read('p99'), max: read('max') }
}
