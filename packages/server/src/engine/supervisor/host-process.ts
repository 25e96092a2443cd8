import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { HostOrders, HostReady } from '../host/orders.ts'

export type HostExit = {
  readonly code: number | undefined
  readonly signal: string | undefined
  /** The last line it wrote on its standard error. */
  readonly lastWords: string
}

export type HostProcess = {
  readonly pid: number | undefined
  /** Resolves once it answers; never rejects: race it with `exited`. */
  readonly ready: Promise<HostReady>
  readonly exited: Promise<HostExit>
  /** Closes its lifeline: it ends by itself, within some seconds. */
  ask(): void
  /** SIGKILL: the only thing that ends a host whose native code hangs. */
  kill(): void
}

/** Threads for running queries, each of which holds one; file work needs some too. */
const THREADS = '16'
/** The host collects garbage itself after heavy queries; its heap holds little, results lie outside it. */
const FLAGS = ['--enable-source-maps', '--expose-gc', '--max-old-space-size=512']
/** What the host may know of our environment: nothing that could hold a secret. */
const PASSED = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'LD_LIBRARY_PATH', 'SystemRoot']

/** Under vitest this file runs from src, but the host is a program of its own and needs the built one. */
function entry(): string {
  const here = import.meta.url
  return fileURLToPath(
    here.endsWith('.ts') ? new URL('../../../dist/engine/host/main.js', here) : new URL('../host/main.js', here),
  )
}

export function startHost(orders: HostOrders, onLine: (line: string) => void): HostProcess {
  const env: NodeJS.ProcessEnv = {
    UV_THREADPOOL_SIZE: THREADS,
    // An arena per thread would keep what sixteen threads once used.
    MALLOC_ARENA_MAX: '2',
  }
  for (const name of PASSED) if (process.env[name] !== undefined) env[name] = process.env[name]
  const child: ChildProcess = spawn(process.execPath, [...FLAGS, entry()], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env,
  })
  let lastWords = ''
  const exited = new Promise<HostExit>((resolve) => {
    child.once('error', (error) => resolve({ code: undefined, signal: undefined, lastWords: error.message }))
    // 'close' comes after the last line of standard error has been read, 'exit' may not.
    child.once('close', (code, signal) => {
      resolve({ code: code ?? undefined, signal: signal ?? undefined, lastWords })
    })
  })
  const ready = new Promise<HostReady>((resolve) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const parsed = parseReady(line)
      if (parsed) resolve(parsed)
      else onLine(line)
    })
  })
  createInterface({ input: child.stderr! }).on('line', (line) => {
    lastWords = line.slice(0, 2000)
    onLine(lastWords)
  })
  // Writing to a host that has just died is no error of ours: `exited` tells.
  child.stdin!.on('error', () => {})
  child.stdin!.write(`${JSON.stringify(orders)}\n`)
  return {
    pid: child.pid,
    ready,
    exited,
    ask: () => child.stdin!.end(),
    kill: () => void child.kill('SIGKILL'),
  }
}

function parseReady(line: string): HostReady | undefined {
  if (!line.startsWith('{"ready":true')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
