import type { BinnacleError, Place } from '../../config/index.ts'
import type { Finding } from '../../rules/lint/index.ts'
import type { FileKind } from './file-kind.ts'

export type CheckWarning = {
  readonly place: Place
  readonly message: string
  readonly hint?: string | undefined
  /** The check of rules that found it. */
  readonly check?: string | undefined
}

/** What is wrong with one file and those that it names. */
export type FileReport = {
  readonly file: string
  readonly kind: FileKind | undefined
  readonly errors: readonly BinnacleError[]
  readonly warnings: readonly CheckWarning[]
  /** What is in it, such as `12 rules`. */
  readonly content?: string | undefined
}

export function fromFinding({ check, place, message, hint }: Finding): CheckWarning {
  return { check, place, message, hint }
}

export function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`
}
