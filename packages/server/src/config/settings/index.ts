// binnacle.yml and the command line's flags: Binnacle's own settings.
// In: the file's text, flags, environment. Out: one typed object (durations in ms, sizes in bytes) that knows where each
// value came from, or all findings with file, line, column and a hint.
// Promise: flags win over the file, the file over defaults; secrets never print; the reference page comes from the schema.

export { type ListenAddress, parseListen } from './listen.ts'
export {
  FLAGS,
  type FlagName,
  type LoadedSettings,
  type LoadOptions,
  loadSettings,
  type SettingEntry,
} from './load.ts'
export { packFilesOf } from './packs.ts'
export { renderReference } from './reference.ts'
export { isBinnacleConfig, PACKS, type Settings, settingsSchema } from './schema.ts'
export { effectiveYaml } from './show.ts'
