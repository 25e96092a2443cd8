import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'

/** The real node exporter and promtool, where JUDGES_DIR has them. */
export const nodeExporterPath = findJudge('prometheus-node-exporter')
export const promtoolPath = findJudge('promtool')

function findJudge(name: string): string | undefined {
  const dir = process.env.JUDGES_DIR
  if (!dir) return undefined
  const file = path.join(dir, 'root/usr/bin', name)
  return existsSync(file) ? file : undefined
}

export type NodeExporter = {
  /** `host:port`. */
  readonly address: string
  scrape(): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts node exporter on a free port of the loopback. */
export async function startNodeExporter(args: readonly string[]): Promise<NodeExporter> {
  const child = spawn(nodeExporterPath!, ['--web.listen-address=127.0.0.1:0', '--log.format=json', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const address = await new Promise<string>((resolve, reject) => {
    let log = ''
    child.stderr.on('data', (piece: Buffer) => {
      log += piece.toString()
      const found = /"Listening on","address":"([^"]+)"/.exec(log)
      if (found) resolve(found[1]!)
    })
    child.once('exit', () => reject(new Error(`node exporter did not start: ${log}`)))
  })
  return {
    address,
    scrape: async () => (await fetch(`http://${address}/metrics`)).text(),
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
    },
  }
}
