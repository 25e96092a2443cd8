import type { PromqlFeatures } from '@binnacle/promql'
import type { BinnacleError } from '../../config/index.ts'

export type CheckOptions = {
  /** Text of a file, or what keeps it from being read; `shown` is its name in messages. */
  readonly read: (path: string, shown: string) => string | BinnacleError
  readonly environment: Readonly<Record<string, string | undefined>>
  /** For comments that snooze a check. Unix ms. */
  readonly nowMs: number
  readonly features: PromqlFeatures
  readonly ignoreUnknownFields: boolean
  /** Leaves out what goes beyond syntax and meaning of single files. */
  readonly syntaxOnly: boolean
}
