import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Labels } from '../labels.ts'
import { quote } from '../parse/index.ts'
import type { MemorySeries } from './memory-source.ts'
import { encodeWriteRequest } from './remote-write.ts'

export type PrometheusAnswer =
  | { readonly status: 'error'; readonly error: string }
  | {
      readonly status: 'success'
      readonly data: { readonly resultType: string; readonly result: unknown }
      readonly warnings?: readonly string[]
      readonly infos?: readonly string[]
    }

export type Prometheus = {
  query(path: 'query' | 'query_range', params: Record<string, string>): Promise<PrometheusAnswer>
  /** `taken`, or the mistake that it finds in a query. */
  parse(query: string): Promise<string>
  stop(): Promise<void>
}

/**
 * A real Prometheus on a free port of this machine, loaded with the series: from blocks, or, as those take no native
 * histograms, by remote write where there are some. `bin` holds `prometheus` and `promtool`.
 */
export async function startPrometheus(bin: string, series: readonly MemorySeries[]): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'binnacle-promql-'))
  writeFileSync(join(folder, 'prometheus.yml'), '{}')
  const written = series.some(({ histograms }) => histograms !== undefined)
  if (!written) {
    writeFileSync(join(folder, 'in.txt'), openMetrics(series))
    execFileSync(join(bin, 'promtool'), ['tsdb', 'create-blocks-from', 'openmetrics', 'in.txt', 'data'], {
      cwd: folder,
      stdio: 'pipe',
    })
  }
  const child = spawn(
    join(bin, 'prometheus'),
    [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      '--storage.tsdb.retention.time=100y',
      '--web.listen-address=127.0.0.1:0',
      '--enable-feature=promql-experimental-functions,native-histograms',
      '--web.enable-remote-write-receiver',
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const address = await new Promise<string>((resolve, reject) => {
    let log = ''
    child.stderr.on('data', (chunk) => {
      log += chunk
      const found = /Listening on" component=web address=(\S+)/.exec(log)
      if (found !== null && log.includes('Server is ready')) resolve(found[1]!)
    })
    child.once('exit', () => reject(new Error(`prometheus ended: ${log.slice(-2000)}`)))
  })
  if (written) {
    const answer = await fetch(`http://${address}/api/v1/write`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
      body: encodeWriteRequest(series),
    })
    if (answer.status !== 204) throw new Error(`remote write: ${answer.status} ${await answer.text()}`)
  }
  return {
    async query(path, params) {
      const body = new URLSearchParams(params)
      const response = await fetch(`http://${address}/api/v1/${path}`, { method: 'POST', body })
      return (await response.json()) as PrometheusAnswer
    },
    async parse(query) {
      const body = new URLSearchParams({ query })
      const response = await fetch(`http://${address}/api/v1/format_query`, { method: 'POST', body })
      const answer = (await response.json()) as PrometheusAnswer
      return answer.status === 'success' ? 'taken' : answer.error.replace('invalid parameter "query": ', '')
    },
    async stop() {
      child.kill('SIGTERM')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** OpenMetrics text; samples of one metric stand together. */
function openMetrics(series: readonly MemorySeries[]): string {
  const lines: string[] = []
  for (const { labels, ts, values } of series) {
    const name = labels[labels.indexOf('__name__') + 1]!
    ts.forEach((t, i) => {
      lines.push(`${name}${labelText(labels)} ${String(values[i]).replace('Infinity', 'Inf')} ${(t / 1000).toFixed(3)}`)
    })
  }
  lines.push('# EOF', '')
  return lines.join('\n')
}

function labelText(labels: Labels): string {
  const parts: string[] = []
  for (let i = 0; i < labels.length; i += 2)
    if (labels[i] !== '__name__') parts.push(`${labels[i]}=${quote(labels[i + 1]!)}`)
  return `{${parts.join(',')}}`
}
