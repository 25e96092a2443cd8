import { readFile, stat } from 'node:fs/promises'
import { BinnacleError, messageOf, type Place } from './binnacle-error.ts'
import { Secret } from './secret.ts'

const MAX_SECRET_BYTES = 1024 * 1024

/**
 * The content of a file that holds a secret (a password, a token, a key), without surrounding white space.
 * Read anew at each use, so that a rotated secret needs no reload. Throws `BinnacleError` (`config.secret_file`).
 */
export async function readSecretFile(file: string, place?: Place): Promise<Secret> {
  const at = place === undefined ? {} : { place }
  try {
    const { size } = await stat(file)
    if (size > MAX_SECRET_BYTES) {
      throw new BinnacleError('config.secret_file', `${file} has more than ${MAX_SECRET_BYTES} bytes`, at)
    }
    return new Secret((await readFile(file, 'utf8')).trim())
  } catch (error) {
    if (error instanceof BinnacleError) throw error
    throw new BinnacleError('config.secret_file', `cannot read secret file: ${messageOf(error)}`, {
      ...at,
      cause: error,
    })
  }
}
