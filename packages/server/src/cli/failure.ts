import { BinnacleError, ConfigErrors, formatError, messageOf } from '../config/index.ts'

/** Prints what went wrong on stderr: one clear line, and what to do. The stack only with BINNACLE_DEBUG. */
export function printFailure(error: unknown, environment: Readonly<Record<string, string | undefined>>): void {
  process.stderr.write(`${describeFailure(error)}\n`)
  if (environment.BINNACLE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`)
}

/** What went wrong, for people: findings with their places, an error with its hint, or a bug with how to report it. */
export function describeFailure(error: unknown): string {
  if (error instanceof ConfigErrors) return error.errors.map((finding) => formatError(finding)).join('\n')
  if (error instanceof BinnacleError) return `binnacle: ${formatError(error)}`
  return (
    `binnacle: unexpected error: ${messageOf(error)}\n` +
    '  this is a bug in Binnacle; run it again with BINNACLE_DEBUG=1 for the details and report them'
  )
}
