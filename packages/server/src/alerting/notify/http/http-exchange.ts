// What goes out and what comes back, for the client and for the source of its tokens.

import type http from 'node:http'
import type { Clock } from '../../../telemetry/index.ts'
import type { Secrets } from '../secret-source.ts'
import type { ProxyOptions, TlsOptions } from './http-options.ts'
import type { Environment } from './proxy.ts'

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

export type HttpReply = {
  readonly status: number
  /** Names in lower case. */
  readonly headers: http.IncomingHttpHeaders
  /** At most `MAX_REPLY_BYTES`; what came after them is thrown away. */
  readonly body: Buffer
}

export type HttpClientDeps = { readonly clock: Clock; readonly environment: Environment; readonly userAgent: string }

export type Outgoing = { method: string; headers: http.OutgoingHttpHeaders; body: string | Buffer | undefined }

export type Route = {
  readonly options: { readonly tls: TlsOptions; readonly proxy: ProxyOptions }
  readonly secrets: Secrets
  readonly signal: AbortSignal
}

/** The connections. */
export type Agents = {
  request(url: URL, outgoing: Outgoing, route: Route): Promise<HttpReply>
  close(): void
}
