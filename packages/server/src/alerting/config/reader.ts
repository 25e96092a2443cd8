import type { z } from 'zod'
import { BinnacleError, byPlace, checkSchema, type YamlDocument, type YamlPath } from '../../config/index.ts'
import { createMatcher, type Matcher, parseMatchers } from '../matcher/index.ts'

/** Reads the parts of one document and gathers what is wrong with them. */
export type Reader = {
  readonly document: YamlDocument
  at(path: YamlPath): unknown
  report(message: string, path: YamlPath, hint?: string): void
  /** The part as the schema reads it; undefined after errors. */
  check<S extends z.ZodType>(path: YamlPath, schema: S): z.output<S> | undefined
  /** All findings, in the order of the file. */
  errors(): readonly BinnacleError[]
}

export function createReader(document: YamlDocument, found: readonly BinnacleError[]): Reader {
  const errors: BinnacleError[] = [...found]
  // A value whose variable is not set has been told already.
  const unset = new Set(found.map((error) => error.place?.path))
  return {
    document,
    at(path) {
      let value: unknown = document.value
      for (const part of path) {
        if (typeof value !== 'object' || value === null) return undefined
        value = (value as Record<PropertyKey, unknown>)[part]
      }
      return value
    },
    report(message, path, hint) {
      const options = { place: document.placeOf(path), ...(hint === undefined ? {} : { hint }) }
      errors.push(new BinnacleError('config.invalid_value', message, options))
    },
    check(path, schema) {
      const checked = checkSchema(document, schema, { base: path })
      errors.push(...checked.errors)
      return checked.value
    },
    errors: () =>
      errors
        .filter(
          (error) => error.code === 'config.unset_variable' || !unset.has(error.place?.path) || !error.place?.path,
        )
        .sort(byPlace),
  }
}

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** The keys under which a section holds matchers, such as `match`, `match_re`, `matchers`. */
export type MatcherKeys = { readonly equal: string; readonly regex: string; readonly list: string }

export type GivenMatchers = {
  readonly [key: string]: unknown
}

/** Matchers of the three forms together, in the order of the file. */
export function readMatchers(reader: Reader, base: YamlPath, keys: MatcherKeys, given: GivenMatchers): Matcher[] {
  const matchers: Matcher[] = []
  const attempt = (path: YamlPath, make: () => readonly Matcher[]) => {
    try {
      matchers.push(...make())
    } catch (error) {
      if (!(error instanceof BinnacleError)) throw error
      reader.report(error.message, [...base, ...path], error.hint)
    }
  }
  const names = (key: string, each: (name: string, value: string | null) => void) => {
    for (const [name, value] of Object.entries((given[key] ?? {}) as Record<string, string | null>)) {
      if (LABEL_NAME.test(name)) each(name, value)
      else reader.report(`invalid label name ${JSON.stringify(name)}`, [...base, key, name])
    }
  }
  names(keys.equal, (name, value) => matchers.push(createMatcher('=', name, value ?? '')))
  names(keys.regex, (name, value) => {
    const path = [keys.regex, name]
    if (value === null) reader.report(`invalid regexp value for ${JSON.stringify(name)}`, [...base, ...path])
    else attempt(path, () => [createMatcher('=~', name, value)])
  })
  for (const [i, line] of ((given[keys.list] ?? []) as readonly string[]).entries()) {
    attempt([keys.list, i], () => parseMatchers(line))
  }
  return matchers
}
