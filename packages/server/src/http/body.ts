import type { IncomingMessage } from 'node:http'
import { BinnacleError } from '../config/index.ts'

export type BodyReader = {
  /**
   * Reads a whole body of at most `maxBytes` and gives it to `use`; the bytes count against the shared bound until
   * `use` has settled. Throws `http.body_too_large` (kind `limit`, naming `limitName`) or `http.busy` (kind `overload`).
   */
  withBody<T>(
    incoming: IncomingMessage,
    bound: { maxBytes: number; limitName: string },
    use: (body: Buffer) => Promise<T>,
  ): Promise<T>
  /** Bytes held now. */
  heldBytes(): number
}

/** Bodies are bounded one by one and together. */
export function createBodyReader(maxBufferedBytes: number): BodyReader {
  let held = 0

  function tooLarge(limitName: string, maxBytes: number): BinnacleError {
    return new BinnacleError('http.body_too_large', `request body is larger than ${limitName} (${maxBytes} bytes)`, {
      kind: 'limit',
      hint: 'send it in smaller parts',
    })
  }

  function busy(): BinnacleError {
    return new BinnacleError('http.busy', `requests in flight hold more than limits.max_buffered_size`, {
      kind: 'overload',
      retryAfterMs: 1000,
    })
  }

  return {
    heldBytes: () => held,
    async withBody(incoming, { maxBytes, limitName }, use) {
      const declared = Number(incoming.headers['content-length'] ?? 0)
      if (declared > maxBytes) throw tooLarge(limitName, maxBytes)
      const own = { bytes: 0 }
      try {
        const body = await new Promise<Buffer>((resolve, reject) => {
          const pieces: Buffer[] = []
          const refuse = (error: unknown) => {
            // What still comes is thrown away, so that the client reads its answer instead of a broken connection.
            incoming.off('data', take)
            incoming.resume()
            reject(error)
          }
          const take = (piece: Buffer) => {
            own.bytes += piece.length
            held += piece.length
            if (own.bytes > maxBytes) refuse(tooLarge(limitName, maxBytes))
            else if (held > maxBufferedBytes) refuse(busy())
            else pieces.push(piece)
          }
          incoming.on('data', take)
          incoming.once('error', refuse)
          incoming.once('end', () => resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, own.bytes)))
        })
        return await use(body)
      } finally {
        held -= own.bytes
      }
    },
  }
}
