import { stringify } from 'yaml'
import type { z } from 'zod'
import { isSecretField, SECRET_TOKEN } from '../notify/index.ts'

type Tree = Readonly<Record<string, unknown>>

/**
 * A configuration as YAML, without what is secret. `text` and `typed` are the same tree in both modes of scalars: texts are
 * taken from the one, and from the other what is a number or a truth value, since Go's reader wants those unquoted.
 */
export function redactedYaml(text: Tree, typed: Tree, schema: z.core.$ZodType): string {
  return stringify(shown(text, typed, [schema]), { lineWidth: 0, aliasDuplicateObjects: false })
}

function shown(text: unknown, typed: unknown, schemas: readonly z.core.$ZodType[]): unknown {
  if (text === null || text === undefined) return null
  if (typeof text === 'string') {
    if (schemas.some(isSecret)) return text === '' ? '' : SECRET_TOKEN
    return scalar(text.replace(/^([a-zA-Z][\w+.-]*:\/\/[^:/@]*):[^/@]*@/, '$1:xxxxx@'), typed)
  }
  const at = (key: PropertyKey) => (typed as Record<PropertyKey, unknown> | null | undefined)?.[key]
  if (Array.isArray(text)) return text.map((one, i) => shown(one, at(i), inside(schemas, i)))
  return Object.fromEntries(
    Object.entries(text as Tree).map(([key, one]) => [key, shown(one, at(key), inside(schemas, key))]),
  )
}

function scalar(text: string, typed: unknown): unknown {
  if (typeof typed === 'boolean') return typed
  // What came from the environment may stand where Go wants a number.
  const expanded = typeof typed === 'string' && typed !== text
  if (typeof typed !== 'number' && !expanded) return text
  if (expanded && (text === 'true' || text === 'false')) return text === 'true'
  if (/^-?(?:0|[1-9]\d*)$/.test(text)) return BigInt(text)
  return expanded ? text : typed
}

type Definition = {
  readonly type: string
  readonly innerType?: z.core.$ZodType
  readonly in?: z.core.$ZodType
  readonly out?: z.core.$ZodType
  readonly options?: readonly z.core.$ZodType[]
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>
  readonly element?: z.core.$ZodType
  readonly valueType?: z.core.$ZodType
  readonly getter?: () => z.core.$ZodType
}

const definitionOf = (schema: z.core.$ZodType) => (schema as z.ZodType).def as unknown as Definition

/** What a schema wraps (optional, default, transformed ...), itself first. */
function* unwrapped(schema: z.core.$ZodType): Generator<z.core.$ZodType> {
  yield schema
  const { innerType, in: before, out, options, getter } = definitionOf(schema)
  for (const inner of [innerType, before, out, ...(options ?? []), getter?.()]) if (inner) yield* unwrapped(inner)
}

const isSecret = (schema: z.core.$ZodType) => [...unwrapped(schema)].some(isSecretField)

/** Schemas of what stands at `key` of a value that one of `schemas` reads. */
function inside(schemas: readonly z.core.$ZodType[], key: PropertyKey): readonly z.core.$ZodType[] {
  const found: z.core.$ZodType[] = []
  for (const schema of schemas) {
    for (const one of unwrapped(schema)) {
      const { type, shape, element, valueType } = definitionOf(one)
      const next = type === 'object' ? shape?.[String(key)] : type === 'array' ? element : valueType
      if (next) found.push(next)
    }
  }
  return found
}
