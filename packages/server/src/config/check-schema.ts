import type { z } from 'zod'
import { BinnacleError } from './binnacle-error.ts'
import { nearestName } from './nearest.ts'
import type { YamlDocument, YamlPath } from './yaml-document.ts'

export type Checked<T> = { readonly value?: T; readonly errors: readonly BinnacleError[] }

/**
 * Validates a document (or the part of it at `base`) with a zod schema. Every finding becomes an error with file, line
 * and column; an unknown key is one error each, with the nearest known key as hint. `value` is there without errors.
 */
export function checkSchema<S extends z.ZodType>(
  document: YamlDocument,
  schema: S,
  options: { base?: YamlPath; code?: string } = {},
): Checked<z.output<S>> {
  const base = options.base ?? []
  let value: unknown = document.value
  for (const part of base) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[part]
  const result = schema.safeParse(value)
  if (result.success) return { value: result.data, errors: [] }
  const errors = result.error.issues.flatMap((issue) => toErrors(issue, document, schema, base, options.code))
  return { errors: errors.sort(byPlace) }
}

/** Orders findings as they stand in the file. */
export function byPlace(a: BinnacleError, b: BinnacleError): number {
  return (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0)
}

function toErrors(
  issue: z.core.$ZodIssue,
  document: YamlDocument,
  schema: z.ZodType,
  base: YamlPath,
  code = 'config.invalid_value',
): BinnacleError[] {
  const path = [...base, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, issue.path)
    return issue.keys.map((key) => {
      const near = nearestName(key, known)
      return new BinnacleError('config.unknown_key', `unknown key "${key}"`, {
        place: document.keyPlaceOf([...path, key]),
        ...(near === undefined ? {} : { hint: `did you mean "${near}"?` }),
      })
    })
  }
  const name = issue.path.at(-1)
  if (issue.code === 'invalid_type' && typeof name === 'string' && !document.has(path)) {
    return [new BinnacleError('config.missing_key', `"${name}" is missing`, { place: document.placeOf(path) })]
  }
  const where = typeof name === 'string' ? `${name}: ` : ''
  // A custom message is a whole sentence, unless `params.field` asks for the key before it.
  const bare = issue.code === 'invalid_key' || (issue.code === 'custom' && issue.params?.field !== true)
  const message = bare ? issue.message : `${where}${lowerFirst(issue.message)}`
  return [new BinnacleError(code, message, { place: document.placeOf(path) })]
}

/** Keys that the object schema at `path` knows. Looks through wrappers (optional, default, pipe, union). */
function knownKeys(schema: z.core.$ZodType, path: YamlPath): string[] {
  const found = new Set<string>()
  const visit = (at: z.core.$ZodType, rest: YamlPath): void => {
    const def = (at as z.ZodType).def as unknown as Record<string, unknown> & { type: string }
    switch (def.type) {
      case 'optional':
      case 'nullable':
      case 'default':
      case 'prefault':
      case 'readonly':
      case 'catch':
        visit(def.innerType as z.core.$ZodType, rest)
        return
      case 'pipe':
        visit(def.in as z.core.$ZodType, rest)
        visit(def.out as z.core.$ZodType, rest)
        return
      case 'lazy':
        visit((def.getter as () => z.core.$ZodType)(), rest)
        return
      case 'union':
        for (const option of def.options as z.core.$ZodType[]) visit(option, rest)
        return
      case 'array':
        if (rest.length > 0) visit(def.element as z.core.$ZodType, rest.slice(1))
        return
      case 'record':
        if (rest.length > 0) visit(def.valueType as z.core.$ZodType, rest.slice(1))
        return
      case 'object': {
        const shape = def.shape as Record<PropertyKey, z.core.$ZodType>
        if (rest.length === 0) for (const key of Object.keys(shape)) found.add(key)
        else {
          const next = shape[rest[0]!]
          if (next) visit(next, rest.slice(1))
        }
        return
      }
      default:
    }
  }
  visit(schema, path)
  return [...found]
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
