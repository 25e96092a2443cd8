import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type RunningPrometheus = AsyncDisposable & { readonly url: string; readonly dataDir: string }

/** Starts the real Prometheus of JUDGES_DIR on a free port, in a folder of its own; resolves once it is ready. */
export async function startPrometheus(
  options: { readonly config?: string; readonly args?: readonly string[] } = {},
): Promise<RunningPrometheus> {
  const judges = process.env.JUDGES_DIR
  if (judges === undefined) throw new Error('JUDGES_DIR is not set')
  const folder = mkdtempSync(join(tmpdir(), 'binnacle-judge-'))
  const dataDir = join(folder, 'data')
  writeFileSync(join(folder, 'prometheus.yml'), options.config ?? '{}\n')
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  const url = `http://127.0.0.1:${port}`
  const judge = spawn(
    join(judges, 'root/usr/bin/prometheus'),
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${dataDir}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...(options.args ?? []),
    ],
    { stdio: 'ignore' },
  )
  const gone = once(judge, 'exit')
  for (let i = 0; ; i++) {
    const ready = await fetch(`${url}/-/ready`).catch(() => undefined)
    if (ready?.ok) break
    if (i === 300 || judge.exitCode !== null) throw new Error('Prometheus does not get ready')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return {
    url,
    dataDir,
    async [Symbol.asyncDispose]() {
      judge.kill('SIGKILL')
      await gone
      rmSync(folder, { recursive: true })
    },
  }
}
