// A stand-in for a team's service: it serves its metrics by their names, types and labels, and misbehaves when told to.
//   GET /metrics             the exposition
//   GET /metrics/JOB         of the families with this `job` only; 503 while the trouble JOB-down is on
//   POST /trouble/NAME       begins a trouble; DELETE ends it; GET /trouble lists those that there are
import { createServer } from 'node:http'

const STEP_MS = 1_000

/**
 * Serves `families` on 127.0.0.1. A family is `{name, type, help, series, job?}`, a series `[labels, value]`:
 * - counter: `value(is)` gives its rate per second; it is added up every second;
 * - gauge: `value(is)` gives the value itself;
 * - histogram: `value(is)` gives `{rate, seconds}`: so many observations per second, each of so many seconds; `buckets` are upper bounds;
 * - summary: `value(is)` gives `{rate, quantiles: {0.95: seconds}}`.
 * `is(name)` tells whether a trouble is on; `changed(name, isOn)` is called when one begins or ends. Resolves with `{port, begin, end, close}`.
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
  const counts = new Map()
  let last = Date.now()

  function step() {
    const now = Date.now()
    const seconds = (now - last) / 1000
    last = now
    for (const family of families) {
      if (family.type === 'gauge') continue
      for (const [labels, value] of family.series) {
        const key = `${family.name}${text(labels)}`
        const given = value(is)
        if (given === undefined) continue
        const state = counts.get(key) ?? { total: 0, sum: 0, count: 0, buckets: new Map() }
        counts.set(key, state)
        if (family.type === 'counter') state.total += given * seconds
        else {
          state.count += given.rate * seconds
          state.sum += given.rate * seconds * (given.seconds ?? 0)
          for (const bound of family.buckets ?? []) {
            const before = state.buckets.get(bound) ?? 0
            state.buckets.set(bound, before + (given.seconds <= bound ? given.rate * seconds : 0))
          }
        }
      }
    }
  }

  function render(only) {
    const lines = []
    for (const { name, type, help, series, buckets = [], job } of families) {
      if (only !== '' && job !== only) continue
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
      for (const [labels, value] of series) {
        const given = value(is)
        if (given === undefined) continue
        if (type === 'gauge') {
          lines.push(`${name}${text(labels)} ${number(given)}`)
          continue
        }
        const state = counts.get(`${name}${text(labels)}`) ?? { total: 0, sum: 0, count: 0, buckets: new Map() }
        if (type === 'counter') {
          lines.push(`${name}${text(labels)} ${Math.floor(state.total)}`)
          continue
        }
        for (const bound of buckets) {
          lines.push(
            `${name}_bucket${text({ ...labels, le: String(bound) })} ${Math.floor(state.buckets.get(bound) ?? 0)}`,
          )
        }
        if (type === 'histogram')
          lines.push(`${name}_bucket${text({ ...labels, le: '+Inf' })} ${Math.floor(state.count)}`)
        for (const [quantile, seconds] of Object.entries(given.quantiles ?? {})) {
          lines.push(`${name}${text({ ...labels, quantile })} ${number(seconds)}`)
        }
        lines.push(
          `${name}_sum${text(labels)} ${number(state.sum)}`,
          `${name}_count${text(labels)} ${Math.floor(state.count)}`,
        )
      }
    }
    return `${lines.join('\n')}\n`
  }

  const server = createServer((request, response) => {
    const [, first, name = ''] = (request.url ?? '/').split('/')
    const answer = (status, body, type = 'text/plain; charset=utf-8') =>
      response.writeHead(status, { 'content-type': type }).end(body)
    if (first === 'metrics' && is(`${name}-down`)) return answer(503, `${name} is down\n`)
    if (first === 'metrics') return answer(200, render(name), 'text/plain; version=0.0.4; charset=utf-8')
    if (first === 'health')
      return answer(is('down') ? 503 : 200, JSON.stringify({ status: is('down') ? 'unhealthy' : 'healthy' }))
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

function text(labels) {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${String(value).replace(/["\\\n]/g, '_')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function number(value) {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return Number.isNaN(value) ? 'NaN' : String(value)
}
