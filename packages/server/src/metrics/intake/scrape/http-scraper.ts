import { readFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { BinnacleError, messageOf, readSecretFile } from '../../../config/index.ts'
import { acceptHeader, SCRAPE_PROTOCOLS, type ScrapeProtocol } from '../exposition/index.ts'
import type { HttpClientConfig, ScrapeConfig, TlsVersion } from '../prometheus-config/index.ts'

export type HttpAnswer = { readonly body: Buffer; readonly contentType: string | undefined }

export type HttpScraper = {
  /** GETs a URL. Rejects with `BinnacleError` (`scrape.*`), or `signal.reason` when aborted. */
  get(url: string, timeoutMs: number, signal: AbortSignal): Promise<HttpAnswer>
  /** Closes idle connections now, and those in use as soon as their answer is there. */
  close(): void
}

export type HttpScraperOptions = Pick<
  ScrapeConfig,
  'http' | 'scrapeProtocols' | 'nameEscaping' | 'enableCompression' | 'bodySizeLimitBytes'
> & { readonly userAgent: string }

/** An answer is never larger in memory than this, whatever the configuration says. */
const HARD_BODY_LIMIT_BYTES = 512 * 1024 * 1024
const MAX_REDIRECTS = 10
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const TLS_VERSIONS: Readonly<Record<TlsVersion, 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
}
const gunzip = promisify(zlib.gunzip)

/** The HTTP side of one job: connections stay open between scrapes; secrets and certificates are read at each scrape. */
export function createHttpScraper(options: HttpScraperOptions): HttpScraper {
  const plainAgent = new http.Agent({ keepAlive: true, keepAliveMsecs: 30_000 })
  let tlsAgent: https.Agent | undefined
  let tlsText = ''
  const limit = options.bodySizeLimitBytes > 0 ? options.bodySizeLimitBytes : HARD_BODY_LIMIT_BYTES
  const spoken = options.scrapeProtocols.filter((name): name is ScrapeProtocol =>
    (SCRAPE_PROTOCOLS as readonly string[]).includes(name),
  )
  const accept = acceptHeader(spoken, options.nameEscaping)

  async function secureAgent(): Promise<https.Agent> {
    const { tls } = options.http
    const [ca, cert, key] = await Promise.all([
      tls.ca ?? readIf(tls.caFile),
      tls.cert ?? readIf(tls.certFile),
      tls.key?.reveal() ?? readIf(tls.keyFile),
    ])
    const text = JSON.stringify([ca, cert, key])
    if (tlsAgent && text === tlsText) return tlsAgent
    retire(tlsAgent)
    tlsText = text
    tlsAgent = new https.Agent({
      keepAlive: true,
      keepAliveMsecs: 30_000,
      rejectUnauthorized: !tls.insecureSkipVerify,
      minVersion: TLS_VERSIONS[tls.minVersion ?? 'TLS12'],
      ...(tls.maxVersion === undefined ? {} : { maxVersion: TLS_VERSIONS[tls.maxVersion] }),
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    })
    return tlsAgent
  }

  async function get(url: string, timeoutMs: number, signal: AbortSignal): Promise<HttpAnswer> {
    let at = toUrl(url)
    const origin = at.origin
    const auth = await authorizationOf(options.http)
    const extra = await extraHeaders(options.http)
    for (let hop = 0; ; hop++) {
      const agent = at.protocol === 'https:' ? await secureAgent() : plainAgent
      const headers: http.OutgoingHttpHeaders = {
        accept,
        'accept-encoding': options.enableCompression ? 'gzip' : 'identity',
        'user-agent': options.userAgent,
        'x-prometheus-scrape-timeout-seconds': String(timeoutMs / 1000),
      }
      // What is secret goes to the host that was configured, not to where that host points.
      if (at.origin === origin) {
        Object.assign(headers, extra)
        if (auth !== undefined) headers.authorization = auth
      }
      const answer = await requestOnce(at, { agent, headers, signal, limit })
      if (answer.location !== undefined && options.http.followRedirects) {
        if (hop === MAX_REDIRECTS) throw failed('scrape.http', `stopped after ${MAX_REDIRECTS} redirects`)
        at = toUrl(answer.location, at)
        continue
      }
      if (answer.status !== 200) {
        throw failed('scrape.http_status', `server returned HTTP status ${answer.status} ${answer.reason}`.trim())
      }
      let { body } = answer
      if (answer.encoding === 'gzip') {
        try {
          body = await gunzip(body, { maxOutputLength: limit })
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit)
          throw failed('scrape.http', `the answer is not readable gzip: ${messageOf(error)}`, error)
        }
      }
      // Prometheus refuses an answer of exactly the limit too.
      if (options.bodySizeLimitBytes > 0 && body.length >= limit) throw tooLarge(limit)
      return { body, contentType: answer.contentType }
    }
  }

  return {
    get,
    close() {
      retire(plainAgent)
      retire(tlsAgent)
    },
  }
}

