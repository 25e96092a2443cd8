// What `binnacle check` finds. In: paths of files. Out: for each its kind, errors and warnings with places.
// Promise: the verdicts of promtool and amtool, all findings at once, and what reading finds beyond them as warnings.

export { checkFiles, checkText } from './check-files.ts'
export type { CheckOptions } from './check-options.ts'
export { FILE_KINDS, type FileKind, isTemplateFile, kindOf } from './file-kind.ts'
export { followRules } from './follow-rules.ts'
export type { CheckWarning, FileReport } from './report.ts'
