import { BinnacleError, messageOf } from '../../../config/index.ts'
import type { PlainError } from './messages.ts'

export function toPlainError(error: unknown): PlainError {
  if (error instanceof BinnacleError) {
    return {
      message: error.message,
      code: error.code,
      kind: error.kind,
      ...(error.place && { place: error.place }),
      ...(error.hint !== undefined && { hint: error.hint }),
      ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    }
  }
  return { message: messageOf(error), ...(error instanceof Error && error.stack && { stack: error.stack }) }
}

/** A `BinnacleError` again, or, for a bug, an `Error` with the stack of the other thread. */
export function fromPlainError(plain: PlainError): Error {
  if (plain.code === undefined) {
    const error = new Error(plain.message)
    if (plain.stack !== undefined) error.stack = plain.stack
    return error
  }
  return new BinnacleError(plain.code, plain.message, {
    ...(plain.kind && { kind: plain.kind }),
    ...(plain.place && { place: plain.place }),
    ...(plain.hint !== undefined && { hint: plain.hint }),
    ...(plain.retryAfterMs !== undefined && { retryAfterMs: plain.retryAfterMs }),
  })
}
