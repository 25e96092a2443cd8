import type { ServerResponse } from 'node:http'
import type { Clock } from '../telemetry/index.ts'
import { acceptsGzip, gzipBytes, gzipPieces, MIN_GZIP_BYTES } from './compress.ts'
import type { BodyPieces, HttpAnswer } from './http-answer.ts'
import type { HttpRequest } from './http-request.ts'

/** Pieces in hand are joined up to so many bytes: one write of the socket is cheaper than several. */
const JOINED_BYTES = 64 * 1024
/** Bodies in hand are compressed in one go up to so many bytes; larger ones piece by piece, as they leave. */
const GZIP_AT_ONCE_BYTES = 1024 * 1024

/** How long a client may take nothing of a body that is sent in pieces. */
export type Patience = { readonly clock: Clock; readonly stallTimeoutMs: number }

type Sending = { readonly answer: HttpAnswer; readonly headers: string[]; readonly patience: Patience }

/**
 * Sends an answer behind `headers` (names and values in turn; it adds to them). Resolves when all bytes are handed to
 * the socket, or when the client has gone; undefined when that is so at once, as with most answers. A client that reads
 * slowly holds the body back: no more than one piece waits for it. Rejects when the body fails on its way; then somebody
 * has to cut the connection.
 */
export function sendAnswer(
  request: HttpRequest,
  response: ServerResponse,
  { answer, headers, patience }: Sending,
): Promise<void> | undefined {
  const { status, body = '' } = answer
  for (const name in answer.headers) headers.push(name, answer.headers[name]!)
  if (answer.compress) headers.push('vary', 'Accept-Encoding')
  const size = sizeOf(body)
  const worth = size === undefined || size > MIN_GZIP_BYTES
  const zipped = answer.compress === true && worth && acceptsGzip(request.header('accept-encoding'))
  const atOnce = size !== undefined && size <= (zipped ? GZIP_AT_ONCE_BYTES : JOINED_BYTES)
  const whole = atOnce && isInHand(body) ? joined(body) : undefined
  if (zipped) {
    headers.push('content-encoding', 'gzip')
    if (whole !== undefined) return gzipBytes(whole).then((bytes) => end(request, response, status, headers, bytes))
  }
  if (whole !== undefined) return end(request, response, status, headers, whole)
  addLength(headers, status, zipped ? undefined : size)
  response.writeHead(status, headers)
  if (request.method === 'HEAD') {
    response.end()
    return discard(body)
  }
  const pieces = typeof body === 'string' ? [Buffer.from(body)] : body
  return stream(response, zipped ? gzipPieces(pieces) : pieces, patience)
}

/** Header and body in one write. */
function end(
  request: HttpRequest,
  response: ServerResponse,
  status: number,
  headers: string[],
  body: string | Uint8Array,
): undefined {
  addLength(headers, status, sizeOf(body))
  response.writeHead(status, headers)
  if (request.method === 'HEAD') response.end()
  else response.end(body)
}

function addLength(headers: string[], status: number, length: number | undefined): void {
  if (length !== undefined && status !== 204 && status !== 304) headers.push('content-length', String(length))
}

/** Lets go of a body that nobody will read. */
export async function discard(body: string | BodyPieces | undefined): Promise<void> {
  if (body !== undefined && !isInHand(body)) await body[Symbol.asyncIterator]().return?.()
}

/**
 * Cuts the connection in the middle of an answer. For a client of HTTP/1.0 (many a proxy), and for a body without a length,
 * an orderly end of the connection is the end of the answer: only a reset tells that it is not whole.
 */
export function cut(response: ServerResponse): void {
  response.socket?.resetAndDestroy()
  response.destroy()
}

async function stream(response: ServerResponse, pieces: BodyPieces, patience: Patience): Promise<void> {
  for await (const piece of pieces) {
    // To leave the loop ends the iteration: who makes the pieces learns that nobody wants them.
    if (response.destroyed) return
    if (!response.write(piece)) await room(response, patience)
  }
  response.end()
}

/** Resolves when the socket takes more, or when it is gone; cuts the connection when it takes nothing for too long. */
function room(response: ServerResponse, { clock, stallTimeoutMs }: Patience): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(stallTimeoutMs, () => cut(response))
    const done = () => {
      cancel()
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    if (response.destroyed) return done()
    response.on('drain', done)
    response.on('close', done)
  })
}

function isInHand(body: string | BodyPieces): body is string | readonly Uint8Array[] {
  return typeof body === 'string' || Array.isArray(body)
}

/** Bytes of a body; undefined while they are being made. */
function sizeOf(body: string | Uint8Array | BodyPieces): number | undefined {
  if (typeof body === 'string') return Buffer.byteLength(body)
  if (body instanceof Uint8Array) return body.length
  if (!isInHand(body)) return undefined
  let size = 0
  for (const piece of body) size += piece.length
  return size
}

function joined(body: string | readonly Uint8Array[]): string | Uint8Array {
  if (typeof body === 'string') return body
  return body.length === 1 ? body[0]! : Buffer.concat(body)
}
