import { ARGS_TEXT, createTreeEscaper, type Variant } from '../html/index.ts'
import { meant } from '../nearest-word.ts'
import { type Library, type ParseOptions, parseText, type Source, withTrees } from '../parse/index.ts'
import { LimitReached, TemplateError } from '../template-error.ts'
import { UTC } from '../time/index.ts'
import { type PlainValue, toValue, type Value, type Zone } from '../values/index.ts'
import { argsTextFunction, builtins } from './builtins.ts'
import { type CompileEnv, compileTree, type MissingKey } from './compile.ts'
import type { FunctionSet } from './functions.ts'
import { type Answers, type Limits, type Program, State, Suspension } from './state.ts'

export type TemplateOptions = {
  /** Functions beside Go's own, over which they win. */
  readonly functions?: FunctionSet
  /** What may be meant by a function that is not there, before a near name is looked for. */
  readonly functionHint?: (name: string) => string | undefined
  /** Escape what is printed by where it stands, as html/template does. Default false. */
  readonly html?: boolean
  /**
   * What a map without the key gives: `zero` the zero value of its element type (Prometheus and Alertmanager, and the default
   * here), `default` no value, `error` an error.
   */
  readonly missingKey?: MissingKey
  /** The zone of `.Local`. Default UTC. */
  readonly local?: Zone
  /** Limits of every execution; those of `ExecuteOptions` win. */
  readonly limits?: Partial<Limits>
}

export type ExecuteOptions = {
  /** Nodes executed, iterations and calls. Default 10,000,000. */
  readonly maxSteps?: number
  /** UTF-8 bytes of the output; values in between are bounded by as many UTF-16 units. Default 16 MiB. */
  readonly maxOutputBytes?: number
  /** Templates called in templates. Default 100. */
  readonly maxDepth?: number
  /** Different questions to functions that answer later (`query`). Default 100. */
  readonly maxQueries?: number
  /** Milliseconds since 1970 of the evaluation, for functions that ask for it (Prometheus's `now` and `query`). Default 0. */
  readonly timeMs?: number
}

/** A compiled text. */
export type Template = {
  readonly name: string
  /**
   * Renders. Returns the text at once, unless a function had to wait (`query`): then a promise of it. Throws, or rejects with,
   * `TemplateError`.
   */
  execute(data: PlainValue, options?: ExecuteOptions): string | Promise<string>
  /**
   * The same in slices of at most some ms, as far as the template goes through lists. `pause` is called between two of them and
   * may give a promise to wait for. Rejects with `TemplateError`.
   */
  executeInSlices(data: PlainValue, pause: Pause, options?: ExecuteOptions): Promise<string>
}

/** Lets others run when it is time to; what it gives is waited for. */
export type Pause = () => Promise<void> | undefined

export type TemplateSet = {
  /** Names of all definitions, files included, sorted. */
  readonly names: readonly string[]
  has(name: string): boolean
  /** Renders the definition of a name. Throws `TemplateError` as `Template.execute` does, and when there is no such name. */
  execute(name: string, data: PlainValue, options?: ExecuteOptions): string | Promise<string>
  /**
   * Compiles a text that may use the set's definitions. Definitions in it hold for it alone. `name` stands in errors (Alertmanager
   * and amtool use the empty name). Throws `TemplateError`.
   */
  compileText(name: string, text: string): Template
}

/** Limits where nothing else is said. */
export const defaultLimits: Limits = {
  maxSteps: 10_000_000,
  maxOutputBytes: 16 * 1024 * 1024,
  maxDepth: 100,
  maxQueries: 100,
}

/**
 * Parses files together into one set. A later definition replaces an earlier one of its name, unless it is empty; the text
 * of a file outside definitions is a definition named as the file. Throws `TemplateError` with the place.
 */
export function parseTemplates(files: readonly Source[], options: TemplateOptions = {}): TemplateSet {
  const functions: FunctionSet = allFunctions(options.functions)
  const parseOptions = parseOptionsOf(functions, options)
  let library: Library = new Map()
  for (const file of files) library = withTrees(library, parseText(file, parseOptions))
  const executor = createExecutor(library, functions, options)
  return {
    names: [...library.keys()].sort(),
    has: (name) => library.has(name),
    execute(name, data, executeOptions) {
      const program = executor.lookUp(name)
      if (program === undefined) {
        const reason = `template: no template ${JSON.stringify(name)}`
        throw new TemplateError('execute', reason, { template: name, line: 1, column: 1, offset: 0 }, { reason })
      }
      return executor.execute(program, data, executeOptions)
    },
    compileText(name, text) {
      const own = createExecutor(withTrees(library, parseText({ name, text }, parseOptions)), functions, options)
      const program = own.lookUp(name)!
      return {
        name,
        execute: (data, executeOptions) => own.execute(program, data, executeOptions),
        executeInSlices: (data, pause, executeOptions) => own.executeInSlices(program, data, pause, executeOptions),
      }
    },
  }
}

/** Compiles one text that stands for itself. */
export function compileText(name: string, text: string, options: TemplateOptions = {}): Template {
  return parseTemplates([], options).compileText(name, text)
}

/** A text with its own definitions and with variables that it finds declared, for callers that run it themselves. */
export function compileProgram(
  source: Source,
  options: TemplateOptions,
  variables: readonly string[],
): { program: Program; lookUp: State['lookUp'] } {
  const functions = allFunctions(options.functions)
  const trees = parseText(source, { ...parseOptionsOf(functions, options), variables })
  const env = { functions, missingKey: options.missingKey ?? 'zero' } as const
  const main = trees.find((tree) => tree.name === source.name)!
  const program = compileTree(main, env, variables)
  // Nearly all texts are without definitions of their own.
  if (trees.length === 1) return { program, lookUp: (name) => (name === source.name ? program : undefined) }
  const { lookUp } = createExecutor(withTrees(new Map(), trees), functions, options)
  return { program, lookUp }
}

