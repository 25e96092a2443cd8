import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatLabels, labelsOf } from '@binnacle/promql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BinnacleError } from '../../../config/index.ts'
import { createSampleBatch } from '../batch/index.ts'
import { createMemoryStore } from '../testkit/index.ts'
import { createScrapeCache, formatOf } from './index.ts'

// Pages that are odd, and what a real Prometheus makes of them: each is a target of its own, scraped by both.
const TEXT = 'text/plain; version=0.0.4'
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0'
const now = Date.now()

const pages: readonly (readonly [name: string, contentType: string | undefined, body: string | Buffer])[] = [
  ['plain', TEXT, 'a 1\nb{c="d"} 2\n'],
  ['no newline at the end', TEXT, 'a 1\nb 2'],
  ['nothing', TEXT, ''],
  // (Blanks before a name become part of it in Prometheus 3.5.3; the format says that they are ignored, and so do we.)
  ['blanks everywhere', TEXT, 'a { b = "2" , c="3" }\t3 \t\n  \n\nb  7\n'],
  ['no comma between labels', TEXT, 'a{b="2" c="3"} 3\n'],
  ['no blank before the value', TEXT, 'a{b="2"}3\n'],
  ['trailing comma', TEXT, 'a{b="2",} 3\n'],
  ['two commas', TEXT, 'a{b="2",,} 3\n'],
  ['empty braces', TEXT, 'a{} 3\n'],
  ['escapes', TEXT, 'a{b="x\\"y\\\\z\\nn\\d"} 1\n'],
  ['empty label value', TEXT, 'a{b="",c="x"} 1\n'],
  ['line break in a label value', TEXT, 'a{b="x\ny"} 1\n'],
  ['quoted name', TEXT, '{"my.metric",l="v"} 1\n{"other.metric"} 2\n'],
  ['quoted name last', TEXT, '{l="v","my.metric"} 1\n'],
  ['quoted label', TEXT, '{"my.metric","la bel"="v"} 1\n'],
  ['empty quoted name', TEXT, '{""} 1\n'],
  ['name twice', TEXT, 'a{"b"} 1\n'],
  ['no name', TEXT, '{b="1"} 1\n'],
  ['label twice', TEXT, 'a{b="1",b="2"} 1\n'],
  ['__name__ as label', TEXT, 'a{__name__="b"} 1\n'],
  // Not asked: `{a} 1`, at which Prometheus 3.5.3 panics.
  ['comments', TEXT, '# just words\n#!\n#\n# HELPer x\n# HELP\n#HELP a b\na 1\n'],
  ['help without text', TEXT, '# HELP a\na 1\n'],
  ['help without name', TEXT, '# HELP 9 x\na 1\n'],
  ['type with two blanks', TEXT, '# TYPE a  counter\na 1\n'],
  ['type with a trailing blank', TEXT, '# TYPE a counter \na 1\n'],
  ['type of OpenMetrics', TEXT, '# TYPE a info\na 1\n'],
  ['type with tabs', TEXT, '#\tTYPE\ta\tcounter\na 1\n'],
  ['carriage returns', TEXT, 'a 1\r\nb 1\r\n'],
  ['special values', TEXT, 'a NaN\nb nan\nc +Inf\nd -inf\ne Infinity\nf -0\ng .5\nh 5.\ni +1\nj 1E3\n'],
  ['signed NaN', TEXT, 'a -NaN\n'],
  ['hexadecimal', TEXT, 'a 0x10\n'],
  ['hexadecimal with exponent', TEXT, 'a 0x1p4\n'],
  ['underscores', TEXT, 'a 1_0\n'],
  ['too large', TEXT, 'a 1e999\n'],
  ['too small', TEXT, 'a 1e-999\n'],
  ['long numbers', TEXT, 'a 0.12345678901234567\nb 123456789012345678901\nc 1.7976931348623157e308\n'],
  ['own timestamps', TEXT, `a 1 ${now}\nb 2 ${now - 1000} \n`],
  ['timestamp with a fraction', TEXT, `a 1 ${now}.5\n`],
  ['timestamp with a plus', TEXT, `a 1 +${now}\n`],
  ['words after the timestamp', TEXT, `a 1 ${now} x\n`],
  ['exemplar in text', TEXT, 'a 1 # {b="c"} 1\n'],
  ['value missing', TEXT, 'a 1\nb\n'],
  ['HTML', TEXT, '<html></html>\n'],
  ['not UTF-8', TEXT, Buffer.from('a{b="z\xfcrich"} 1\n', 'latin1')],
  ['help not UTF-8', TEXT, Buffer.from('# HELP a z\xfc\na 1\n', 'latin1')],
  ['UTF-8', TEXT, 'a{b="zürich 東京"} 1\n'],
  ['series twice', TEXT, 'a 1\na 2\nb 3\n'],
  ['label order', TEXT, 'a{b="1",c="2"} 1\na{c="2",b="1"} 5\n'],
  [
    'bounds',
    TEXT,
    `# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="1e3"} 1\nh_bucket{le="1000000"} 1\nh_bucket{le="123456"} 1
h_bucket{le="+Inf"} 1\nh_bucket{le="inf"} 1\nh_bucket{le="0.005"} 1\nh_bucket{le="0.00001"} 1\nh_bucket{le="0.0001"} 1
h_bucket{le="1.50"} 1\nh_bucket{le="2097152"} 1\nh_bucket{le="x"} 1\nh_bucket{le="1e25"} 1\nh_bucket{le="0"} 1
# TYPE s summary\ns{quantile="1"} 1\ns{quantile="0.50"} 1\ns{le="1"} 2\n# TYPE g gauge\ng{le="1"} 1\n`,
  ],
  ['content type with blanks', 'text/plain ;charset=utf-8', 'a 1\n'],
  ['no content type', undefined, 'a 1\n'],
  ['HTML content type', 'text/html', 'a 1\n'],
  ['JSON content type', 'application/json; charset=utf-8', 'a 1\n'],
  ['broken content type', 'text/plain; =', 'a 1\n'],
  ['OpenMetrics', OPEN_METRICS, '# TYPE a counter\n# HELP a x\na_total{b="c"} 1\na_created{b="c"} 5\n# EOF\n'],
  ['OpenMetrics, end without newline', OPEN_METRICS, 'a 1\n# EOF'],
  ['OpenMetrics, no end', OPEN_METRICS, 'a 1\n'],
  ['OpenMetrics, nothing', OPEN_METRICS, ''],
  ['OpenMetrics, after the end', OPEN_METRICS, 'a 1\n# EOF\nb 1\n'],
  ['OpenMetrics, blank line', OPEN_METRICS, 'a 1\n\n# EOF\n'],
  ['OpenMetrics, comment', OPEN_METRICS, '# words\na 1\n# EOF\n'],
  ['OpenMetrics, two blanks', OPEN_METRICS, 'a  1\n# EOF\n'],
  ['OpenMetrics, trailing blank', OPEN_METRICS, 'a 1 \n# EOF\n'],
  ['OpenMetrics, blank before braces', OPEN_METRICS, 'a {b="c"} 1\n# EOF\n'],
  ['OpenMetrics, missing comma', OPEN_METRICS, 'a{b="c"d="e"} 1\n# EOF\n'],
  ['OpenMetrics, trailing comma', OPEN_METRICS, 'a{b="c",} 1\n# EOF\n'],
  ['OpenMetrics, untyped', OPEN_METRICS, '# TYPE a untyped\na 1\n# EOF\n'],
  ['OpenMetrics, unit', OPEN_METRICS, '# UNIT a_seconds seconds\na_seconds 1\n# EOF\n'],
  ['OpenMetrics, other unit', OPEN_METRICS, '# UNIT a seconds\na 1\n# EOF\n'],
  ['OpenMetrics, help without text', OPEN_METRICS, '# HELP a\na 1\n# EOF\n'],
  ['OpenMetrics, quoted name', OPEN_METRICS, '# TYPE "my.metric" gauge\n{"my.metric","l"="v"} 1\n# EOF\n'],
  [
    'OpenMetrics, exemplar',
    OPEN_METRICS,
    `a_total 1 ${now / 1000} # {b="c"} 1 ${now / 1000}\nb_total 1 # {} 2\n# EOF\n`,
  ],
  ['OpenMetrics, exemplar without value', OPEN_METRICS, 'a_total 1 # {b="c"}\n# EOF\n'],
  ['OpenMetrics, timestamp NaN', OPEN_METRICS, 'a 1 NaN\n# EOF\n'],
  ['OpenMetrics, line break in a value', OPEN_METRICS, 'a{b="x\ny"} 1\n# EOF\n'],
  ['OpenMetrics, bounds', OPEN_METRICS, '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\n# EOF\n'],
]

