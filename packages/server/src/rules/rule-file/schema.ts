import { z } from 'zod'
import { duration, text, textMap, whole } from './fields.ts'

/** What stands in a rule, before it is known to be one. */
export type RuleInput = z.output<ReturnType<typeof rule>>
export type GroupInput = z.output<ReturnType<typeof group>>

type ObjectOf = <S extends z.ZodRawShape>(shape: S) => z.ZodObject<S>

/** Strict unless unknown keys shall be passed over. The parts of a list are checked one by one, to report all of them. */
export const rule = (object: ObjectOf) =>
  object({
    record: text,
    alert: text,
    expr: text,
    for: duration,
    keep_firing_for: duration,
    labels: textMap,
    annotations: textMap,
  })

const list = (what: string) =>
  z
    .array(z.unknown(), { error: `expected a list of ${what}` })
    .nullable()
    .optional()

export const group = (object: ObjectOf) =>
  object({
    name: text,
    interval: duration,
    query_offset: duration,
    limit: whole,
    labels: textMap,
    rules: list('rules'),
  })

export const top = (object: ObjectOf) =>
  object({ groups: list('groups') })
    .nullable()
    .optional()
