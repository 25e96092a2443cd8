import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** How the engine host calls itself, and what its command line says before it does. */
const ENGINE = /binnacle-engine|engine\/host/
const PROGRAM = fileURLToPath(new URL('../bin/binnacle.mjs', import.meta.url))

export type StartOptions = {
  /** Flags after `up`, besides --data and --listen. */
  readonly args?: readonly string[]
  /** Text of a prometheus.yml. */
  readonly prometheusConfig?: string
  /** Text of a binnacle.yml. With it the packs are off unless it names them. */
  readonly config?: string
  /** Further files beside them: names and texts. */
  readonly files?: Readonly<Record<string, string>>
  /** Kept after the end when it is given; a fresh folder that goes away otherwise. */
  readonly dataDir?: string
  readonly env?: Readonly<Record<string, string>>
  /** `HOST:PORT`; a free port of 127.0.0.1 by default. */
  readonly listen?: string
  /** Another installation of the program than this one: path of its `binnacle.mjs`. */
  readonly program?: string
  /** How long it may take until the line that says it is ready, ms. */
  readonly timeoutMs?: number
  /** Told all that was printed to stderr so far, whenever there is more of it, before it is ready too. */
  readonly onStderr?: (text: string) => void
}

export type RunningBinnacle = AsyncDisposable & {
  readonly url: string
  readonly pid: number
  readonly dataDir: string
  /** Where prometheus.yml and binnacle.yml lie, to change them and reload. */
  readonly folder: string
  /** ms from spawning to the line that says it is ready. */
  readonly readyAfterMs: number
  /** All that was printed so far. */
  readonly stdout: string
  readonly stderr: string
  /** Process id of the engine host: a child of the program that runs the host's script. Undefined while there is none. */
  enginePid(): number | undefined
  signal(name: NodeJS.Signals): void
  /** SIGTERM; resolves with the exit code once the process is gone. Fails the test when it takes more than 15 s. */
  stop(): Promise<number | null>
  /** SIGKILL; resolves once the process is gone. */
  kill(): Promise<void>
  /** Resolves once the process is gone, for whatever reason. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

/**
 * Starts the real program (the built one: `npm run build` first) on a free port and waits for its ready line. Rejects
 * with all that it printed when it ends before, or when it takes too long.
 */
export async function startBinnacle(options: StartOptions = {}): Promise<RunningBinnacle> {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-test-'))
  const dataDir = options.dataDir ?? join(folder, 'data')
  const args = ['up', '--data', dataDir, '--listen', options.listen ?? '127.0.0.1:0']
  if (options.prometheusConfig !== undefined) {
    await writeFile(join(folder, 'prometheus.yml'), options.prometheusConfig)
    args.push('--prometheus-config', join(folder, 'prometheus.yml'))
  }
  if (options.config !== undefined) {
    // Rules that come with Binnacle would write series and fire beside what a test is about.
    const packs = /^packs:/m.test(options.config) ? '' : '\npacks: {enabled: []}\n'
    await writeFile(join(folder, 'binnacle.yml'), options.config + packs)
    args.push('--config', join(folder, 'binnacle.yml'))
  }
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(folder, name), text)
  const began = performance.now()
  const child = spawn(process.execPath, [options.program ?? PROGRAM, ...args, ...(options.args ?? [])], {
    cwd: folder,
    env: { ...process.env, npm_lifecycle_event: undefined, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text
      if (stream === 'stderr') options.onStderr?.(output.stderr)
    })
  }
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  const clean = () => rm(folder, { recursive: true, force: true })

  let url: string
  try {
    url = await readyUrl(child, output, exited, options.timeoutMs ?? 30_000)
  } catch (error) {
    child.kill('SIGKILL')
    await exited
    await clean()
    throw error
  }
  const readyAfterMs = performance.now() - began
  const pid = child.pid!
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null

  async function kill(): Promise<void> {
    if (!hasEnded()) child.kill('SIGKILL')
    await exited
  }

  async function stop(): Promise<number | null> {
    if (!hasEnded()) child.kill('SIGTERM')
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`did not stop within 15 s\n${output.stderr}`)), 15_000)
    })
    try {
      return (await Promise.race([exited, late])).code
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    url,
    pid,
    dataDir,
    folder,
    readyAfterMs,
    exited,
    get stdout() {
      return output.stdout
    },
    get stderr() {
      return output.stderr
    },
    enginePid: () => childRunning(pid, ENGINE),
    signal: (name) => void child.kill(name),
    stop,
    kill,
    async [Symbol.asyncDispose]() {
      const engine = hasEnded() ? undefined : childRunning(pid, ENGINE)
      await stop().catch(kill)
      // The host ends with its watch; the folder may only go once it has.
      for (let i = 0; engine !== undefined && i < 100 && isAlive(engine); i++)
        await new Promise((r) => setTimeout(r, 50))
      await clean()
    },
  }
}

function readyUrl(
  child: ChildProcess,
  output: { stdout: string; stderr: string },
  exited: Promise<{ code: number | null }>,
  timeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${why}\nstdout: ${output.stdout}\nstderr: ${output.stderr}`))
    const timer = setTimeout(() => fail(`not ready within ${timeoutMs} ms`), timeoutMs)
    const look = () => {
      const url = /^Binnacle is ready: (http:\/\/\S+)/m.exec(output.stdout)?.[1]
      if (url === undefined) return
      clearTimeout(timer)
      child.stdout?.off('data', look)
      resolve(url)
    }
    child.stdout?.on('data', look)
    void exited.then(({ code }) => {
      clearTimeout(timer)
      fail(`ended with code ${code} before it was ready`)
    })
  })
}

/** A child of `parent` whose command line matches `part`; from /proc, so Linux only. */
function childRunning(parent: number, part: RegExp): number | undefined {
  if (!existsSync('/proc')) return undefined
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      // The name in parentheses may hold anything: what follows its last parenthesis is state, then parent.
      if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) !== parent) continue
      if (part.test(readFileSync(`/proc/${name}/cmdline`, 'utf8'))) return Number(name)
    } catch {
      // It ended while we looked.
    }
  }
  return undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
