import { PromqlError } from '@binnacle/promql'
import { BinnacleError } from '../../config/index.ts'

/** What ended a question about metrics, in the codes that `Querier` promises. `signal` is the asker's own. */
export function toQueryError(error: unknown, limits: { readonly timeoutMs: number }, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return new BinnacleError('query.canceled', 'the query was canceled', { kind: 'unavailable', cause: error })
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new BinnacleError('query.timeout', 'query timed out in expression evaluation', {
      kind: 'limit',
      hint: `query.timeout is ${limits.timeoutMs} ms`,
    })
  }
  if (error instanceof PromqlError) return new BinnacleError(`promql.${error.code}`, error.message)
  return error
}
