import { z } from 'zod'
import { secret } from '../../config/go-yaml/index.ts'
import { parseDurationMs, Secret } from '../../config/index.ts'
import { urlProblem } from './url-text.ts'

// Scalars of alertmanager.yml, from YAML parsed in text mode; the plainer ones are those of config/go-yaml. An empty value
// (`key:`) counts as absent, an empty text (`""`) does not.

const scalar = z.string({ error: 'expected one value' }).nullable().optional()
const FIELD = { params: { field: true } }

/** What the API shows in the place of a secret. Alertmanager takes it back where a secret is expected, and so do we. */
export const SECRET_TOKEN = '<secret>'

/** ms; `0s` is 0. */
export const durationMs = scalar.transform((value, context): number | undefined => {
  if (value == null) return undefined
  const ms = parseDurationMs(value)
  if (ms !== undefined) return ms
  const message = value === '' ? 'empty duration string' : `not a valid duration string: "${value}"`
  context.addIssue({ code: 'custom', message: `${message} (expected one such as 30s, 5m or 1h30m)`, ...FIELD })
  return z.NEVER
})

const GO_UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 36e5,
}

/** ms of a duration as Go's `time.ParseDuration` reads it (`1.5h`, `-3s`), or of a plain number of nanoseconds. */
export const goDurationMs = scalar.transform((value, context): number | undefined => {
  if (value == null) return undefined
  if (/^[-+]?\d+$/.test(value)) return Number(value) / 1e6
  const found = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(value)
  if (found) {
    let ms = 0
    for (const [, count, unit] of found[2]!.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
      ms += Number(count) * GO_UNITS[unit!]!
    }
    return found[1] === '-' ? -ms : ms
  }
  context.addIssue({
    code: 'custom',
    message: `invalid duration "${value}" (expected one such as 30s or 1m)`,
    ...FIELD,
  })
  return z.NEVER
})

/** The same where Alertmanager takes no plain number but `0`. */
export const goDurationText = scalar.transform((value, context): number | undefined => {
  const read =
    value != null && /^[-+]?\d+$/.test(value) && Number(value) !== 0 ? undefined : goDurationMs.safeParse(value)
  if (read?.success) return read.data
  const message = `invalid duration "${value}" (expected one such as 30s or 1m)`
  context.addIssue({ code: 'custom', message, ...FIELD })
  return z.NEVER
})

/** An http or https URL, as it stands in the file. */
export const httpUrl = scalar.transform((value, context): string | undefined => {
  if (value == null) return undefined
  const problem = urlProblem(value)
  if (problem === undefined) return value
  context.addIssue({ code: 'custom', message: `${problem} (expected one such as https://example.com/path)`, ...FIELD })
  return z.NEVER
})

/** The same of a URL that is a secret, such as a webhook's: no message repeats it. */
export const secretUrl = scalar.transform((value, context): Secret | undefined => {
  if (value == null) return undefined
  const problem = value === SECRET_TOKEN ? undefined : urlProblem(value)
  if (problem === undefined) return new Secret(value)
  const why = problem.startsWith('parse ') ? problem.slice(problem.lastIndexOf(': ') + 2) : problem
  context.addIssue({ code: 'custom', message: `${why} (expected one such as https://example.com/path)`, ...FIELD })
  return z.NEVER
})

export type HostPort = { readonly host: string; readonly port: string }

/** `host:port`; an empty text counts as absent. Source: Go's `net.SplitHostPort`. */
export const hostPort = scalar.transform((value, context): HostPort | undefined => {
  if (value == null || value === '') return undefined
  const found = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(value)
  const host = found?.[1] ?? found?.[2] ?? ''
  const port = found?.[3]
  if (port !== undefined && port !== '') return { host, port }
  const why =
    port === ''
      ? `address "${value}": port cannot be empty`
      : `address ${value}: ${!value.includes(':') || /\]$/.test(value) ? 'missing port' : 'too many colons'} in address`
  context.addIssue({ code: 'custom', message: `${why} (expected host:port)`, ...FIELD })
  return z.NEVER
})

const secrets = new WeakSet<z.core.$ZodType>([secret, secretUrl])

/** A copy of a field that no answer shows. Fields made by `secret` and `secretUrl` are such ones already. */
export function secretField<T extends z.ZodType>(schema: T): T {
  // Fields are shared: marking the one that was given would hide every field made of it.
  const own = schema.clone() as T
  secrets.add(own)
  return own
}

export const isSecretField = (schema: z.core.$ZodType): boolean => secrets.has(schema)

/** A whole number of 64 bits, as its digits. */
export const wholeNumber = scalar.transform((value, context): string | undefined => {
  if (value == null || value === '') return undefined
  const plain = value.replaceAll('_', '')
  if (/^[-+]?\d+$/.test(plain)) {
    const number = BigInt(plain.replace(/^\+/, ''))
    if (BigInt.asIntN(64, number) === number) return String(number)
  }
  context.addIssue({ code: 'custom', message: `expected a whole number, got "${value}"`, ...FIELD })
  return z.NEVER
})
