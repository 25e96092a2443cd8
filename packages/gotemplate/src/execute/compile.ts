// Trees to closures. Each node becomes a function of the state, so that executing is but calling: names of variables
// become places in a frame, constants are made and checked once, functions are looked up once.
// The order of evaluation, and which node an error names, are Go's (text/template/exec.go).
// What may take long (a range, and what may hold one) is compiled a second time, as a generator that stops now and then, so
// that whoever runs it may let others run. All else is the same for both.

import { printedValue } from '../format/index.ts'
import type { Escape } from '../html/index.ts'
import { meant } from '../nearest-word.ts'
import type { Arg, BranchNode, CommandNode, Node, NumberNode, PipeNode, TemplateNode, Tree } from '../parse/index.ts'
import { nodeText } from '../parse/index.ts'
import { FunctionError, LimitReached, TemplateError } from '../template-error.ts'
import {
  ANY,
  assignable,
  GoComplex,
  GoFunc,
  GoInt,
  GoList,
  GoMap,
  GoPointer,
  GoStruct,
  GoTime,
  type GoType,
  INT,
  intOf,
  isTrue,
  type Method,
  sortedKeys,
  typeName,
  typeOf,
  VALUE,
  type Value,
  zeroOf,
} from '../values/index.ts'
import type { FunctionSet, TemplateFunction } from './functions.ts'
import { newFrame, type Program, type Slices, type State, Suspension, UNSET } from './state.ts'

export type MissingKey = 'default' | 'zero' | 'error'

export type CompileEnv = {
  readonly functions: FunctionSet
  readonly missingKey: MissingKey
  /** Escapes by action, in HTML mode. */
  readonly escapeOf?: (node: Node) => Escape | undefined
  /** Pipelines to execute in the place of those written, in HTML mode. */
  readonly pipeOf?: (node: Node) => PipeNode | undefined
  /** Texts as they are printed (HTML comments are taken out). */
  readonly textOf?: (node: Node) => string | undefined
  /** Under which name a called template stands (in HTML mode one for each context). */
  readonly calledName?: (node: TemplateNode) => string | undefined
}

type Run = (state: State) => number
type Part = {
  readonly run: Run
  /** The same with stops on the way; absent for what is always short. */
  readonly slices?: ((state: State) => Slices) | undefined
}
type Eval = (state: State) => Value
/** A command that may get the value of the command before it. */
type Stage = (state: State, final: Value) => Value

const DONE = 0
const BREAK = 1
const CONTINUE = 2

type Scope = { readonly names: Map<string, number>; readonly outer: Scope | undefined }

