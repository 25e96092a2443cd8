/** Bounds of the HTTP floor. Each name stands in the error that it causes. */
export type HttpLimits = {
  /** `limits.max_form_size`: a form posted to a query API. */
  readonly maxFormBytes: number
  /** `limits.max_write_size`: a compressed remote write request. */
  readonly maxWriteBytes: number
  /** `limits.max_buffered_size`: bodies of all requests in flight together. */
  readonly maxBufferedBytes: number
  /** `limits.max_connections`: further ones are closed at once. */
  readonly maxConnections: number
  /** Time for the header, and for the whole request to arrive, ms. */
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
  /** How long a client may take nothing of a large answer before its connection is cut, ms. */
  readonly stallTimeoutMs: number
  /** How long requests in flight may go on when the server stops, ms. */
  readonly stopDeadlineMs: number
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  maxFormBytes: 4 * 1024 * 1024,
  maxWriteBytes: 32 * 1024 * 1024,
  maxBufferedBytes: 128 * 1024 * 1024,
  maxConnections: 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  stallTimeoutMs: 60_000,
  stopDeadlineMs: 5_000,
}
