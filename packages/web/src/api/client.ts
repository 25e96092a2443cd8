/** Why a request gave no answer, in words for the page. `unreachable` means that nobody answered at all. */
export class ApiError extends Error {
  readonly kind: 'unreachable' | 'refused'
  /** HTTP status; 0 when nobody answered. */
  readonly status: number
  /** Prometheus's `errorType` or Binnacle's error code. */
  readonly code: string
  readonly hint: string | undefined

  constructor(kind: ApiError['kind'], status: number, code: string, message: string, hint?: string) {
    super(message)
    this.name = 'ApiError'
    this.kind = kind
    this.status = status
    this.code = code
    this.hint = hint
  }
}

export type Params = Readonly<Record<string, string | number | readonly string[] | undefined>>

/** What Prometheus's API puts around every answer. */
type Envelope<T> = {
  status: 'success' | 'error'
  data?: T
  errorType?: string
  /** Text in the Prometheus API; an object in Binnacle's own. */
  error?: string | { code: string; message: string; hint?: string }
  warnings?: string[]
  infos?: string[]
}

export type Answer<T> = { readonly data: T; readonly notes: readonly string[]; readonly durationMs: number }

/** A call of the Prometheus API. Long queries go by POST, since a URL has its limit. Rejects with `ApiError`. */
export async function callPrometheus<T>(path: string, params: Params, signal?: AbortSignal): Promise<Answer<T>> {
  const started = performance.now()
  const response = await send(path, params, signal)
  const body = await readJson<Envelope<T>>(response)
  if (body?.status !== 'success' || body.data === undefined) throw toError(response, body)
  return {
    data: body.data,
    notes: [...(body.warnings ?? []), ...(body.infos ?? [])],
    durationMs: performance.now() - started,
  }
}

/**
 * The same for an answer that may be large: its bytes, the envelope included, once it is a success. Rejects with
 * `ApiError`.
 */
export async function callForBytes(
  path: string,
  params: Params,
  signal?: AbortSignal,
): Promise<{ readonly bytes: ArrayBuffer; readonly durationMs: number }> {
  const started = performance.now()
  const response = await send(path, params, signal)
  if (!response.ok) throw toError(response, await readJson<Envelope<unknown>>(response))
  const bytes = await response.arrayBuffer()
  return { bytes, durationMs: performance.now() - started }
}

function send(path: string, params: Params, signal: AbortSignal | undefined): Promise<Response> {
  const text = toQueryString(params)
  const form = text.length > 1800
  return request(form || text === '' ? path : `${path}?${text}`, {
    signal: signal ?? null,
    ...(form ? { method: 'POST', body: text, headers: { 'content-type': 'application/x-www-form-urlencoded' } } : {}),
  })
}

/** A call of Binnacle's own page API, which answers plain JSON. Rejects with `ApiError`. */
export async function callApp<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await request(path, init)
  const body = await readJson<T & Envelope<T>>(response)
  if (!response.ok || body === undefined) throw toError(response, body)
  return body
}

/** A call of the page API with a body of JSON. Rejects with `ApiError`. */
export function sendApp<T>(method: 'POST' | 'PUT', path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return callApp<T>(path, {
    method,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    signal: signal ?? null,
  })
}

async function request(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...init })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError('unreachable', 0, 'unreachable', 'Binnacle does not answer', 'Is the process still running?')
  }
}

async function readJson<T>(response: Response): Promise<T | undefined> {
  try {
    return (await response.json()) as T
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    return undefined
  }
}

function toError(response: Response, body: Envelope<unknown> | undefined): ApiError {
  const error = body?.error
  if (typeof error === 'object') return new ApiError('refused', response.status, error.code, error.message, error.hint)
  const message = error ?? `the server answered ${response.status} ${response.statusText}`
  const code = body?.errorType ?? `http_${response.status}`
  return new ApiError('refused', response.status, code, message, hintOf(response))
}

/** Prometheus's shape has no place for a hint: it travels as a header. */
function hintOf({ headers }: Response): string | undefined {
  const text = headers.get('binnacle-error-hint')
  if (text === null) return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    // Not ours: something between us wrote it.
    return undefined
  }
}

export function toQueryString(params: Params): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue
    if (typeof value === 'object') for (const one of value) search.append(name, one)
    else search.append(name, String(value))
  }
  return search.toString()
}
