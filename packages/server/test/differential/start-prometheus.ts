import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const binary = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/prometheus')

/** Empty when a real Prometheus is there; otherwise what to write behind the title of a test that is skipped for it. */
export const prometheusMissing =
  process.env.JUDGES_DIR !== undefined && existsSync(binary)
    ? ''
    : ' (skipped: no Prometheus, set JUDGES_DIR to the folder that holds root/usr/bin/prometheus)'

export type RunningPrometheus = AsyncDisposable & { readonly url: string }

/** A real Prometheus on a free port of this machine, taking remote write, with a data folder that goes away with it. */
export async function startPrometheus(config: string, args: readonly string[] = []): Promise<RunningPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-prometheus-'))
  await writeFile(join(folder, 'prometheus.yml'), config)
  const child = spawn(
    binary,
    [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      '--web.listen-address=127.0.0.1:0',
      '--web.enable-remote-write-receiver',
      '--query.lookback-delta=5m',
      ...args,
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  async function end(): Promise<void> {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await exited
    clearTimeout(timer)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let log = ''
      const timer = setTimeout(() => reject(new Error(`Prometheus is not ready\n${log}`)), 20_000)
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (log.length < 100_000) log += text
        const address = /Listening on" component=web address=(\S+)/.exec(log)?.[1]
        if (address === undefined || !log.includes('Server is ready')) return
        clearTimeout(timer)
        resolve(`http://${address}`)
      })
      child.once('exit', () => reject(new Error(`Prometheus ended\n${log}`)))
    })
    return { url, [Symbol.asyncDispose]: end }
  } catch (error) {
    await end()
    throw error
  }
}
