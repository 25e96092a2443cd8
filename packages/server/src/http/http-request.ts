import type { IncomingMessage, ServerResponse } from 'node:http'
import { REHEARSAL_HEADER } from './rehearsal.ts'

/** Why a request's signal aborts. */
function clientGone(): DOMException {
  return new DOMException('the client has gone', 'AbortError')
}

/** One request as handlers see it. What costs something is made when it is first asked for. */
export class HttpRequest {
  readonly incoming: IncomingMessage
  /** As it was sent, from the first slash on: escapes are still there. */
  readonly path: string
  readonly #response: ServerResponse
  readonly #query: string
  /** Host that the request line names, which only requests to a proxy do. */
  readonly authority: string | undefined
  #names: readonly string[] = []
  #values: readonly string[] = []
  #search: URLSearchParams | undefined
  #controller: AbortController | undefined

  /** One of our own, which counts in no metric (rehearsal.ts). */
  readonly isRehearsal: boolean

  constructor(incoming: IncomingMessage, response: ServerResponse, rehearsalSecret: string) {
    this.isRehearsal = incoming.headers[REHEARSAL_HEADER] === rehearsalSecret
    this.incoming = incoming
    this.#response = response
    let target = incoming.url ?? '/'
    this.authority = undefined
    if (target.charCodeAt(0) !== 0x2f) {
      const absolute = /^https?:\/\/([^/?#]*)/i.exec(target)
      if (absolute !== null) {
        this.authority = absolute[1]!
        target = target.slice(absolute[0].length)
        if (!target.startsWith('/')) target = `/${target}`
      }
    }
    const fragment = target.indexOf('#')
    if (fragment >= 0) target = target.slice(0, fragment)
    const mark = target.indexOf('?')
    this.path = mark < 0 ? target : target.slice(0, mark)
    this.#query = mark < 0 ? '' : target.slice(mark)
  }

  get method(): string {
    return this.incoming.method ?? 'GET'
  }

  /** A header by its lower-case name. */
  header(name: string): string | undefined {
    const value = this.incoming.headers[name]
    return typeof value === 'string' ? value : value?.join(', ')
  }

  /** Every `Host` header. A proper request has one. */
  hosts(): readonly string[] {
    const hosts: string[] = []
    // `headers` would tell the first of several only.
    const { rawHeaders } = this.incoming
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i]!
      if (name.length === 4 && name.toLowerCase() === 'host') hosts.push(rawHeaders[i + 1]!)
    }
    return hosts
  }

  /** Whether the address has a query. */
  get hasQuery(): boolean {
    return this.#query.length > 1
  }

  /** Query of the address. Bytes that are no UTF-8 become U+FFFD. */
  get search(): URLSearchParams {
    this.#search ??= new URLSearchParams(this.#query)
    return this.#search
  }

  /** A decoded part of the path, by its name in the route's pattern. */
  param(name: string): string {
    return this.#values[this.#names.indexOf(name)] ?? ''
  }

  /** The router tells which parts of the path have which names. */
  setParams(names: readonly string[], values: readonly string[]): void {
    this.#names = names
    this.#values = values
  }

  /** Aborts when the client has gone before its answer was complete. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#response.closed) this.closed()
    }
    return this.#controller.signal
  }

  /** The answer is complete, or the client has gone: whoever made the request has to tell. */
  closed(): void {
    if (this.#controller !== undefined && !this.#response.writableFinished) this.#controller.abort(clientGone())
  }
}
