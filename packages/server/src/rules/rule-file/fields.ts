import { z } from 'zod'
import { parseDurationMs } from '../../config/index.ts'

// Scalars as Prometheus (Go, yaml.v3) reads them in rule files, from YAML parsed in text mode. An empty value (`key:`)
// counts as absent. `params.field` tells the checker to print the key before the message.

const scalar = z.string({ error: 'expected one value' }).nullable().optional()
const FIELD = { params: { field: true } }

export const text = scalar.transform((value) => value ?? '')

/** ms; absent as `undefined`, `0s` as 0. */
export const duration = scalar.transform((value, context): number | undefined => {
  if (value == null) return undefined
  const ms = parseDurationMs(value)
  if (ms !== undefined) return ms
  const message = value === '' ? 'empty duration string' : `not a valid duration string: "${value}"`
  context.addIssue({ code: 'custom', message: `${message}, expected one such as 30s, 5m or 1h30m`, ...FIELD })
  return z.NEVER
})

/** A whole number; what stands behind the point is dropped, as there. Binary, octal and hexadecimal are numbers too. */
export const whole = scalar.transform((value, context): number => {
  if (value == null) return 0
  const plain = value.replaceAll('_', '')
  const number = /^[-+]?0[0-7]+$/.test(plain)
    ? Number.parseInt(plain, 8)
    : /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$|^0[xbo][\da-f]+$/i.test(plain)
      ? Math.trunc(Number(plain))
      : Number.NaN
  if (Number.isSafeInteger(number)) return number
  context.addIssue({ code: 'custom', message: `expected a whole number, got "${value}"`, ...FIELD })
  return z.NEVER
})

export const textMap = z
  .record(z.string(), z.string({ error: 'expected one value' }).nullable(), { error: 'expected names and values' })
  .nullable()
  .optional()
  .transform((given) => Object.entries(given ?? {}).map(([name, value]) => [name, value ?? ''] as const))