/** Compiles a definition, which finds `variables` declared in the first places of its frame. What Go finds out when executing is found out when executing. */
export function compileTree(tree: Tree, env: CompileEnv, variables: readonly string[] = []): Program {
  let frameSize = 1
  let scope: Scope = { names: new Map([['$', 0]]), outer: undefined }

  function declare(name: string): number {
    const slot = frameSize++
    scope.names.set(name, slot)
    return slot
  }
  variables.forEach(declare)

  function slotOf(name: string): number | undefined {
    for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
      const slot = at.names.get(name)
      if (slot !== undefined) return slot
    }
    return undefined
  }
  function scoped<T>(compile: () => T): T {
    scope = { names: new Map(), outer: scope }
    const result = compile()
    scope = scope.outer!
    return result
  }

  function list(nodes: readonly Node[]): Part {
    const parts = nodes.map(one)
    if (parts.length === 1) return parts[0]!
    return { run: runsOf(parts.map(({ run }) => run)), slices: slicesOf(parts) }
  }

  function runsOf(runs: readonly Run[]): Run {
    if (runs.length === 0) return () => DONE
    if (runs.length === 2) {
      const [first, second] = runs as [Run, Run]
      return (state) => first(state) || second(state)
    }
    return (state) => {
      for (let at = 0; at < runs.length; at++) {
        const signal = runs[at]!(state)
        if (signal !== DONE) return signal
      }
      return DONE
    }
  }

  function slicesOf(parts: readonly Part[]): Part['slices'] {
    if (parts.every(({ slices }) => slices === undefined)) return undefined
    return function* (state) {
      for (const { run, slices } of parts) {
        const signal = slices === undefined ? run(state) : yield* slices(state)
        if (signal !== DONE) return signal
      }
      return DONE
    }
  }

  function one(node: Node): Part {
    switch (node.kind) {
      case 'text': {
        const text = env.textOf?.(node) ?? node.text
        return {
          run: (state) => {
            state.write(text)
            return DONE
          },
        }
      }
      case 'action':
        return { run: action(node, node.pipe) }
      case 'if':
        return scoped(() => branch(node, false))
      case 'with':
        return scoped(() => branch(node, true))
      case 'range':
        return scoped(() => range(node))
      case 'template':
        return template(node)
      case 'break':
        return { run: () => BREAK }
      case 'continue':
        return { run: () => CONTINUE }
    }
  }

  function action(node: Node, pipe: PipeNode): Run {
    const value = pipeline(env.pipeOf?.(node) ?? pipe)
    if (pipe.variables.length > 0) {
      return (state) => {
        if (++state.steps > state.limits.maxSteps) state.spend(0)
        state.node = node
        value(state)
        return DONE
      }
    }
    const safe = env.escapeOf?.(node)
    return (state) => {
      if (++state.steps > state.limits.maxSteps) state.spend(0)
      state.node = node
      const result = value(state)
      state.node = node
      if (safe !== undefined) state.write(safe(result, state.maxText))
      else if (typeof result === 'string') state.write(result)
      else if (result instanceof GoFunc) state.fail(`can't print ${nodeText(node)} of type ${typeName(result)}`)
      else state.write(printedValue(result, state.maxText))
      return DONE
    }
  }

  function branch(node: BranchNode, setsDot: boolean): Part {
    const value = pipeline(node.pipe)
    const body = scoped(() => list(node.list))
    const other = node.elseList === undefined ? undefined : scoped(() => list(node.elseList!))
    function begin(state: State): Value {
      if (++state.steps > state.limits.maxSteps) state.spend(0)
      state.node = node
      return value(state)
    }
    const run: Run = (state) => {
      const result = begin(state)
      if (!isTrue(result)) return other === undefined ? DONE : other.run(state)
      if (!setsDot) return body.run(state)
      const { dot, dotBoxed } = state
      state.dot = result
      state.dotBoxed = false
      const signal = body.run(state)
      state.dot = dot
      state.dotBoxed = dotBoxed
      return signal
    }
    if (body.slices === undefined && other?.slices === undefined) return { run }
    return {
      run,
      *slices(state) {
        const result = begin(state)
        if (!isTrue(result)) return other === undefined ? DONE : yield* inSlices(other, state)
        if (!setsDot) return yield* inSlices(body, state)
        const { dot, dotBoxed } = state
        state.dot = result
        state.dotBoxed = false
        const signal = yield* inSlices(body, state)
        state.dot = dot
        state.dotBoxed = dotBoxed
        return signal
      },
    }
  }

  function range(node: BranchNode): Part {
    const value = pipeline(node.pipe)
    const { variables, isAssign } = node.pipe
    const slots = variables.map((variable) => slotOf(variable.names[0]!)!)
    // Of two variables the first is the index; one alone is the element.
    const elemSlot = slots.length === 2 ? slots[1] : slots[0]
    const indexSlot = slots.length === 2 ? slots[0] : undefined
    const body = scoped(() => list(node.list))
    const other = node.elseList === undefined ? undefined : scoped(() => list(node.elseList!))

    function bind(state: State, index: Value, elem: Value, boxed: boolean): void {
      if (++state.steps > state.limits.maxSteps) state.spend(0)
      if (elemSlot !== undefined) setVariable(state, elemSlot, elem)
      if (indexSlot !== undefined) setVariable(state, indexSlot, index)
      state.dot = elem
      state.dotBoxed = boxed
    }
    function iterate(state: State, index: Value, elem: Value, boxed: boolean): number {
      bind(state, index, elem, boxed)
      return body.run(state)
    }
    function setVariable(state: State, slot: number, elem: Value): void {
      if (isAssign && state.vars[slot] === UNSET) state.fail(`undefined variable: ${variables[0]!.names[0]}`)
      state.vars[slot] = elem
    }
    /** How often an integer, or what is none, is gone through. */
    function countOf(state: State, result: Value): bigint {
      const count = intOf(result)
      if (count === undefined) return state.fail(`range can't iterate over ${printedValue(result, 1000)}`)
      if (slots.length > 1) state.fail(`can't use ${count} to iterate over more than one variable`)
      return count
    }

    /** What is gone through, as triples of `bind`. */
    function* itemsOf(state: State, result: Value): Generator<readonly [Value, Value, boolean]> {
      if (result instanceof GoList) {
        const { items } = result
        const boxed = result.type.elem === ANY
        for (let at = 0; at < items.length; at++) {
          yield [indexSlot === undefined ? undefined : BigInt(at), items[at], boxed]
        }
      } else if (result instanceof GoMap) {
        const boxed = result.type.elem === ANY
        for (const key of sortedKeys(result)) yield [key, result.entries.get(key), boxed]
      } else if (result !== undefined) {
        const count = countOf(state, result)
        const type = typeOf(result)!
        for (let n = 0n; n < count; n++) yield [undefined, type === INT ? n : new GoInt(type, n), false]
      }
    }

    const run: Run = (state) => {
      state.node = node
      const result = target(value(state))
      const { dot, dotBoxed } = state
      let ran = false
      if (result instanceof GoList) {
        const { items } = result
        const boxed = result.type.elem === ANY
        for (let at = 0; at < items.length; at++) {
          ran = true
          if (iterate(state, indexSlot === undefined ? undefined : BigInt(at), items[at], boxed) === BREAK) break
        }
      } else {
        for (const [index, elem, boxed] of itemsOf(state, result)) {
          ran = true
          if (iterate(state, index, elem, boxed) === BREAK) break
        }
      }
      state.dot = dot
      state.dotBoxed = dotBoxed
      return ran || other === undefined ? DONE : other.run(state)
    }
    return {
      run,
      *slices(state) {
        state.node = node
        const result = target(value(state))
        const { dot, dotBoxed } = state
        let ran = false
        for (const [index, elem, boxed] of itemsOf(state, result)) {
          ran = true
          if (state.isSliceOver()) yield
          bind(state, index, elem, boxed)
          if ((yield* inSlices(body, state)) === BREAK) break
        }
        state.dot = dot
        state.dotBoxed = dotBoxed
        return ran || other === undefined ? DONE : yield* inSlices(other, state)
      },
    }
  }

  function template(node: TemplateNode): Part {
    const value = node.pipe === undefined ? undefined : pipeline(node.pipe)
    const called = env.calledName?.(node) ?? node.name
    /** Enters the called one; the returned function comes back. */
    function enter(state: State): { readonly program: Program; readonly leave: () => void } {
      if (++state.steps > state.limits.maxSteps) state.spend(0)
      state.node = node
      const program = state.lookUp(called)
      if (program === undefined) return state.fail(`template ${JSON.stringify(node.name)} not defined`)
      if (state.depth >= state.limits.maxDepth) {
        state.fail(`exceeded maximum template depth (${state.limits.maxDepth}) (limit maxDepth)`, 'maxDepth')
      }
      const data = value?.(state)
      const { dot, dotBoxed, vars, tree } = state
      state.dot = data
      state.dotBoxed = false
      state.vars = newFrame(program.frameSize, data)
      state.tree = program.tree
      state.depth++
      const leave = () => {
        state.depth--
        state.dot = dot
        state.dotBoxed = dotBoxed
        state.vars = vars
        state.tree = tree
      }
      return { program, leave }
    }
    return {
      run(state) {
        const { program, leave } = enter(state)
        program.run(state)
        leave()
        return DONE
      },
      *slices(state) {
        const { program, leave } = enter(state)
        yield* inSlices(program, state)
        leave()
        return DONE
      },
    }
  }

  function pipeline(pipe: PipeNode): Eval {
    const { commands, isAssign } = pipe
    const first = command(commands[0]!)
    const later = commands.slice(1).map(stage)
    const slots = pipe.variables.map(({ names }) => (isAssign ? slotOf(names[0]!) : declare(names[0]!)))
    if (slots.length === 0) {
      if (later.length === 0) {
        return (state) => {
          state.node = pipe
          return first(state)
        }
      }
      if (later.length === 1) {
        const second = later[0]!
        return (state) => {
          state.node = pipe
          return second(state, first(state))
        }
      }
    }
    return (state) => {
      state.node = pipe
      let value = first(state)
      for (const next of later) value = next(state, value)
      for (let at = 0; at < slots.length; at++) {
        const slot = slots[at]
        if (slot === undefined || (isAssign && state.vars[slot] === UNSET)) {
          return state.fail(`undefined variable: ${pipe.variables[at]!.names[0]}`)
        }
        state.vars[slot] = value
      }
      return value
    }
  }

  /** The first command of a pipeline. */
  function command(node: CommandNode): Eval {
    const [head, ...args] = node.args as [Arg, ...Arg[]]
    switch (head.kind) {
      case 'field':
        return fieldChain(head, (state) => state.dot, head.names, args, 'dot')
      case 'variable':
        if (head.names.length > 1) return fieldChain(head, variable(head), head.names.slice(1), args, 'plain')
        return args.length === 0 ? variable(head) : notAFunction(head, head)
      case 'chain':
        return chain(head, args)
      case 'identifier':
        return call(head.name, head, node, args)
      case 'pipe':
        return args.length === 0 ? pipeline(head) : notAFunction(head, undefined)
      case 'nil':
        return args.length === 0 ? failing(head, 'nil is not a command') : notAFunction(head, head)
      default:
        return args.length === 0 ? constantCommand(head) : notAFunction(head, head)
    }
  }

  /** A later command, which gets the value before it as its last argument. */
  function stage(node: CommandNode): Stage {
    const [head, ...args] = node.args as [Arg, ...Arg[]]
    switch (head.kind) {
      case 'field':
        return fieldStage(head, (state) => state.dot, head.names, args, 'dot')
      case 'variable':
        if (head.names.length > 1) return fieldStage(head, variable(head), head.names.slice(1), args, 'plain')
        return notAFunction(head, head)
      case 'chain':
        return fieldStage(head, argValue(head.base), head.names, args, 'chain')
      case 'identifier':
        return callStage(head.name, head, node, args)
      case 'pipe':
        return notAFunction(head, undefined)
      default:
        return notAFunction(head, head)
    }
  }

  function failing(at: Arg, message: string): Eval {
    return (state) => {
      state.node = at
      return state.fail(message)
    }
  }

  function notAFunction(head: Arg, at: Arg | undefined): Eval {
    return (state) => {
      if (at !== undefined) state.node = at
      return state.fail(`can't give argument to non-function ${nodeText(head)}`)
    }
  }

  function constantCommand(node: Arg): Eval {
    if (node.kind === 'dot') {
      return (state) => {
        state.node = node
        return state.dot
      }
    }
    const value = idealConstant(node)
    if (value instanceof FunctionError) return failing(node, value.message)
    return (state) => {
      state.node = node
      return value
    }
  }

  function variable(node: Arg & { kind: 'variable' }): Eval {
    const name = node.names[0]!
    const slot = slotOf(name)
    return (state) => {
      state.node = node
      const value = slot === undefined ? UNSET : state.vars[slot]
      return value === UNSET ? state.fail(`undefined variable: ${name}`) : value
    }
  }

  function chain(node: Arg & { kind: 'chain' }, args: readonly Arg[]): Eval {
    return fieldChain(node, argValue(node.base), node.names, args, 'chain')
  }

  /** The value of an operand where any type will do. */
  function argValue(node: Arg): Eval {
    return arg(node, ANY)
  }

  function fieldChain(
    node: Arg,
    receiver: Eval,
    names: readonly string[],
    args: readonly Arg[],
    from: 'dot' | 'plain' | 'chain',
  ): Eval {
    const last = names.length - 1
    if (args.length > 0) {
      const stageOf = fieldStage(node, receiver, names, args, from)
      return (state) => stageOf(state, NO_FINAL)
    }
    if (from === 'dot' && last === 0) {
      const name = names[0]!
      return (state) => {
        state.node = node
        return fieldOf(state, state.dot, state.dotBoxed, name, node)
      }
    }
    return (state) => {
      state.node = node
      let value = receiver(state)
      let boxed = from === 'dot' ? state.dotBoxed : false
      for (let at = 0; at <= last; at++) {
        value = fieldOf(state, value, boxed, names[at]!, node)
        boxed = state.boxed
      }
      return value
    }
  }

  function fieldStage(
    node: Arg,
    receiver: Eval,
    names: readonly string[],
    args: readonly Arg[],
    from: 'dot' | 'plain' | 'chain',
  ): Stage {
    const last = names.length - 1
    const compiled = new Map<Method, (state: State, receiver: Value, final: Value) => Value>()
    return (state, final) => {
      state.node = node
      let value = receiver(state)
      let boxed = from === 'dot' ? state.dotBoxed : false
      for (let at = 0; at < last; at++) {
        value = fieldOf(state, value, boxed, names[at]!, node)
        boxed = state.boxed
      }
      const name = names[last]!
      const method = methodOf(value, name)
      if (method === undefined) return fieldOf(state, value, boxed, name, node, true)
      let run = compiled.get(method)
      if (run === undefined) {
        const evaluate = callWith(name, node, method.params, method.rest, args, (values, at) =>
          method.call(values[0], values.slice(1), at),
        )
        run = (inner, bound, last) => evaluate(inner, last, bound)
        if (compiled.size < 16) compiled.set(method, run)
      }
      state.boxed = false
      return run(state, target(value), final)
    }
  }

  function fieldOf(state: State, receiver: Value, boxed: boolean, name: string, node: Arg, hasArgs = false): Value {
    if (receiver instanceof GoMap && receiver.type.methods === undefined && !hasArgs) {
      const { elem } = receiver.type
      state.boxed = elem === ANY
      const value = receiver.entries.get(name)
      if (value !== undefined || receiver.entries.has(name)) return value
      return missing(state, receiver, name)
    }
    if (receiver === undefined) {
      if (boxed) state.fail(`nil pointer evaluating interface {}.${name}`)
      if (env.missingKey === 'error') state.fail(`nil data; no entry for key ${JSON.stringify(name)}`)
      state.boxed = false
      return undefined
    }
    const method = methodOf(receiver, name)
    if (method !== undefined) {
      if (method.refusal !== undefined) state.fail(method.refusal)
      if (method.params.length > 0) {
        state.fail(
          `wrong number of args for ${name}: want ${method.rest ? 'at least ' : ''}${method.params.length} got 0`,
        )
      }
      state.boxed = false
      return invoke(state, name, node, () => method.call(target(receiver), [], state))
    }
    const item = target(receiver)
    if (item instanceof GoStruct) {
      const at = item.type.fieldAt!.get(name)
      if (at !== undefined) {
        if (hasArgs) state.fail(`${name} has arguments but cannot be invoked as function`)
        state.boxed = item.type.fields![at]!.type === ANY
        return item.values[at]
      }
    } else if (item instanceof GoMap) {
      if (hasArgs) state.fail(`${name} is not a method but has arguments`)
      state.boxed = item.type.elem === ANY
      return item.entries.has(name) ? item.entries.get(name) : missing(state, item, name)
    }
    if (item instanceof GoTime && (name === 'wall' || name === 'ext' || name === 'loc')) {
      state.fail(`${name} is an unexported field of struct type ${typeName(receiver)}`)
    }
    return state.fail(
      `can't evaluate field ${name} in type ${boxed ? 'interface {}' : typeName(receiver)}`,
      undefined,
      undefined,
      fieldHint(name, item),
    )
  }

  function missing(state: State, map: GoMap, name: string): Value {
    if (env.missingKey === 'error') state.fail(`map has no entry for key ${JSON.stringify(name)}`)
    return env.missingKey === 'zero' ? zeroOf(map.type.elem!) : undefined
  }

  // Functions ---------------------------------------------------------------------------------------------------------

  function call(name: string, head: Arg, node: Arg | CommandNode, args: readonly Arg[]): Eval {
    if (env.functions[name] === undefined && (name === 'and' || name === 'or')) return logic(name, head, args)
    const fn = functionOf(name, args)
    // The most used form by far: one argument of any type.
    if (args.length === 1 && fn.params.length === 1 && fn.rest === undefined && fn.params[0] === ANY) {
      const value = arg(args[0]!, ANY)
      return (state) => {
        state.node = head
        const values = [value(state)]
        return invoke(state, name, node, () => fn.call(values, state))
      }
    }
    const evaluate = callWith(name, node, fn.params, fn.rest, args, (values, state) => fn.call(values, state))
    return (state) => {
      state.node = head
      return evaluate(state, NO_FINAL)
    }
  }

  function callStage(name: string, head: Arg, node: CommandNode, args: readonly Arg[]): Stage {
    if (env.functions[name] === undefined && (name === 'and' || name === 'or')) return logicStage(name, head, args)
    const fn = functionOf(name, args)
    const evaluate = callWith(name, node, fn.params, fn.rest, args, (values, state) => fn.call(values, state))
    return (state, final) => {
      state.node = head
      return evaluate(state, final)
    }
  }

  function functionOf(name: string, args: readonly Arg[]): TemplateFunction {
    if (name === 'call' && env.functions.call === undefined) return callFunction(args[0])
    return env.functions[name]!
  }

  /** `call` names what it was given, so it needs the node. */
  function callFunction(node: Arg | undefined): TemplateFunction {
    return {
      params: [VALUE],
      rest: VALUE,
      call: ([fn, ...args], context) => {
        if (fn === undefined) throw new FunctionError('call of nil')
        if (!(fn instanceof GoFunc)) {
          throw new FunctionError(
            `non-function ${node === undefined ? valueName(fn) : nodeText(node)} of type ${typeName(fn)}`,
          )
        }
        const { params, rest } = fn.method
        if (rest === undefined ? args.length !== params.length : args.length < params.length) {
          throw new FunctionError(
            `wrong number of args: got ${args.length} want ${rest === undefined ? '' : 'at least '}${params.length}`,
          )
        }
        return fn.method.call(undefined, args, context)
      },
    }
  }

  function logic(name: 'and' | 'or', head: Arg, args: readonly Arg[]): Eval {
    const run = logicStage(name, head, args)
    return (state) => run(state, NO_FINAL)
  }

  /** Stops at the first argument that decides. */
  function logicStage(name: 'and' | 'or', head: Arg, args: readonly Arg[]): Stage {
    const stopsAt = name === 'or'
    const values = args.map((one) => arg(one, VALUE))
    return (state, final) => {
      state.node = head
      if (values.length === 0 && final === NO_FINAL) {
        state.fail(`wrong number of args for ${name}: want at least 1 got 0`)
      }
      let value: Value
      for (const next of values) {
        value = next(state)
        if (isTrue(value) === stopsAt) return value
      }
      return final === NO_FINAL ? value : final
    }
  }

  /**
   * A call with arguments checked against the types of the parameters. Wrong counts are complained about when the call is
   * executed, as in Go.
   */
  function callWith(
    name: string,
    node: Arg | CommandNode,
    params: readonly GoType[],
    rest: GoType | undefined,
    args: readonly Arg[],
    run: (values: Value[], state: State) => Value,
  ): (state: State, final: Value, receiver?: Value) => Value {
    const values = args.map((one, at) => {
      const type = params[at] ?? rest
      return type === undefined ? undefined : arg(one, type)
    })
    const finalType = params[args.length] ?? rest
    return (state, final, receiver) => {
      const count = args.length + (final === NO_FINAL ? 0 : 1)
      if (rest === undefined ? count !== params.length : count < params.length) {
        const want =
          rest === undefined
            ? `want ${params.length} got ${count}`
            : `want at least ${params.length} got ${args.length}`
        state.fail(`wrong number of args for ${name}: ${want}`)
      }
      const given: Value[] = receiver === undefined ? [] : [receiver]
      for (const value of values) given.push(value!(state))
      if (final !== NO_FINAL) given.push(validated(state, final, finalType!))
      // Long texts cost in proportion.
      for (const value of given) if (typeof value === 'string' && value.length > 256) state.steps += value.length >> 6
      return invoke(state, name, node, () => run(given, state))
    }
  }

  function invoke(state: State, name: string, node: Arg | CommandNode, run: () => Value): Value {
    if (++state.steps > state.limits.maxSteps) state.spend(0)
    try {
      const result = run()
      if (typeof result === 'string' && result.length > 256) state.steps += result.length >> 6
      return result
    } catch (error) {
      if (error instanceof Suspension || error instanceof TemplateError) throw error
      state.node = node
      if (error instanceof LimitReached) throw error
      if (error instanceof FunctionError) {
        return state.fail(`error calling ${name}: ${error.message}`, undefined, error, error.hint)
      }
      throw error
    }
  }

  /** An argument for a parameter of a type. */
  function arg(node: Arg, type: GoType): Eval {
    switch (node.kind) {
      case 'dot':
        return checked(type, (state) => {
          state.node = node
          return state.dot
        })
      case 'field':
        return checked(
          type,
          fieldChain(node, (state) => state.dot, node.names, [], 'dot'),
        )
      case 'variable':
        return checked(
          type,
          node.names.length === 1 ? variable(node) : fieldChain(node, variable(node), node.names.slice(1), [], 'plain'),
        )
      case 'pipe':
        return checked(type, pipeline(node))
      case 'identifier':
        return checked(type, call(node.name, node, node, []))
      case 'chain':
        return checked(type, chain(node, []))
      default: {
        const value = constantFor(node, type)
        if (value instanceof FunctionError) return failing(node, value.message)
        return (state) => {
          state.node = node
          return value
        }
      }
    }
  }

  function checked(type: GoType, value: Eval): Eval {
    if (type.kind === 'interface') return value
    if (type.name === 'string') {
      return (state) => {
        const result = value(state)
        return typeof result === 'string' ? result : validated(state, result, type)
      }
    }
    return (state) => validated(state, value(state), type)
  }

  const { run, slices } = list(tree.nodes)
  return { tree, frameSize, run, slices }
}

