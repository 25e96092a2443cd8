import { z } from 'zod'
import { parseByteSize, parseDurationMs, Secret } from '../index.ts'

// Scalars as Prometheus (Go, yaml.v2) reads them, from files parsed in text mode. An empty value (`key:`) counts as
// absent. `params.field` tells the checker to print the key before the message.

const scalar = z.string({ error: 'expected one value' }).nullable().optional()
const FIELD = { params: { field: true } }

export const text = scalar.transform((value) => value ?? undefined)

export const secret = scalar.transform((value) => (value == null || value === '' ? undefined : new Secret(value)))

/** Words of YAML 1.1, which Prometheus takes. */
export const flag = scalar.transform((value, context): boolean | undefined => {
  if (value == null) return undefined
  if (/^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(value)) return true
  if (/^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(value)) return false
  context.addIssue({ code: 'custom', message: `expected true or false, got "${value}"`, ...FIELD })
  return z.NEVER
})

/** A whole number, zero or greater. Underscores, hexadecimal and `1e3` are numbers in YAML 1.1. */
export const count = scalar.transform((value, context): number | undefined => {
  if (value == null) return undefined
  const plain = value.replaceAll('_', '')
  const number = /^\+?0[0-7]+$/.test(plain)
    ? Number.parseInt(plain, 8)
    : /^\+?[\d.]/.test(plain)
      ? Number(plain)
      : Number.NaN
  if (Number.isSafeInteger(number) && number >= 0) return number
  context.addIssue({ code: 'custom', message: `expected a whole number, got "${value}"`, ...FIELD })
  return z.NEVER
})

export const factor = scalar.transform((value, context): number | undefined => {
  if (value == null) return undefined
  const number = Number(value)
  if (value !== '' && Number.isFinite(number)) return number
  context.addIssue({ code: 'custom', message: `expected a number, got "${value}"`, ...FIELD })
  return z.NEVER
})

/** ms; zero counts as absent, as in Prometheus. */
export const duration = scalar.transform((value, context): number | undefined => {
  if (value == null) return undefined
  const ms = parseDurationMs(value)
  if (ms !== undefined) return ms === 0 ? undefined : ms
  context.addIssue({ code: 'custom', message: `not a valid duration string: "${value}"`, ...FIELD })
  return z.NEVER
})

/** Bytes. */
export const byteSize = scalar.transform((value, context): number | undefined => {
  if (value == null) return undefined
  const bytes = parseByteSize(value)
  if (bytes !== undefined) return bytes
  context.addIssue({ code: 'custom', message: `not a valid size (such as 512MB or 10MiB): "${value}"`, ...FIELD })
  return z.NEVER
})

export function oneOf<const T extends string>(values: readonly T[]) {
  return scalar.transform((value, context): T | undefined => {
    if (value == null || value === '') return undefined
    if ((values as readonly string[]).includes(value)) return value as T
    context.addIssue({ code: 'custom', message: `unknown value "${value}" (known: ${values.join(', ')})`, ...FIELD })
    return z.NEVER
  })
}

/** `undefined` when absent or empty, so that `[]` can be told from it. */
export const textList = z
  .array(z.string({ error: 'expected one value' }).nullable(), { error: 'expected a list' })
  .nullable()
  .optional()
  .transform((values) => values?.map((value) => value ?? ''))

export const textMap = z
  .record(z.string().min(1, '"" is not a valid label name'), z.string({ error: 'expected one value' }).nullable(), {
    error: (issue) => (issue.code === 'invalid_key' ? '"" is not a valid label name' : 'expected names and values'),
  })
  .nullable()
  .optional()
  .transform((given) => Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name, value ?? ''])))

/** Names and values. */
export const plainMap = z
  .record(z.string(), z.string({ error: 'expected one value' }).nullable(), { error: 'expected names and values' })
  .nullable()
  .optional()
  .transform((given): Readonly<Record<string, string>> | undefined =>
    given == null ? undefined : Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value ?? ''])),
  )

/** Read later, or never by us: any value is taken. */
export const anything = z.unknown().optional()
