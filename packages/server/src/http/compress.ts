import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Context } from 'hono'
import { gatherJson, type JsonPieces } from '../metrics/query/index.ts'

const MIN_GZIP_BYTES = 1024
// On query JSON (1 MB, 200 series) level 3 took 1 to 15 ms and gave 1 to 37 %; level 6 took twice as long for 5 % less.
const GZIP_LEVEL = 3
const gzipAsync = promisify(gzip)

/** Whether `Accept-Encoding` allows gzip (a `q` of 0 forbids it). Source: RFC 9110 §12.5.3 */
export function acceptsGzip(header: string | undefined): boolean {
  if (header === undefined) return false
  let any: boolean | undefined
  for (const part of header.toLowerCase().split(',')) {
    const [name, ...params] = part.trim().split(/\s*;\s*/)
    const allowed = !params.some((p) => /^q\s*=\s*0(\.0*)?$/.test(p))
    if (name === 'gzip' || name === 'x-gzip') return allowed
    if (name === '*') any = allowed
  }
  return any ?? false
}

/**
 * Answers bytes, compressed (in zlib's threads) when the client takes gzip and there is something to gain.
 */
export async function sendPieces(
  c: Context,
  pieces: JsonPieces,
  options: { contentType: string; status?: number; headers?: Readonly<Record<string, string>> },
): Promise<Response> {
  const headers = new Headers(options.headers)
  headers.set('content-type', options.contentType)
  headers.append('vary', 'Accept-Encoding')
  const bytes = await gatherJson(pieces)
  let body = bytes
  if (bytes.length > MIN_GZIP_BYTES && acceptsGzip(c.req.header('accept-encoding'))) {
    body = await gzipAsync(bytes, { level: GZIP_LEVEL })
    headers.set('content-encoding', 'gzip')
  }
  headers.set('content-length', String(body.length))
  return new Response(body as Uint8Array<ArrayBuffer>, { status: options.status ?? 200, headers })
}