function* inSlices({ run, slices }: Part, state: State): Slices {
  return slices === undefined ? run(state) : yield* slices(state)
}

/** Stands for "no value from a command before". Never seen by functions. */
const NO_FINAL: Value = new GoPointer({ name: 'no value', kind: 'ptr' }, undefined)

function target(value: Value): Value {
  return value instanceof GoPointer ? target(value.target) : value
}

function methodOf(receiver: Value, name: string): Method | undefined {
  const type = typeOf(receiver)
  const methods = type?.kind === 'ptr' ? type.elem?.methods : type?.methods
  return methods !== undefined && Object.hasOwn(methods, name) ? methods[name] : undefined
}

/** Fields and methods of nearly that name. */
function fieldHint(name: string, value: Value): string | undefined {
  const type = typeOf(value)
  const known = [...(type?.fields ?? []).map((field) => field.name), ...Object.keys(type?.methods ?? {})]
  return meant(name, known, (word) => `.${word}`)
}

/** How Go's reflection prints a value: a text as it is, all else by type. */
function valueName(value: Value): string {
  return typeof value === 'string' ? value : `<${typeName(value)} Value>`
}

/** A value where a type is expected: Go takes it, or what it points to, or complains. */
function validated(state: State, value: Value, type: GoType): Value {
  if (type.kind === 'interface') return value
  if (value === undefined) {
    if (type.kind === 'slice' || type.kind === 'map') return zeroOf(type)
    return type.kind === 'ptr' ? undefined : state.fail(`invalid value; expected ${type.name}`)
  }
  const given = typeOf(value)!
  if (assignable(given, type)) return value
  if (value instanceof GoPointer && given.elem !== undefined && assignable(given.elem, type)) return value.target
  return state.fail(`wrong type for value; expected ${type.name}; got ${given.name}`)
}

