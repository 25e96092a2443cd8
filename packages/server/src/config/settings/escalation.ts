import { z } from 'zod'
import { parseDurationMs } from '../index.ts'

/** A duration without a default, ms once read. */
const span = z.union([z.string(), z.number()], { error: 'expected a duration' }).transform((raw, c) => {
  const ms = parseDurationMs(String(raw))
  if (ms !== undefined) return ms
  c.issues.push({ code: 'custom', message: `"${raw}" is not a duration such as 30s, 15m or 1h`, input: raw })
  return z.NEVER
})

const name = z.string({ error: 'expected a name' }).min(1, 'must not be empty').max(200, 'too long')

/** One text, or a list of them. */
const texts = z
  .union([z.string().transform((one) => [one]), z.array(z.string())], { error: 'expected text or a list of texts' })
  .prefault([])

const level = z.strictObject({
  after: span,
  notify: z
    .union([name.transform((one) => [one]), z.array(name)], { error: 'expected a name or a list of names' })
    .refine((names) => names.length > 0, 'nobody is named'),
  matchers: texts,
})

/** One of `escalation.policies`. */
export const escalationPolicySchema = z.strictObject({
  name,
  matchers: texts,
  group_by: z.array(name, { error: 'expected a list of label names' }).prefault(['alertname']),
  levels: z
    .array(level, { error: 'expected a list of levels' })
    .min(1, 'a policy needs a level')
    .max(20, 'too many levels'),
  repeat: span.refine((ms) => ms >= 60_000, 'must be at least 1m').optional(),
})
