import { quoteText, utf8Length } from '../format/index.ts'
import { type Arg, type CommandNode, goPlace, lineAndColumn, type Node, nodeText, type Tree } from '../parse/index.ts'
import { FunctionError, LimitReached, TemplateError } from '../template-error.ts'
import type { CallContext, Value, Zone } from '../values/index.ts'

export type Limits = {
  readonly maxSteps: number
  readonly maxOutputBytes: number
  readonly maxDepth: number
  readonly maxQueries: number
}

/** What asynchronous functions have answered so far, by what they were asked. */
export type Answers = Map<string, { readonly value: Value } | { readonly error: unknown }>

/** Thrown out of an execution that has to wait; the execution begins anew when the answer is there. */
export class Suspension {
  readonly key: string
  readonly answer: Promise<Value>

  constructor(key: string, answer: Promise<Value>) {
    this.key = key
    this.answer = answer
  }
}

/** A compiled definition: which tree it is, how many variables it has, what it does. */
export type Program = {
  readonly tree: Tree
  readonly frameSize: number
  readonly run: (state: State) => number
  /** The same with stops on the way; absent when it cannot take long. */
  readonly slices: ((state: State) => Slices) | undefined
}

/** An execution that stops now and then, and goes on when it is asked to. */
export type Slices = Generator<undefined, number>

/** Steps from one stop to the next: below a millisecond. */
const STEPS_A_SLICE = 500

/** Characters that are put together and counted at a time: some ms; most texts are shorter. */
const MOST_UNCOUNTED = 262_144
const nextCheck = (room: number) => Math.min(MOST_UNCOUNTED, Math.floor(room / 3))

/** A variable that was declared and has no value yet. */
export const UNSET = Symbol('unset')
export type Slot = Value | typeof UNSET

/** What an execution carries. One hidden class; the compiled closures change it in place. */
export class State implements CallContext {
  private checked = ''
  private recent = ''
  dot: Value
  /** Whether dot is known to Go only as `interface {}`, which its errors tell. */
  dotBoxed = false
  /** The same of the last field that was read. */
  boxed = false
  vars: Slot[]
  tree: Tree
  /** What is being executed, for errors. */
  node: Node | Arg | CommandNode | undefined
  depth = 0
  steps: number
  readonly maxText: number
  readonly root: Value
  readonly timeMs: number
  readonly local: Zone
  readonly lookUp: (name: string) => Program | undefined
  readonly limits: Limits
  readonly answers: Answers
  /** Bytes that may still come. */
  private room: number
  /** Length of `recent` at which it is counted. */
  private checkAt: number
  private sliceEnd: number

  constructor(
    program: Program,
    data: Value,
    options: {
      limits: Limits
      local: Zone
      lookUp: State['lookUp']
      answers: Answers
      steps: number
      timeMs: number
      preset?: readonly Value[]
    },
  ) {
    this.dot = data
    this.root = data
    this.timeMs = options.timeMs
    this.vars = newFrame(program.frameSize, data)
    const { preset } = options
    if (preset !== undefined) for (let at = 0; at < preset.length; at++) this.vars[at + 1] = preset[at]
    this.tree = program.tree
    this.node = undefined
    this.steps = options.steps
    this.maxText = options.limits.maxOutputBytes
    this.local = options.local
    this.lookUp = options.lookUp
    this.limits = options.limits
    this.answers = options.answers
    this.room = options.limits.maxOutputBytes
    this.checkAt = nextCheck(this.room)
    this.sliceEnd = options.steps + STEPS_A_SLICE
  }

  write(text: string): void {
    this.recent += text
    if (this.recent.length > this.checkAt) this.checkOutput()
  }

  /** All that was written. */
  text(): string {
    return this.checked + this.recent
  }

  /**
   * Bytes are counted where the text could be too long, three bytes a unit being the most, and in pieces: putting the
   * thousands of strings of a long one together at once would take long.
   */
  private checkOutput(): void {
    this.room -= utf8Length(this.recent)
    if (this.room < 0) {
      throw new LimitReached(
        'maxOutputBytes',
        `output larger than ${this.limits.maxOutputBytes} bytes (limit maxOutputBytes)`,
      )
    }
    this.checked += this.recent
    this.recent = ''
    this.checkAt = nextCheck(this.room)
  }

  spend(steps: number): void {
    this.steps += steps
    if (this.steps > this.limits.maxSteps) {
      throw new LimitReached('maxSteps', `more than ${this.limits.maxSteps} steps (limit maxSteps)`)
    }
  }

  /** Whether it is time to stop; once for each slice. */
  isSliceOver(): boolean {
    if (this.steps < this.sliceEnd) return false
    this.sliceEnd = this.steps + STEPS_A_SLICE
    return true
  }

  wait(key: string, ask: () => Value | Promise<Value>): Value {
    const known = this.answers.get(key)
    if (known !== undefined) {
      if ('value' in known) return known.value
      throw new FunctionError(known.error instanceof Error ? known.error.message : String(known.error))
    }
    if (this.answers.size >= this.limits.maxQueries) {
      throw new LimitReached('maxQueries', `more than ${this.limits.maxQueries} different queries (limit maxQueries)`)
    }
    const answer = ask()
    if (answer instanceof Promise) throw new Suspension(key, answer)
    this.answers.set(key, { value: answer })
    return answer
  }

  /** Ends the execution with an error at the node being executed. */
  fail(reason: string, limit?: string, cause?: unknown, hint?: string): never {
    throw this.errorOf(reason, limit, cause, hint)
  }

  errorOf(reason: string, limit?: string, cause?: unknown, hint?: string): TemplateError {
    const { source, name } = this.tree
    const kind = limit === undefined ? 'execute' : 'limit'
    const offset = this.node?.at ?? 0
    const place = { template: source.name, offset, ...lineAndColumn(source.text, offset) }
    const where =
      this.node === undefined
        ? `template: ${name}: `
        : `template: ${source.name}:${goPlace(source, offset)}: executing ${quoteText(name)} at <${nodeText(this.node)}>: `
    return new TemplateError(kind, where + reason, place, { reason, limit, cause, hint })
  }
}

export function newFrame(size: number, data: Value): Slot[] {
  if (size === 1) return [data]
  const vars: Slot[] = [data]
  for (let at = 1; at < size; at++) vars.push(UNSET)
  return vars
}
