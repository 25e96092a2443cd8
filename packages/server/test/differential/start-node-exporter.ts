import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const binary = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/prometheus-node-exporter')

export const nodeExporterMissing =
  process.env.JUDGES_DIR !== undefined && existsSync(binary)
    ? ''
    : ' (skipped: no node exporter, set JUDGES_DIR to the folder that holds root/usr/bin/prometheus-node-exporter)'

/** A real node exporter with its default collectors on a free port of this machine. */
export async function startNodeExporter(): Promise<AsyncDisposable & { readonly address: string }> {
  const child = spawn(binary, ['--web.listen-address=127.0.0.1:0'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const address = await new Promise<string>((resolve, reject) => {
    let log = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (log.length < 100_000) log += text
      const found = /Listening on" address=(\S+)/.exec(log)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => reject(new Error(`node exporter ended\n${log}`)))
    child.once('error', reject)
  })
  return {
    address,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
