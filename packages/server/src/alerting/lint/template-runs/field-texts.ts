import type { Place, YamlDocument, YamlPath } from '../../../config/index.ts'
import { valueAt } from '../../../config/index.ts'

/** The templates of one entry of a receiver, by their text. */
export type FieldTexts = {
  readonly entry: Place
  /** Where a text stands in the entry, or else in `global`; empty for one that the file does not have, such as a default. */
  pathsOf(text: string): readonly YamlPath[]
  /** `offset` counts in the text. */
  placeOf(path: YamlPath, offset: number): Place
}

/** `document` has variables of the environment filled in, `written` has not. */
export function fieldTexts(document: YamlDocument, written: YamlDocument, entry: YamlPath): FieldTexts {
  const known = new Map<string, YamlPath[]>()
  const add = (from: YamlPath) => {
    for (const { text, path } of textsIn(valueAt(document, from), from)) {
      // Addresses are trimmed before they are filled in.
      for (const form of new Set([text, text.trim()])) known.set(form, [...(known.get(form) ?? []), path])
    }
  }
  add(entry)
  const own = new Set(known.keys())
  add(['global'])
  return {
    entry: document.placeOf(entry),
    pathsOf: (text) => (known.get(text) ?? []).filter((path) => !own.has(text) || path[0] !== 'global'),
    placeOf(path, offset) {
      const text = valueAt(document, path)
      return text === valueAt(written, path) ? written.placeInText(path, offset) : document.placeOf(path)
    },
  }
}

/** Every text below a value that has an action, with where it stands. */
export function* textsIn(
  value: unknown,
  path: YamlPath,
): Generator<{ readonly text: string; readonly path: YamlPath }> {
  if (typeof value === 'string') {
    if (value.includes('{{')) yield { text: value, path }
  } else if (typeof value === 'object' && value !== null) {
    const entries: Iterable<readonly [string | number, unknown]> = Array.isArray(value)
      ? value.entries()
      : Object.entries(value)
    for (const [key, one] of entries) {
      // Keys of a payload are templates, too.
      if (typeof key === 'string' && key.includes('{{')) yield { text: key, path: [...path, key] }
      yield* textsIn(one, [...path, key])
    }
  }
}
