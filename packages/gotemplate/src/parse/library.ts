import { isEmptyTree, type Tree } from './nodes.ts'

/** Definitions by name. */
export type Library = ReadonlyMap<string, Tree>

/** A library with further definitions, which replace those of their name unless they are empty. */
export function withTrees(library: Library, trees: readonly Tree[]): Library {
  const result = new Map(library)
  for (const tree of trees) {
    if (result.has(tree.name) && isEmptyTree(tree.nodes)) continue
    result.set(tree.name, tree)
  }
  return result
}
