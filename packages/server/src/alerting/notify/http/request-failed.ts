/** A request that got no answer, or none that can be used. `retry` tells whether another attempt may fare better. */
export class RequestFailed extends Error {
  readonly retry: boolean

  constructor(message: string, { retry, cause }: { retry: boolean; cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'RequestFailed'
    this.retry = retry
  }
}
