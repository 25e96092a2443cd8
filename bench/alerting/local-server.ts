// What the benchmarks of alerting scrape, and what receives their webhooks: one server on a free port of 127.0.0.1.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Webhook = {
  /** Path of the address that was called. */
  readonly path: string
  /** When its head arrived, ms of `performance.now()`. */
  readonly atMs: number
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[]
}

export type LocalServer = {
  /** Host and port. */
  readonly address: string
  close(): void
}

type Handlers = {
  /** Text format 0.0.4 of a path, for a GET. */
  readonly page: (path: string) => Buffer | string
  /** Alertmanager's webhook, version 4, for a POST; other bodies are calls without alerts. It is answered with 200 once this has returned. */
  readonly webhook: (call: Webhook) => void
}

export async function startLocalServer({ page, webhook }: Handlers): Promise<LocalServer> {
  const server = createServer((request, response) => {
    const atMs = performance.now()
    const path = request.url ?? ''
    if (request.method === 'GET') {
      response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8')
      response.end(page(path))
      return
    }
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.once('end', () => {
      const { alerts = [] } = JSON.parse(Buffer.concat(pieces).toString()) as Partial<Pick<Webhook, 'alerts'>>
      webhook({ path, atMs, alerts })
      // What Slack answers.
      response.end('ok')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
