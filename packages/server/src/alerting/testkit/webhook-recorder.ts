import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request of a webhook, as far as stories look at it. */
export type WebhookCall = {
  /** Path of the address that was called. */
  readonly path: string
  readonly atMs: number
  readonly receiver: string
  readonly groupKey: string
  readonly status: string
  /** `firing Name{label="x"}` or `resolved ...`, sorted. */
  readonly alerts: readonly string[]
  readonly idempotencyKey: string | undefined
  /** What it was answered. */
  readonly answered: number
}

export type WebhookRecorder = AsyncDisposable & {
  readonly url: string
  readonly calls: readonly WebhookCall[]
  /** Decides the status of the next answers; default 200. */
  answer: (call: Omit<WebhookCall, 'answered'>) => number | Promise<number>
}

type Body = {
  receiver: string
  groupKey: string
  status: string
  alerts: { status: string; labels: Record<string, string> }[]
}

/** A real HTTP server on a free port that takes Alertmanager's webhooks (version 4). */
export async function startWebhookRecorder(): Promise<WebhookRecorder> {
  const calls: WebhookCall[] = []
  const recorder = { answer: (): number | Promise<number> => 200 } as { answer: WebhookRecorder['answer'] }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as Body
    const key = request.headers['idempotency-key']
    const call = {
      path: request.url ?? '',
      atMs: Date.now(),
      receiver: body.receiver,
      groupKey: body.groupKey,
      status: body.status,
      alerts: body.alerts.map(({ status, labels }) => `${status} ${textOf(labels)}`).sort(),
      idempotencyKey: Array.isArray(key) ? key[0] : key,
    }
    const status = await recorder.answer(call)
    calls.push({ ...call, answered: status })
    response.writeHead(status).end()
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return Object.assign(recorder, {
    url: `http://127.0.0.1:${port}`,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}

function textOf({ alertname = '', ...labels }: Record<string, string>): string {
  const rest = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))
  return `${alertname}{${rest.map(([name, value]) => `${name}="${value}"`).join(', ')}}`
}
