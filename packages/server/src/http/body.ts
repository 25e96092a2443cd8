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

/** Bodies are read from the raw Node stream (no web stream between: a tenth faster), and bounded one by one and together. */
export function createBodyReader(maxBufferedBytes: number): BodyReader {
  let held = 0

  function tooLarge(limitName: string, maxBytes: number): BinnacleError {
    return new BinnacleError('http.body_too_large', `request body is larger than ${limitName} (${maxBytes} bytes)`, {
      kind: 'limit',
      hint: 'send it in smaller parts',
    })
  }

  return {
    heldBytes: () => held,
    async withBody(incoming, { maxBytes, limitName }, use) {
      const declared = Number(incoming.headers['content-length'] ?? 0)
      if (declared > maxBytes) throw tooLarge(limitName, maxBytes)
      const pieces: Buffer[] = []
      let size = 0
      try {
        for await (const piece of incoming as AsyncIterable<Buffer>) {
          size += piece.length
          held += piece.length
          if (size > maxBytes) throw tooLarge(limitName, maxBytes)
          if (held > maxBufferedBytes) {
            throw new BinnacleError('http.busy', `requests in flight hold more than limits.max_buffered_size`, {
              kind: 'overload',
              retryAfterMs: 1000,
            })
          }
          pieces.push(piece)
        }
        return await use(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, size))
      } finally {
        held -= size
      }
    },
  }
}
