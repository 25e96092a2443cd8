import { BinnacleError } from '../config/index.ts'

const STOP_OTHER = 'stop that Binnacle first, or give this one another data folder with --data'

/** What a user can answer to of an error of the database; anything else stays the bug that it is. */
export function toStateError(error: unknown, file: string): unknown {
  if (error instanceof BinnacleError) return error
  const code = String((error as { code?: unknown } | undefined)?.code ?? '')
  const message = error instanceof Error ? error.message : String(error)
  const make = (name: string, text: string, hint: string) =>
    new BinnacleError(name, text, { kind: 'unavailable', place: { file }, hint, cause: error })
  if (/^SQLITE_(BUSY|LOCKED)/.test(code))
    return make(
      'state.locked',
      `the state file is in use by ${/^process \d+$/.test(message) ? message : 'another process'}`,
      STOP_OTHER,
    )
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code))
    return make(
      'state.damaged',
      `the state file is damaged: ${message}`,
      'restore it from a backup, or move it and its -wal file away: silences, notification log and history begin anew then',
    )
  if (/^the thread of the state file/.test(message))
    return make(
      'state.interrupted',
      `${message}; it is started again`,
      'try again; whether the change was kept is not known',
    )
  if (/^SQLITE_(FULL|IOERR|READONLY)/.test(code))
    return make('state.write_failed', `the state file cannot be written: ${message}`, 'look at the disk')
  if (
    /^SQLITE_(CANTOPEN|PERM)/.test(code) ||
    /^(EACCES|EROFS|ENOTDIR|EEXIST|EPERM|ENOSPC)/.test(code) ||
    /ConnectionFailed/.test(code)
  )
    return make('state.cannot_open', `the state file cannot be opened: ${message}`, 'look at the folder and its rights')
  return error
}

export const stopped = () =>
  new BinnacleError('state.stopped', 'the state file is not open', {
    kind: 'unavailable',
    hint: 'Binnacle is starting or stopping; try again',
  })

export const overloaded = (maxRows: number) =>
  new BinnacleError('state.overloaded', `more than ${maxRows} changes of records wait for the disk`, {
    kind: 'overload',
    retryAfterMs: 1_000,
    hint: 'the disk is slower than what arrives; try again',
  })

export const newerSchema = (file: string, domain: string, done: number, known: number) =>
  new BinnacleError(
    'state.newer_schema',
    `the state file was last used by a newer Binnacle: its ${domain} tables are at step ${done}, this version knows ${known}`,
    { kind: 'unavailable', place: { file }, hint: 'start the newer version again, or use another data folder' },
  )
