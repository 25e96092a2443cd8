// A plain HTTP client on kept connections: the least that can stand between a clock and an answer.

import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 16 })

export type Answer = { readonly status: number; readonly body: Buffer; readonly ms: number }

type AskOptions = {
  readonly method?: string
  readonly body?: Buffer | string
  readonly headers?: Record<string, string>
}

/** Resolves with the whole answer; `ms` is from sending to its last byte. Rejects after 120 s. */
export async function ask(url: string, options: AskOptions = {}): Promise<Answer> {
  for (;;) {
    const answer = await askOnce(url, options)
    if (answer !== undefined) return answer
  }
}

/** Undefined when a kept connection was closed by the other side just then: nothing was read of the request. */
function askOnce(url: string, options: AskOptions): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const from = performance.now()
    const headers =
      options.body === undefined
        ? options.headers
        : { 'content-length': Buffer.byteLength(options.body), ...options.headers }
    const sent = request(url, { agent, method: options.method ?? 'GET', headers, timeout: 120_000 }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.once('error', reject)
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces), ms: performance.now() - from })
      })
    })
    sent.once('error', (error: NodeJS.ErrnoException) => {
      const closed = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
      if (closed) resolve(undefined)
      else reject(error)
    })
    sent.once('timeout', () => sent.destroy(new Error(`no answer within 120 s: ${url}`)))
    sent.end(options.body)
  })
}

/** A form posted as dashboards do. */
export function askForm(url: string, form: Record<string, string>): Promise<Answer> {
  return ask(url, {
    method: 'POST',
    body: new URLSearchParams(form).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
}

/** Sum of all lines of a metric in `/metrics`, those whose labels hold `part`; NaN where there is none. */
export async function metricOf(url: string, name: string, part = ''): Promise<number> {
  const text = (await ask(`${url}/metrics`)).body.toString()
  let sum = Number.NaN
  for (const line of text.split('\n')) {
    if (!line.startsWith(name) || !(line[name.length] === ' ' || line[name.length] === '{') || !line.includes(part))
      continue
    sum = (Number.isNaN(sum) ? 0 : sum) + Number(line.slice(line.lastIndexOf(' ') + 1))
  }
  return sum
}
