import type { IncomingMessage } from 'node:http'
import { BinnacleError } from '../config/index.ts'

export type BodyBound = { readonly maxBytes: number; readonly limitName: string }

/** A body in memory; its bytes count against the shared bound until `release`. */
export type HeldBody = { readonly bytes: Buffer; release(): void }

export type BodyReader = {
  /**
   * Reads a whole body of at most `maxBytes`; `release` must follow. Rejects with `http.body_too_large` (kind `limit`,
   * naming `limitName`) or `http.busy` (kind `overload`).
   */
  read(incoming: IncomingMessage, bound: BodyBound): Promise<HeldBody>
  /** The same, released when `use` has settled. */
  withBody<T>(incoming: IncomingMessage, bound: BodyBound, use: (body: Buffer) => Promise<T>): Promise<T>
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

  function read(incoming: IncomingMessage, { maxBytes, limitName }: BodyBound): Promise<HeldBody> {
    return new Promise((resolve, reject) => {
      if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) return reject(tooLarge(limitName, maxBytes))
      const pieces: Buffer[] = []
      let own = 0
      const release = () => {
        held -= own
        own = 0
      }
      const refuse = (error: unknown) => {
        release()
        // What still comes is thrown away, so that the client reads its answer instead of a broken connection.
        incoming.off('data', take)
        incoming.resume()
        reject(error)
      }
      const take = (piece: Buffer) => {
        own += piece.length
        held += piece.length
        if (own > maxBytes) refuse(tooLarge(limitName, maxBytes))
        else if (held > maxBufferedBytes) refuse(busy())
        else pieces.push(piece)
      }
      incoming.on('data', take)
      incoming.on('error', refuse)
      incoming.on('end', () => {
        resolve({ bytes: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, own), release })
      })
    })
  }

  return {
    heldBytes: () => held,
    read,
    async withBody(incoming, bound, use) {
      const body = await read(incoming, bound)
      try {
        return await use(body.bytes)
      } finally {
        body.release()
      }
    },
  }
}
