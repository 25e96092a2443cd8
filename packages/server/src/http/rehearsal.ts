import { Agent, request } from 'node:http'
import { messageOf } from '../config/index.ts'
import type { Clock, Logger } from '../telemetry/index.ts'

/** Tells the server that a request is one of these; its value is known to this process only. */
export const REHEARSAL_HEADER = 'binnacle-rehearsal'

export type Rehearsal = {
  /** Begins after a while, when Binnacle's own series have some samples, and ends by itself. */
  start(): void
  /** Safe twice, and without `start`. */
  stop(): Promise<void>
}

export type RehearsalDeps = {
  readonly clock: Clock
  readonly log: Logger
  /** Whether nobody else asks at this moment. */
  readonly isIdle: () => boolean
}

const BEGIN_AFTER_MS = 12_000
/** About a second of CPU in half a minute: what is asked every second anyway is not disturbed by it. */
const ROUNDS = 60
const PAUSE_MS = 8
/** While others ask, their questions do the same. */
const BUSY_PAUSE_MS = 1_000
const MOST_BUSY_PAUSES = 60
const TIMEOUT_MS = 5_000

const OWN = 'job="binnacle"'
const UP = 'up{job=~"host|binnacle"}'
const LATENCY = 'binnacle_http_request_duration_seconds'

/** What dashboards, rules and editors ask, of Binnacle's own series: there are few of them, however many others there are. */
const INSTANT = [
  `process_resident_memory_bytes{${OWN}}`,
  UP,
  `count by (job) (${UP} == 0) or 0 * count by (job) (${UP})`,
  'absent(up{job="nobody"})',
  `topk(2, process_resident_memory_bytes{${OWN}})`,
  `sort_desc(1 - process_resident_memory_bytes{${OWN}} / process_virtual_memory_bytes{${OWN}})`,
  'predict_linear(node_filesystem_avail_bytes{job="host",fstype!="tmpfs"}[5m], 3600)',
  `sum by (instance) (rate(process_cpu_seconds_total{${OWN}}[1m]))`,
  `sum by (handler) (rate(${LATENCY}_sum[1m])) / sum by (handler) (rate(${LATENCY}_count[1m]))`,
  `(sum(rate(${LATENCY}_count[5m])) > 0) and (sum(rate(${LATENCY}_count[1m])) > 0)`,
  `rate(${LATENCY}_count[1m]) * on (instance) group_left (version) binnacle_build_info`,
  'count by (version) (binnacle_build_info)',
  `sum by (host) (label_replace(${UP}, "host", "$1", "instance", "(.*):?.*"))`,
  `sum by (job) (changes(${UP}[5m]))`,
  `quantile by (job) (0.95, ${UP})`,
  `max_over_time(sum(rate(process_cpu_seconds_total{${OWN}}[1m]))[2m:30s])`,
  `histogram_quantile(0.99, sum by (le) (rate(${LATENCY}_bucket[1m])))`,
  `avg_over_time(${UP}[5m])`,
  `sum(rate({__name__=~"process_.*_total",${OWN}}[1m]))`,
]
const RANGE = [
  UP,
  `sum by (job) (rate(process_cpu_seconds_total{${OWN}}[1m]))`,
  `histogram_quantile(0.9, sum by (le) (rate(${LATENCY}_bucket[1m])))`,
]
const LISTINGS: readonly (readonly [path: string, ...match: readonly string[]])[] = [
  ['labels', UP],
  ['labels', `{${OWN}}`],
  ['labels', 'binnacle_build_info'],
  ['label/instance/values', UP],
  ['label/handler/values', '{__name__=~"binnacle_http_.*",code!~"2.."}'],
  ['label/__name__/values', `{${OWN}}`],
  ['label/__name__/values', `{__name__=~"process_.*",${OWN}}`],
  ['series', UP],
  ['series', `process_resident_memory_bytes{instance=~".+",${OWN}}`],
  ['series', UP, 'binnacle_build_info'],
]

/**
 * Asks the server common questions over a connection of its own until V8 has compiled what lies on their way, from the
 * HTTP parser to the encoder: small questions take 15 % less time then, the smallest a quarter less. Such
 * requests count in no metric, and nothing is kept of their answers.
 */
export function createRehearsal(
  { clock, log, isIdle }: RehearsalDeps,
  where: { readonly host: string; readonly port: () => number; readonly secret: string },
): Rehearsal {
  const life = new AbortController()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let running: Promise<void> | undefined

  function ask(method: string, path: string, body: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers: Record<string, string | number> = { host: 'localhost', [REHEARSAL_HEADER]: where.secret }
      if (method === 'POST') {
        headers['content-type'] = 'application/x-www-form-urlencoded'
        headers['content-length'] = Buffer.byteLength(body)
      }
      const { signal } = life
      const options = {
        agent,
        host: where.host,
        port: where.port(),
        method,
        path,
        headers,
        timeout: TIMEOUT_MS,
        signal,
      }
      const sent = request(options, (answer) => {
        answer.on('data', () => {})
        answer.once('error', reject)
        answer.once('end', resolve)
      })
      sent.once('error', reject)
      sent.once('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)))
      sent.end(method === 'POST' ? body : undefined)
    })
  }

  /** One question of each kind after the other, with times as dashboards give them. */
  function* round(): Generator<Promise<void>, void, undefined> {
    const end = Math.floor(clock.now() / 1000)
    const times = { start: String(end - 120), end: String(end) }
    for (const query of INSTANT) {
      yield ask('POST', '/api/v1/query', new URLSearchParams({ query, time: String(end) }).toString())
    }
    for (const query of RANGE) {
      const fields = new URLSearchParams({ query, ...times, step: '15', nocache: '1' })
      yield ask('POST', '/api/v1/query_range', fields.toString())
    }
    for (const [path, ...match] of LISTINGS) {
      const fields = new URLSearchParams(times)
      for (const selector of match) fields.append('match[]', selector)
      yield ask('GET', `/api/v1/${path}?${fields}`, '')
    }
  }

  async function run(): Promise<void> {
    await clock.sleep(BEGIN_AFTER_MS, life.signal)
    let busy = 0
    for (let rounds = 0; rounds < ROUNDS; rounds++) {
      for (const asking of round()) {
        await asking
        await clock.sleep(PAUSE_MS, life.signal)
        while (!isIdle()) {
          if (++busy > MOST_BUSY_PAUSES) return
          await clock.sleep(BUSY_PAUSE_MS, life.signal)
        }
      }
    }
  }

  return {
    start() {
      running ??= run()
        .catch((error: unknown) => {
          if (!life.signal.aborted)
            log.debug({ error: messageOf(error) }, 'the rehearsal of common questions ended early')
        })
        .finally(() => agent.destroy())
    },
    async stop() {
      life.abort(new Error('stopped'))
      await running
    },
  }
}