/** Lines such as `a{b="c"} 1`, sorted; `failed` when the scrape fails. */
function ours(contentType: string | undefined, body: string | Buffer): string[] | 'failed' {
  const store = createMemoryStore()
  const out = createSampleBatch()
  try {
    createScrapeCache({ store, relabel: (labels) => labels }).parse(Buffer.from(body as string), {
      format: formatOf(contentType),
      atMs: now,
      out,
    })
  } catch (error) {
    expect(error).toBeInstanceOf(BinnacleError)
    return 'failed'
  }
  return Array.from({ length: out.length }, (_, i) => {
    const value = out.values[i]!
    const text =
      value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
    return `${formatLabels(store.labelsOf(out.refs[i]!))} ${text}`
  }).sort()
}

const binary = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/prometheus')
const present = process.env.JUDGES_DIR !== undefined && existsSync(binary)

describe.skipIf(!present)('beside Prometheus (needs JUDGES_DIR with root/usr/bin/prometheus)', () => {
  const verdicts = new Map<string, string[] | 'failed'>()
  const cleanups: (() => void)[] = []

  beforeAll(async () => {
    const server = createServer((request, response) => {
      const page = pages[Number(request.url!.slice(1))]!
      // Without this, Node would add no type of its own, but a target may send none.
      if (page[1] !== undefined) response.setHeader('content-type', page[1])
      response.end(page[2])
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => server.close().closeAllConnections())
    const { port } = server.address() as AddressInfo
    const dir = mkdtempSync(join(tmpdir(), 'exposition-judge-'))
    cleanups.push(() => rmSync(dir, { recursive: true, force: true }))
    const jobs = pages.map(
      (_, i) => `- job_name: j${i}\n  metrics_path: /${i}\n  static_configs: [{targets: ['127.0.0.1:${port}']}]\n`,
    )
    writeFileSync(join(dir, 'p.yml'), `global: {scrape_interval: 1s}\nscrape_configs:\n${jobs.join('')}`)
    const args = [
      `--config.file=${join(dir, 'p.yml')}`,
      `--storage.tsdb.path=${join(dir, 'tsdb')}`,
      '--web.listen-address=127.0.0.1:0',
    ]
    const child = spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    cleanups.push(() => child.kill('SIGKILL'))
    const api = await new Promise<string>((resolve, reject) => {
      let log = ''
      child.stderr.on('data', (text: Buffer) => {
        log += text
        const address = /msg="Listening on".* address=(\S+)/.exec(log)
        if (address) resolve(`http://${address[1]}`)
      })
      child.on('exit', () => reject(new Error(`Prometheus ended: ${log}`)))
    })
    const query = async (text: string) => {
      const response = await fetch(`${api}/api/v1/query?query=${encodeURIComponent(text)}`)
      const { data } = (await response.json()) as {
        data?: { result: { metric: Record<string, string>; value: [number, string] }[] }
      }
      return data?.result ?? []
    }
    for (let i = 0; i < 100 && (await query('up')).length < pages.length; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const all = await query('{job!=""}')
    for (const [i, [name]] of pages.entries()) {
      const mine = all.filter(({ metric }) => metric.job === `j${i}`)
      const up = mine.find(({ metric }) => metric.__name__ === 'up')
      expect(up, `${name} was scraped`).toBeDefined()
      const lines = mine
        .filter(({ metric }) => metric.__name__ !== 'up' && !metric.__name__!.startsWith('scrape_'))
        .map(({ metric: { job: _job, instance: _instance, ...labels }, value }) => {
          const number = value[1] === '-0' ? '0' : value[1]
          return `${formatLabels(labelsOf(labels))} ${/^[+-]?(Inf|NaN)/.test(number) ? number : Number(number)}`
        })
        .sort()
      verdicts.set(name, up!.value[1] === '1' ? lines : 'failed')
    }
  })
  afterAll(() => {
    for (const cleanup of cleanups.reverse()) cleanup()
  })

  test.for(pages)('%s', ([name, contentType, body]) => {
    const theirs = verdicts.get(name)!
    const mine = ours(contentType, body)
    expect(mine).toEqual(theirs)
  })
})
