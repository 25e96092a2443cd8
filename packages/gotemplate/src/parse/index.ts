// Template texts to trees. In: a named text and the names of the functions it may call. Out: its definitions, with the
// text around them last. Promise: what Go's parser refuses is refused in the same words; every fault has a place.

export { textOfBytes } from './constants.ts'
export { type Library, withTrees } from './library.ts'
export {
  type ActionNode,
  type Arg,
  type BranchNode,
  type CommandNode,
  goPlace,
  lineAndColumn,
  type Node,
  type NumberNode,
  nodeText,
  type PipeNode,
  type Source,
  type TemplateNode,
  type Tree,
} from './nodes.ts'
export { type ParseOptions, parseText } from './parser.ts'
