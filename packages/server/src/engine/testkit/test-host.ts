import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../telemetry/index.ts'
import { createEngineClient, type EngineClient, type EngineEndpoint, type QueryLimits } from '../client/index.ts'
import { type HostProcess, startHost } from '../supervisor/host-process.ts'

export const LIMITS: QueryLimits = { timeoutMs: 20_000, maxResultBytes: 60_000_000, maxMemoryBytes: 300_000_000 }
export const NEVER = new AbortController().signal

export type TestHost = {
  readonly dir: string
  readonly endpoint: EngineEndpoint
  readonly client: EngineClient
  readonly host: HostProcess
  readonly lines: readonly string[]
  stop(): Promise<void>
}

/** A real engine host on a new directory: over its Unix socket, or over loopback TCP with a password. */
export async function startTestHost(over: 'socket' | 'tcp'): Promise<TestHost> {
  const dir = mkdtempSync(join(tmpdir(), 'binnacle engine '))
  const lines: string[] = []
  const login = { user: 'watch', password: "p'ss\\ w:rd€" }
  const listen =
    over === 'tcp' ? ({ kind: 'tcp', ...login } as const) : ({ kind: 'socket', path: join(dir, 's') } as const)
  const orders = { dataDir: dir, spoolDir: join(dir, 'spool'), listen, maxServerMemoryBytes: 700 * 1024 * 1024 }
  const host = startHost(orders, (line) => lines.push(line))
  const ready = await Promise.race([host.ready, host.exited])
  if (!('ready' in ready)) throw new Error(`the host did not start: ${ready.lastWords}`)
  const endpoint: EngineEndpoint =
    over === 'tcp'
      ? { kind: 'url', url: `http://127.0.0.1:${ready.port}`, ...login }
      : { kind: 'socket', path: join(dir, 's') }
  const client = createEngineClient({ endpoint, clock: systemClock })
  return {
    dir,
    endpoint,
    client,
    host,
    lines,
    async stop() {
      await client.close()
      host.ask()
      await host.exited
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
