import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRegistry } from '../../../telemetry/index.ts'
import { createMemoryStore } from '../testkit/index.ts'
import { createRemoteWriteReceiver } from './index.ts'

const binary = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/prometheus')
const present = process.env.JUDGES_DIR !== undefined && existsSync(binary)

const PAGE = `# HELP a_total Things.
# TYPE a_total counter
a_total{path="/é"} 17.25
b NaN
c -Inf
`

test.skipIf(!present)(
  'what a real Prometheus sends is stored (needs JUDGES_DIR with root/usr/bin/prometheus)',
  async () => {
    const store = createMemoryStore()
    const receiver = createRemoteWriteReceiver({ store, registry: createRegistry() })
    const failures: unknown[] = []
    let page = PAGE
    const server = createServer((request, response) => {
      if (request.url === '/metrics') {
        response.setHeader('content-type', 'text/plain; version=0.0.4')
        response.end(page)
        return
      }
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        receiver.receive(Buffer.concat(parts), new AbortController().signal).then(
          () => response.writeHead(204).end(),
          (error: unknown) => {
            failures.push(error)
            response.writeHead(400).end()
          },
        )
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const dir = mkdtempSync(join(tmpdir(), 'remote-write-judge-'))
    writeFileSync(
      join(dir, 'p.yml'),
      `global: {scrape_interval: 1s, external_labels: {replica: r1}}
scrape_configs: [{job_name: j, static_configs: [{targets: ['127.0.0.1:${port}'], labels: {instance: i}}]}]
remote_write:
- url: http://127.0.0.1:${port}/api/v1/write
  queue_config: {batch_send_deadline: 500ms}
  metadata_config: {send: true, send_interval: 1s}
`,
    )
    const child = spawn(
      binary,
      [
        `--config.file=${join(dir, 'p.yml')}`,
        `--storage.tsdb.path=${join(dir, 'tsdb')}`,
        '--web.listen-address=127.0.0.1:0',
      ],
      { stdio: 'ignore' },
    )
    const until = async (what: () => boolean) => {
      for (let i = 0; i < 200 && !what(); i++) await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const name = (metric: string, labels = '') => `${metric}{instance="i", job="j"${labels}, replica="r1"}`
    const counter = name('a_total', ', path="/é"')
    const isStale = (series: string) => store.samplesOf(series).at(-1)?.stale === true
    try {
      await until(() => store.samplesOf(counter).length >= 2 && store.metadata.has('a_total'))
      page = 'b NaN\n'
      await until(() => isStale(counter))
    } finally {
      child.kill('SIGKILL')
      server.close().closeAllConnections()
      rmSync(dir, { recursive: true, force: true })
    }
    expect(failures).toEqual([])
    expect(store.seriesNames()).toEqual(
      expect.arrayContaining([counter, name('b'), name('c'), name('up'), name('scrape_samples_scraped')]),
    )
    const samples = store.samplesOf(counter)
    expect(samples[0]).toMatchObject({ value: 17.25, stale: false })
    expect(Math.abs(samples[0]!.ts - Date.now())).toBeLessThan(60_000)
    expect(samples.at(-1)!.stale).toBe(true)
    expect(store.samplesOf(name('b'))[0]).toMatchObject({ value: Number.NaN, stale: false })
    expect(store.samplesOf(name('c'))[0]!.value).toBe(Number.NEGATIVE_INFINITY)
    expect(store.metadata.get('a_total')).toEqual({ type: 'counter', help: 'Things.', unit: '' })
  },
)
