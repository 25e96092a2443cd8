import { BinnacleError, type Place } from './binnacle-error.ts'

/**
 * Replaces `${NAME}` by the variable of the environment; `$$` stands for one `$`. A variable that is not set is an
 * error with its place: a config that silently lacks a password is worse than one that does not start.
 */
export function expandEnvironment(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
  place?: Place,
): string {
  return text.replace(/\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string | undefined) => {
    if (name === undefined) return whole === '$$' ? '$' : whole
    const value = environment[name]
    if (value === undefined) {
      throw new BinnacleError('config.unset_variable', `the environment variable ${name} is not set`, {
        ...(place === undefined ? {} : { place }),
        hint: `set ${name}, or write $$ for a plain dollar sign`,
      })
    }
    return value
  })
}
