import type { CallContext, GoType, Value } from '../values/index.ts'

/** A function that templates may call. It throws `FunctionError` with what Go would say after `error calling x: `. */
export type TemplateFunction = {
  /** Types of the arguments; `ANY` takes all. */
  readonly params: readonly GoType[]
  /** Type of each argument beyond `params`; absent when there may be none. */
  readonly rest?: GoType
  readonly call: (args: readonly Value[], context: CallContext) => Value
}

/** Functions by name. Names must be Go identifiers. */
export type FunctionSet = Readonly<Record<string, TemplateFunction>>