type Constant = Arg & { kind: 'nil' | 'bool' | 'string' | 'number' }

/** A constant for a parameter, or why Go refuses it. */
function constantFor(node: Constant, type: GoType): Value | FunctionError {
  if (node.kind === 'nil') {
    return ['interface', 'map', 'slice', 'ptr'].includes(type.kind)
      ? zeroOf(type)
      : new FunctionError(`cannot assign nil to ${type.name}`)
  }
  const text = nodeText(node)
  switch (type.kind) {
    case 'interface':
      return idealConstant(node)
    case 'bool':
      return node.kind === 'bool' ? node.value : new FunctionError(`expected bool; found ${text}`)
    case 'string':
      return node.kind === 'string' ? node.text : new FunctionError(`expected string; found ${text}`)
    case 'int':
      if (node.kind !== 'number' || node.int === undefined) return new FunctionError(`expected integer; found ${text}`)
      return type === INT ? node.int : new GoInt(type, node.int)
    case 'float':
      return node.kind === 'number' && node.float !== undefined
        ? node.float
        : new FunctionError(`expected float; found ${text}`)
    default:
      return new FunctionError(`can't handle ${text} for arg of type ${type.name}`)
  }
}

/** A constant where nothing is expected: its spelling tells the type. */
function idealConstant(node: Arg): Value | FunctionError {
  switch (node.kind) {
    case 'bool':
      return node.value
    case 'string':
      return node.text
    case 'number':
      return idealNumber(node)
    default:
      return undefined
  }
}

function idealNumber({ text, int, uint, float, complex }: NumberNode): Value | FunctionError {
  if (complex !== undefined) return new GoComplex(complex.re, complex.im)
  const isHex = /^0[xX]/.test(text) && !/[pP]/.test(text)
  if (float !== undefined && !isHex && text[0] !== "'" && /[.eEpP]/.test(text)) return float
  if (int !== undefined) return int
  return uint === undefined ? undefined : new FunctionError(`${text} overflows int`)
}
