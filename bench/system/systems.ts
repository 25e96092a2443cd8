// The systems under measurement, each started with its defaults and what the benchmark needs on a free port of this
// machine, in a folder of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { processTree } from './process-usage.ts'

export type SystemName = 'Binnacle' | 'Prometheus' | 'VictoriaMetrics'

export type System = {
  readonly name: SystemName
  readonly version: string
  readonly url: string
  readonly folder: string
  /** ms from spawning until it said that it is ready. */
  readonly readyMs: number
  pids(): number[]
  /** SIGTERM, and SIGKILL after 30 s. */
  stop(): Promise<void>
}

export type StartOptions = {
  readonly folder: string
  /** Text of a prometheus.yml; none: nothing is scraped. */
  readonly scrape?: string
  /** Options for Node, for profiles of Binnacle. */
  readonly nodeArgs?: readonly string[]
  /** More arguments for the system itself. */
  readonly args?: readonly string[]
}

type Command = { readonly file: string; readonly args: string[] }
type Recipe = { readonly readyPath: string; command(port: number, options: StartOptions): Command }

/** `root/usr/bin` below `judgesDir` holds the others; Binnacle is the built one below `repository`. */
export function recipes(repository: string, judgesDir: string | undefined): Map<SystemName, Recipe> {
  const program = join(repository, 'packages/server/bin/binnacle.mjs')
  const bin = (name: string) => join(judgesDir ?? '', 'root/usr/bin', name)
  const config = ({ folder, scrape }: StartOptions) => {
    const file = join(folder, 'prometheus.yml')
    writeFileSync(file, scrape ?? 'scrape_configs: []\n')
    return file
  }
  const found = new Map<SystemName, Recipe>([
    [
      'Binnacle',
      {
        readyPath: '/-/ready',
        command: (port, options) => ({
          file: process.execPath,
          args: [
            ...[
              ...(options.nodeArgs ?? []),
              program,
              'up',
              '--data',
              join(options.folder, 'data'),
              '--listen',
              `127.0.0.1:${port}`,
            ],
            ...['--prometheus-config', config(options), ...(options.args ?? [])],
          ],
        }),
      },
    ],
  ])
  if (judgesDir === undefined) return found
  if (existsSync(bin('prometheus'))) {
    found.set('Prometheus', {
      readyPath: '/-/ready',
      command: (port, options) => ({
        file: bin('prometheus'),
        args: [
          ...[`--config.file=${config(options)}`, `--storage.tsdb.path=${join(options.folder, 'data')}`],
          ...[`--web.listen-address=127.0.0.1:${port}`, '--web.enable-remote-write-receiver', '--web.enable-admin-api'],
        ],
      }),
    })
  }
  if (existsSync(bin('victoria-metrics'))) {
    found.set('VictoriaMetrics', {
      readyPath: '/health',
      command: (port, options) => ({
        file: bin('victoria-metrics'),
        args: [
          ...[`-promscrape.config=${config(options)}`, `-storageDataPath=${join(options.folder, 'data')}`],
          ...[`-httpListenAddr=127.0.0.1:${port}`, '-enableTCP6=false'],
        ],
      }),
    })
  }
  return found
}

/** Starts one and waits until it is ready. Rejects with what it printed when it ends before, or after five minutes. */
export async function startSystem(name: SystemName, recipe: Recipe, options: StartOptions): Promise<System> {
  mkdirSync(options.folder, { recursive: true })
  const port = await freePort()
  const { file, args } = recipe.command(port, options)
  const url = `http://127.0.0.1:${port}`
  const from = performance.now()
  const child = spawn(file, args, {
    cwd: options.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // What `npm start` tells the allocator (docs/performance.md, "Memory comes back"); Go programs do not look at it.
    env: { ...process.env, MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '262144' },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-8000)
    })
  }
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  running.add(child)
  void exited.then(() => running.delete(child))
  while (!(await answers(`${url}${recipe.readyPath}`))) {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${output}`)
    if (performance.now() - from > 300_000) throw new Error(`${name} was not ready after 300 s: ${output}`)
    await sleep(5)
  }
  const readyMs = performance.now() - from
  return {
    name,
    version: await versionOf(name, url),
    url,
    folder: options.folder,
    readyMs,
    pids: () => processTree(child.pid!),
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
      await exited
      clearTimeout(timer)
    },
  }
}

const running = new Set<ChildProcess>()

/** For an end that was not planned. */
export function killAll(): void {
  for (const child of running) child.kill('SIGTERM')
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Bytes of all files below a folder, as their lengths; -1 where it is not there. */
export function directoryBytes(folder: string): number {
  if (!existsSync(folder)) return -1
  let sum = 0
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    try {
      if (entry.isFile()) sum += statSync(join(entry.path, entry.name)).size
    } catch {
      // Gone since it was listed: merged away.
    }
  }
  return sum
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url)
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

async function versionOf(name: SystemName, url: string): Promise<string> {
  if (name === 'VictoriaMetrics') {
    const text = await (await fetch(`${url}/metrics`)).text()
    // Debian builds it without its version.
    return /short_version="v?([^"]+)"/.exec(text)?.[1] ?? '(does not say its version)'
  }
  type Info = { readonly version: string; readonly revision: string }
  const { data } = (await (await fetch(`${url}/api/v1/status/buildinfo`)).json()) as { data: Info }
  // Binnacle's `version` is that of the Prometheus whose API it speaks.
  return name === 'Binnacle' ? data.revision.replace('binnacle-', '') : data.version
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** Samples and bytes of Prometheus blocks, from their own records. */
export function blockFacts(folder: string): { samples: number; bytes: number; blocks: number } {
  let samples = 0
  let bytes = 0
  let blocks = 0
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const meta = join(folder, name, 'meta.json')
    if (!existsSync(meta)) continue
    samples += (JSON.parse(readFileSync(meta, 'utf8')) as { stats: { numSamples: number } }).stats.numSamples
    bytes += directoryBytes(join(folder, name))
    blocks++
  }
  return { samples, bytes, blocks }
}