function retire(agent: http.Agent | undefined): void {
  if (!agent) return
  agent.maxFreeSockets = 0
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
}

type Raw = {
  status: number
  reason: string
  location: string | undefined
  contentType: string | undefined
  encoding: string | undefined
  body: Buffer
}
type RequestOptions = {
  agent: http.Agent
  headers: http.OutgoingHttpHeaders
  signal: AbortSignal
  limit: number
}

async function requestOnce(url: URL, options: RequestOptions): Promise<Raw> {
  for (let attempt = 0; ; attempt++) {
    const sent = { reused: false }
    try {
      return await send(url, options, sent)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      // The target may close an idle connection at the moment that we use it: that says nothing about the target.
      if (attempt === 0 && sent.reused && (code === 'ECONNRESET' || code === 'EPIPE')) continue
      if (options.signal.aborted) throw options.signal.reason
      if (error instanceof BinnacleError) throw error
      throw failed(
        /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_|DEPTH_|SELF_SIGNED|EPROTO)/.test(code ?? '')
          ? 'scrape.tls'
          : 'scrape.connect',
        messageOf(error) || String(code),
        error,
      )
    }
  }
}

function send(url: URL, options: RequestOptions, sent: { reused: boolean }): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http
    const outgoing = request(
      url,
      { agent: options.agent, headers: options.headers, signal: options.signal },
      (answer) => {
        const chunks: Buffer[] = []
        let size = 0
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size <= options.limit) chunks.push(chunk)
          else {
            // Rejected first: an answer whose end has already come is not stopped by destroying its request.
            reject(tooLarge(options.limit))
            outgoing.destroy()
          }
        })
        answer.on('error', reject)
        answer.on('aborted', () => reject(new Error('the target closed the connection before its answer was complete')))
        answer.on('end', () => {
          const status = answer.statusCode ?? 0
          resolve({
            status,
            reason: answer.statusMessage ?? '',
            location: REDIRECTS.has(status) ? answer.headers.location : undefined,
            contentType: answer.headers['content-type'],
            encoding: answer.headers['content-encoding'],
            body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks),
          })
        })
      },
    )
    outgoing.on('error', (error) => {
      sent.reused = outgoing.reusedSocket
      reject(error)
    })
    outgoing.end()
  })
}

function toUrl(text: string, base?: URL): URL {
  let url: URL
  try {
    url = base ? new URL(text, base) : new URL(text)
  } catch (error) {
    throw failed('scrape.http', `invalid URL "${text}"`, error)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw failed('scrape.http', `unsupported protocol scheme "${url.protocol.slice(0, -1)}"`)
  }
  return url
}

async function authorizationOf({ basicAuth, authorization }: HttpClientConfig): Promise<string | undefined> {
  if (basicAuth) {
    const user = basicAuth.usernameFile ? (await readSecretFile(basicAuth.usernameFile)).reveal() : basicAuth.username
    const password = basicAuth.passwordFile ? await readSecretFile(basicAuth.passwordFile) : basicAuth.password
    return `Basic ${Buffer.from(`${user ?? ''}:${password?.reveal() ?? ''}`).toString('base64')}`
  }
  if (!authorization) return undefined
  const { type, credentials, credentialsFile } = authorization
  const secret = credentialsFile ? await readSecretFile(credentialsFile) : credentials
  return secret === undefined ? undefined : `${type} ${secret.reveal()}`
}

async function extraHeaders({ headers }: HttpClientConfig): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {}
  for (const { name, values, secrets, files } of headers) {
    const read = await Promise.all(files.map((file) => readSecretFile(file)))
    all[name] = [...values, ...secrets.map((secret) => secret.reveal()), ...read.map((secret) => secret.reveal())]
  }
  return all
}

async function readIf(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw failed('scrape.tls', `cannot read certificate or key: ${messageOf(error)}`, error)
  }
}

function tooLarge(limit: number): BinnacleError {
  return new BinnacleError('scrape.body_size_limit', 'body size limit exceeded', {
    kind: 'limit',
    hint: `body_size_limit is ${limit} bytes`,
  })
}

function failed(code: string, message: string, cause?: unknown): BinnacleError {
  return new BinnacleError(code, message, { kind: 'unavailable', ...(cause === undefined ? {} : { cause }) })
}
