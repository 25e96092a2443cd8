import { BinnacleError } from '../../config/index.ts'

/** `name=value` arguments; quotes around a value, as matchers have them, are taken off. Throws for what is none. */
export function readPairs(given: readonly string[], what: 'label' | 'annotation' | 'default'): Record<string, string> {
  const pairs: Record<string, string> = {}
  for (const text of given) {
    const at = text.indexOf('=')
    const name = text.slice(0, at).trim()
    if (at < 1 || name === '') {
      throw new BinnacleError('config.bad_flag', `"${text}" is no ${what} such as name=value`)
    }
    const value = text.slice(at + 1)
    pairs[name] = /^".*"$/s.test(value) ? value.slice(1, -1) : value
  }
  return pairs
}
