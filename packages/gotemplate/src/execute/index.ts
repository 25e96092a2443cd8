// Template sets: parse once, compile to closures, execute many times. In: named texts, functions, data. Out: text, or a
// promise of it where a function has to wait. Promise: limits on steps, output, depth and queries; every error says where.

export type { MissingKey } from './compile.ts'
export type { FunctionSet, TemplateFunction } from './functions.ts'
export type { Limits } from './state.ts'
export {
  compileProgram,
  compileText,
  defaultLimits,
  type ExecuteOptions,
  type Pause,
  parseTemplates,
  runProgram,
  type Template,
  type TemplateOptions,
  type TemplateSet,
} from './template-set.ts'
