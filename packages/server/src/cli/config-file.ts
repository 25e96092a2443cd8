import { readFileSync } from 'node:fs'
import { BinnacleError, messageOf } from '../config/index.ts'

/** Text of a file that the user named. Throws `config.unreadable` in words that fit any file. */
export function readConfigFile(path: string, shownAs: string, hint?: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a folder'
          : code === 'EACCES'
            ? 'this user may not read it'
            : messageOf(error)
    throw new BinnacleError('config.unreadable', `cannot read the file: ${why}`, {
      place: { file: shownAs },
      kind: 'missing',
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    })
  }
}
