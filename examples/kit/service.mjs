// A stand-in for a team's service: it serves its metrics by their names, types and labels, and misbehaves when told to.
//   GET /metrics             the exposition
//   GET /metrics/JOB         of the families with this `job` only; 503 while the trouble JOB-down is on
//   POST /trouble/NAME       begins a trouble; DELETE ends it; GET /trouble lists those that there are
import { createServer } from 'node:http'

const STEP_MS = 1_000

/**
 * What `families` say as time goes on, without a clock of its own. A family is `{name, type, help, series, job?, buckets?}`, a
 * series `[labels, value]`:
 * - counter: `value(is)` gives its rate per second; `step` adds it up;
 * - gauge: `value(is)` gives the value itself;
 * - histogram: `value(is)` gives `{rate, seconds}`: so many observations per second, each of so many seconds; `buckets` are upper bounds;
 * - summary: `value(is)` gives `{rate, seconds, quantiles: {0.95: seconds}}`.
 * `is(name)` tells whether a trouble is on; a gauge is given the time in Unix ms as well. `undefined` leaves the series out.
 */
export function createMetrics(families) {
  const counts = new Map()
  const stateOf = (key) => {
    const state = counts.get(key) ?? { total: 0, sum: 0, count: 0, buckets: new Map() }
    counts.set(key, state)
    return state
  }

  /** So many seconds went by. */
  function step(seconds, is) {
    for (const { name, type, series, buckets = [] } of families) {
      if (type === 'gauge') continue
      for (const [labels, value] of series) {
        const given = value(is)
        if (given === undefined) continue
        const state = stateOf(`${name}${text(labels)}`)
        if (type === 'counter') {
          state.total += given * seconds
          continue
        }
        state.count += given.rate * seconds
        state.sum += given.rate * seconds * (given.seconds ?? 0)
        for (const bound of buckets) {
          const before = state.buckets.get(bound) ?? 0
          state.buckets.set(bound, before + (given.seconds <= bound ? given.rate * seconds : 0))
        }
      }
    }
  }

  /** The exposition of the families of one `job`, or of all (``), at a time. */
  function render(is, job, nowMs) {
    const lines = []
    for (const { name, type, help, series, buckets = [], job: own } of families) {
      if (job !== '' && own !== job) continue
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
      for (const [labels, value] of series) {
        const given = value(is, nowMs)
        if (given === undefined) continue
        const state = stateOf(`${name}${text(labels)}`)
        if (type === 'gauge') lines.push(`${name}${text(labels)} ${number(given)}`)
        else if (type === 'counter') lines.push(`${name}${text(labels)} ${counted(name, state.total)}`)
        else lines.push(...distribution(name, labels, { type, buckets, state, quantiles: given.quantiles ?? {} }))
      }
    }
    return `${lines.join('\n')}\n`
  }

  return { step, render }
}

function distribution(name, labels, { type, buckets, state, quantiles }) {
  const bucket = (le, value) => `${name}_bucket${text({ ...labels, le })} ${Math.floor(value)}`
  return [
    ...buckets.map((bound) => bucket(String(bound), state.buckets.get(bound) ?? 0)),
    ...(type === 'histogram' ? [bucket('+Inf', state.count)] : []),
    ...Object.entries(quantiles).map(
      ([quantile, seconds]) => `${name}${text({ ...labels, quantile })} ${number(seconds)}`,
    ),
    `${name}_sum${text(labels)} ${number(state.sum)}`,
    `${name}_count${text(labels)} ${Math.floor(state.count)}`,
  ]
}

/**
 * Serves `families` on 127.0.0.1 as time goes by. `changed(name, isOn)` is called when a trouble begins or ends. Resolves with
 * `{port, begin, end, close}`.
 */
export async function startService({ port = 0, troubles, families, begin = [], changed = () => {} }) {
  const on = new Set(begin)
  const is = (name) => on.has(name)
  const known = new Set(troubles)
  const set = (name, isOn) => {
    if (is(name) === isOn) return
    if (isOn) on.add(name)
    else on.delete(name)
    tell(name, isOn)
  }
  const tell = (name, isOn) =>
    Promise.resolve(changed(name, isOn)).catch((error) => console.error(`${name}: ${error.message}`))
  const metrics = createMetrics(families)
  let last = Date.now()

  function step() {
    const now = Date.now()
    metrics.step((now - last) / 1000, is)
    last = now
  }

  const server = createServer((request, response) => {
    const [, first, name = ''] = (request.url ?? '/').split('/')
    const answer = (status, body, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': type }).end(body)
    if (first === 'metrics' && is(`${name}-down`)) return answer(503, `${name} is down\n`)
    if (first === 'metrics')
      return answer(200, metrics.render(is, name, Date.now()), 'text/plain; version=0.0.4; charset=utf-8')
    if (first !== 'trouble') return answer(404, 'not found\n')
    if (request.method === 'GET')
      return answer(200, `${[...known].map((one) => `${is(one) ? 'on ' : 'off'} ${one}`).join('\n')}\n`)
    if (!known.has(name)) return answer(404, `there is no trouble "${name}": ${[...known].join(', ')}\n`)
    set(name, request.method !== 'DELETE')
    answer(200, `${name} ${is(name) ? 'begins' : 'ends'}\n`)
  })
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  const timer = setInterval(step, STEP_MS)
  for (const name of begin) tell(name, true)
  return {
    port: server.address().port,
    begin: (name) => set(name, true),
    end: (name) => set(name, false),
    async close() {
      clearInterval(timer)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Seconds have fractions, all else is counted in whole numbers. */
const counted = (name, total) => (name.endsWith('_seconds_total') ? total.toFixed(3) : Math.floor(total))

function text(labels) {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${String(value).replace(/["\\\n]/g, '_')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function number(value) {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return Number.isNaN(value) ? 'NaN' : String(value)
}
