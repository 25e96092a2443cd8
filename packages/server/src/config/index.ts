// Reading configuration and saying clearly what is wrong with it.
// In: text of files, environment, command-line flags. Out: typed values, or errors with file, line, column and a hint.
// Promise: every finding is reported, not the first only; secrets never print. The lowest floor: everyone may import it.

export {
  BinnacleError,
  type BinnacleErrorOptions,
  type ErrorKind,
  formatError,
  messageOf,
  type Place,
} from './binnacle-error.ts'
export { parseByteSize } from './byte-sizes.ts'
export { byPlace, type Checked, checkSchema } from './check-schema.ts'
export { formatDurationMs, parseDurationMs } from './durations.ts'
export { expandEnvironment } from './environment.ts'
export { nearestName } from './nearest.ts'
export type { ScalarStyle } from './scalar-source.ts'
export { Secret } from './secret.ts'
export { readSecretFile } from './secret-file.ts'
export {
  ConfigErrors,
  parseYaml,
  parseYamlInto,
  type ScalarMode,
  valueAt,
  type YamlDocument,
  type YamlPath,
} from './yaml-document.ts'
