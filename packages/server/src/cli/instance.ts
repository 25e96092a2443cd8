import { BinnacleError, messageOf } from '../config/index.ts'

export const DEFAULT_URL = 'http://127.0.0.1:7070'

export type Instance = {
  /** `data` of one of the API's answers, and its notes. Throws `BinnacleError` with the answer's own words. */
  call(
    path: string,
    options?: { method?: 'GET' | 'POST'; params?: Readonly<Record<string, string>> },
  ): Promise<{ data: unknown; warnings: readonly string[]; infos: readonly string[] }>
  /** What the page API answers; with a `body` it is asked by POST. Throws `BinnacleError` with the answer's own words. */
  page(
    path: string,
    options?: { params?: Readonly<Record<string, string>> | URLSearchParams; body?: unknown },
  ): Promise<unknown>
}

type Envelope = { status?: string; data?: unknown; error?: string; warnings?: string[]; infos?: string[] }

/** The running Binnacle at `url`, over its HTTP API. */
export function connect(url: string): Instance {
  const base = baseUrl(url)
  return {
    async call(path, { method = 'GET', params = {} } = {}) {
      const form = new URLSearchParams(params).toString()
      const target = method === 'GET' && form !== '' ? `${base}${path}?${form}` : `${base}${path}`
      const { response, text } = await ask(base, target, {
        method,
        ...(method === 'POST' ? { body: form, headers: { 'content-type': 'application/x-www-form-urlencoded' } } : {}),
      })
      const answer = parseObject(text) as Envelope | undefined
      if (answer?.status === 'success') {
        return { data: answer.data, warnings: answer.warnings ?? [], infos: answer.infos ?? [] }
      }
      const hint = response.headers.get('binnacle-error-hint')
      const code = response.headers.get('binnacle-error-code') ?? 'cli.unexpected_answer'
      const message = answer?.error ?? unexpected(base + path, response, text)
      throw new BinnacleError(code, message, hint === null ? {} : { hint: decodeURIComponent(hint) })
    },
    async page(path, { params = {}, body } = {}) {
      const query = new URLSearchParams(params).toString()
      const { response, text } = await ask(base, `${base}${path}${query === '' ? '' : `?${query}`}`, {
        ...(body === undefined
          ? {}
          : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      const answer = parseObject(text)
      if (response.ok && answer !== undefined) return answer
      const { code, message, hint } = Object(answer?.error) as { code?: string; message?: string; hint?: string }
      throw new BinnacleError(
        code ?? 'cli.unexpected_answer',
        message ?? unexpected(base + path, response, text),
        hint === undefined ? {} : { hint },
      )
    },
  }
}

async function ask(base: string, target: string, init: RequestInit): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(target, init)
    return { response, text: await response.text() }
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    throw new BinnacleError('cli.not_reachable', `no Binnacle answers at ${base}: ${messageOf(cause)}`, {
      kind: 'unavailable',
      hint: 'start it with "binnacle up", or name its address with --url',
    })
  }
}

const unexpected = (url: string, { status }: Response, text: string) =>
  `${url} answered ${status}: ${text.slice(0, 300).trim()}`

function baseUrl(text: string): string {
  const withScheme = /^https?:\/\//i.test(text) ? text : `http://${text}`
  if (!URL.canParse(withScheme)) {
    throw new BinnacleError('cli.bad_url', `--url: "${text}" is not an address such as ${DEFAULT_URL}`)
  }
  return withScheme.replace(/\/+$/, '')
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