const merged = new WeakMap<FunctionSet, FunctionSet>()
const noFunctions: FunctionSet = {}

/** A set of functions with Go's own, made once: there are thousands of texts of rules. */
function allFunctions(functions: FunctionSet = noFunctions): FunctionSet {
  let all = merged.get(functions)
  if (all === undefined) {
    all = { ...builtins, ...functions }
    merged.set(functions, all)
  }
  return all
}

function parseOptionsOf(functions: FunctionSet, options: TemplateOptions): ParseOptions {
  return {
    hasFunction: (name) => hasFunction(functions, name),
    functionHint: (name) =>
      options.functionHint?.(name) ?? meant(name, [...Object.keys(functions), 'and', 'or', 'call']),
  }
}

function hasFunction(functions: FunctionSet, name: string): boolean {
  return Object.hasOwn(functions, name) || name === 'and' || name === 'or' || name === 'call'
}

type Executor = {
  lookUp(name: string): Program | undefined
  execute(program: Program, data: PlainValue, options?: ExecuteOptions): string | Promise<string>
  executeInSlices(program: Program, data: PlainValue, pause: Pause, options?: ExecuteOptions): Promise<string>
}

function createExecutor(library: Library, functions: FunctionSet, options: TemplateOptions): Executor {
  const known = options.html === true ? { ...functions, [ARGS_TEXT]: argsTextFunction } : functions
  const escaper = options.html === true ? createTreeEscaper(library) : undefined
  const programs = new Map<string, Program>()
  const env = { functions: known, missingKey: options.missingKey ?? 'zero' } as const
  const local = options.local ?? UTC
  const setLimits: Limits = { ...defaultLimits, ...options.limits }

  function lookUp(name: string): Program | undefined {
    const known = programs.get(name)
    if (known !== undefined) return known
    const variant = escaper?.variant(name)
    const tree = variant?.tree ?? library.get(name)
    if (tree === undefined) return undefined
    const program = compileTree(tree, variant === undefined ? env : { ...env, ...envOf(variant) })
    programs.set(name, program)
    return program
  }

  const runOptions = (executeOptions: ExecuteOptions | undefined): RunOptions => ({
    limits: executeOptions === undefined ? setLimits : limitsOf(setLimits, executeOptions),
    local,
    lookUp,
    answers: new Map(),
    steps: 0,
    timeMs: executeOptions?.timeMs ?? 0,
  })
  return {
    lookUp,
    execute: (program, data, executeOptions) => runProgram(program, toValue(data), runOptions(executeOptions)),
    executeInSlices: (program, data, pause, executeOptions) =>
      runInSlices(program, toValue(data), pause, runOptions(executeOptions)),
  }
}

function envOf({ escapes, texts, pipes, calls }: Variant): Partial<CompileEnv> {
  return {
    escapeOf: (node) => escapes.get(node),
    textOf: (node) => texts.get(node),
    pipeOf: (node) => pipes.get(node),
    calledName: (node) => calls.get(node),
  }
}

function limitsOf(limits: Limits, own: ExecuteOptions): Limits {
  return {
    maxSteps: own.maxSteps ?? limits.maxSteps,
    maxOutputBytes: own.maxOutputBytes ?? limits.maxOutputBytes,
    maxDepth: own.maxDepth ?? limits.maxDepth,
    maxQueries: own.maxQueries ?? limits.maxQueries,
  }
}

export type RunOptions = {
  readonly limits: Limits
  readonly local: Zone
  readonly lookUp: State['lookUp']
  readonly answers: Answers
  readonly steps: number
  readonly timeMs: number
  /** Values of the variables that the program finds declared. */
  readonly preset?: readonly Value[]
}

/**
 * Runs a program. When a function has to wait, the run is given up, and begun anew with the answer at hand: templates have no
 * effects, so the second run comes to the same place. Steps are counted over all runs.
 */
export function runProgram(program: Program, data: Value, options: RunOptions): string | Promise<string> {
  const state = new State(program, data, options)
  try {
    program.run(state)
    return state.text()
  } catch (error) {
    if (!(error instanceof Suspension)) throw failureOf(state, error)
    return answerOf(error, options.answers).then(() => runProgram(program, data, { ...options, steps: state.steps }))
  }
}

/** The same, and between slices of it others may run. */
async function runInSlices(program: Program, data: Value, pause: Pause, options: RunOptions): Promise<string> {
  for (let { steps } = options; ; ) {
    const state = new State(program, data, { ...options, steps })
    try {
      if (program.slices === undefined) program.run(state)
      else for (const _ of program.slices(state)) await pause()
      return state.text()
    } catch (error) {
      if (!(error instanceof Suspension)) throw failureOf(state, error)
      await answerOf(error, options.answers)
      steps = state.steps
    }
  }
}

/** What ends an execution, with the place where it stood. */
function failureOf(state: State, error: unknown): unknown {
  if (error instanceof LimitReached) return state.errorOf(error.message, error.limit, error)
  if (error instanceof RangeError) {
    const limit = /stack/i.test(error.message) ? 'maxDepth' : 'maxOutputBytes'
    return state.errorOf(`${error.message} (limit ${limit})`, limit, error)
  }
  return error
}

async function answerOf({ key, answer }: Suspension, answers: Answers): Promise<void> {
  try {
    answers.set(key, { value: await answer })
  } catch (error) {
    answers.set(key, { error })
  }
}
