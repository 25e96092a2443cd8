import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The clone that these scripts belong to; they work on no other. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Stamps, the lock and logs of the set-up. Not below node_modules, which npm may remove at any time. */
export const cacheDir = join(root, '.binnacle-cache')

/** A failure that a user can answer to: printed as it is, without a stack. */
export class SetupError extends Error {}
