import { BinnacleError, type YamlDocument, type YamlPath } from '../../config/index.ts'

export type Environment = Readonly<Record<string, string | undefined>>

// Go templates stay as they are; `$${NAME}` is a way to write `${NAME}`.
const PIECES = /\{\{[\s\S]*?\}\}|\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g
const WHOLE = /^(\$?)\$([A-Za-z_][A-Za-z0-9_]*)$/

/**
 * The document with variables of the environment in its values: `${NAME}` anywhere outside `{{ }}`, and `$NAME` where it is
 * the whole value. A variable that is not set is an error with its place and name; its value stays as it is written.
 * Alertmanager expands nothing: where a value must look like this, `$${NAME}` and `$$NAME` give the plain text.
 */
export function expandDocument(
  document: YamlDocument,
  environment: Environment,
): { readonly document: YamlDocument; readonly errors: readonly BinnacleError[] } {
  const errors: BinnacleError[] = []

  function lookUp(name: string, written: string, path: YamlPath): string {
    const value = environment[name]
    if (value !== undefined) return value
    errors.push(
      new BinnacleError('config.unset_variable', `the environment variable ${name} is not set`, {
        place: document.placeOf(path),
        hint: `set ${name}, or write $${written} for the text itself`,
      }),
    )
    return written
  }

  function expand(value: unknown, path: YamlPath): unknown {
    if (typeof value === 'string') {
      if (!value.includes('$')) return value
      const whole = WHOLE.exec(value)
      if (whole) return whole[1] === '$' ? value.slice(1) : lookUp(whole[2]!, value, path)
      return value.replace(PIECES, (found, name: string | undefined) =>
        found === '$${' ? '${' : name === undefined ? found : lookUp(name, found, path),
      )
    }
    if (Array.isArray(value)) return value.map((one, i) => expand(one, [...path, i]))
    if (typeof value !== 'object' || value === null) return value
    const own = Object.create(null) as Record<string, unknown>
    for (const [key, one] of Object.entries(value)) own[key] = expand(one, [...path, key])
    return own
  }

  return { document: { ...document, value: expand(document.value, []) }, errors }
}
