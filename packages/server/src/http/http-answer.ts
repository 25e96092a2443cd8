/** Bytes in their order: in hand, or as they are made; the latter are read once, and whoever stops early ends the iteration. */
export type BodyPieces = readonly Uint8Array[] | AsyncIterable<Uint8Array>

/**
 * What a handler answers. A body whose bytes are still being made begins to be sent at once: what can fail with a status
 * has to fail before. An error after that cuts the connection, so that half an answer never looks whole.
 */
export type HttpAnswer = {
  readonly status: number
  readonly body?: string | BodyPieces
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** Whether the body may be compressed for a client that takes gzip. */
  readonly compress?: boolean
}

/** An answer in plain text. */
export function textAnswer(body: string, status = 200, headers?: Readonly<Record<string, string>>): HttpAnswer {
  return { status, body, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } }
}
