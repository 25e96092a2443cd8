import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
} from 'yaml'
import { BinnacleError, type Place } from './binnacle-error.ts'
import { offsetInSource, type ScalarStyle } from './scalar-source.ts'

/**
 * How scalars become values. `typed`: YAML 1.2 core (numbers, booleans, null). `text`: every scalar is the text that
 * stands in the file, only null stays null; for files of programs written in Go, where `regex: true` means the text
 * "true" and the reader of a field decides what its text is.
 */
export type ScalarMode = 'typed' | 'text'

export type YamlPath = readonly PropertyKey[]

/** A parsed YAML file: a plain value, and where each part of it stands. */
export type YamlDocument = {
  readonly file: string
  /** Plain objects, arrays and scalars; `null` for an empty file. Aliases and merge keys (`<<`) are resolved. */
  readonly value: unknown
  /** Whether something stands at `path`, be it null. */
  has(path: YamlPath): boolean
  /** Place of the value at `path`, or of its nearest parent that exists. */
  placeOf(path: YamlPath): Place
  /** Place of the key that holds `path`, such as the word `regex` in `regex: a`. */
  keyPlaceOf(path: YamlPath): Place
  /**
   * Place of the character at `offset` (UTF-16) in the text of the scalar at `path`, however it is written: plain,
   * quoted, as a block. Where there is no such scalar, the place of `path`.
   */
  placeInText(path: YamlPath, offset: number): Place
  /** How the scalar at `path` is written; undefined where no scalar stands there. */
  styleOf(path: YamlPath): ScalarStyle | undefined
  /** Whether a second document (`---`) follows, which nobody reads. */
  readonly hasMore: boolean
}

// An alias may stand for a big subtree and be used many times: what a file may unfold to is bounded.
const MAX_NODES = 200_000
const MAX_DEPTH = 100

type Shadow = {
  readonly node: Node | null
  readonly key: Node | null
  readonly children: Map<PropertyKey, Shadow>
  /** The scalar itself, behind an alias too. */
  scalar: Scalar | undefined
}

const STYLES: Readonly<Record<string, ScalarStyle>> = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
}

/** What stands at `path` in the document's value; undefined where nothing does. */
export function valueAt({ value }: YamlDocument, path: YamlPath): unknown {
  let at = value
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = (at as Record<PropertyKey, unknown>)[part]
  }
  return at
}

/** The same as `parseYaml` for who gathers findings: what is wrong goes to `errors`, and then there is no document. */
export function parseYamlInto(
  errors: BinnacleError[],
  text: string,
  file: string,
  options: { scalars?: ScalarMode } = {},
): YamlDocument | undefined {
  try {
    return parseYaml(text, file, options)
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error
    errors.push(...error.errors)
    return undefined
  }
}

/**
 * Reads the first document of `text`. Throws `ConfigErrors` with all findings of the syntax (duplicate keys among them).
 * Source: YAML 1.2.2; merge keys as in YAML 1.1 (yaml.org/type/merge.html).
 */
export function parseYaml(text: string, file: string, options: { scalars?: ScalarMode } = {}): YamlDocument {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, merge: false, uniqueKeys: true, prettyErrors: false })
  const document: Document.Parsed | undefined = Array.isArray(documents) ? documents[0] : undefined
  const toPlace = (offset: number, path: YamlPath): Place => {
    const { line, col } = lines.linePos(offset)
    return path.length === 0
      ? { file, line: Math.max(1, line), column: Math.max(1, col) }
      : { file, line: Math.max(1, line), column: Math.max(1, col), path: path.map(String).join('.') }
  }
  if (document && document.errors.length > 0) {
    throw new ConfigErrors(
      document.errors.map(
        (error) =>
          new BinnacleError('config.bad_yaml', yamlMessage(error.message), { place: toPlace(error.pos[0], []) }),
      ),
    )
  }

  let nodes = 0
  const open = new Set<Node>()
  const refuse = (message: string, node: Node): never => {
    throw new ConfigErrors([
      new BinnacleError('config.bad_yaml', message, { place: toPlace(node.range?.[0] ?? 0, []) }),
    ])
  }

  function convert(given: Node | null, key: Node | null): { value: unknown; shadow: Shadow } {
    const shadow: Shadow = { node: given, key, children: new Map(), scalar: undefined }
    if (given === null) return { value: null, shadow }
    if (++nodes > MAX_NODES) refuse(`the file unfolds to more than ${MAX_NODES} values`, given)
    let node: Node = given
    if (isAlias(node)) {
      const target = document ? node.resolve(document) : undefined
      if (!target) return refuse(`unknown anchor "${node.source}"`, node)
      node = target
    }
    if (open.has(node)) refuse('an anchor contains itself', given)
    if (open.size > MAX_DEPTH) refuse(`values are nested deeper than ${MAX_DEPTH}`, given)
    if (isScalar(node)) {
      shadow.scalar = node
      return { value: options.scalars === 'text' ? scalarText(node.value, node.source, node.type) : node.value, shadow }
    }
    open.add(node)
    let value: unknown = null
    if (isSeq(node)) {
      value = node.items.map((item, i) => {
        const child = convert(item as Node | null, null)
        shadow.children.set(i, child.shadow)
        return child.value
      })
    } else if (isMap(node)) {
      const own = Object.create(null) as Record<string, unknown>
      const merged: { value: unknown; shadow: Shadow }[] = []
      for (const pair of node.items) {
        const pairKey = pair.key as Node | null
        const name = isScalar(pairKey) ? (scalarText(pairKey.value, pairKey.source, pairKey.type) ?? '') : undefined
        if (name === undefined) {
          refuse('a key must be a plain word', pairKey ?? node)
          continue
        }
        const child = convert(pair.value as Node | null, pairKey)
        if (name === '<<' && isScalar(pairKey) && pairKey.type === 'PLAIN') {
          // A list of maps is merged as if one after the other: the earlier one wins.
          if (Array.isArray(child.value)) {
            child.value.forEach((value, i) => {
              const part = child.shadow.children.get(i)
              if (part) merged.push({ value, shadow: part })
            })
          } else merged.push(child)
          continue
        }
        own[name] = child.value
        shadow.children.set(name, child.shadow)
      }
      for (const source of merged) {
        if (typeof source.value !== 'object' || source.value === null) refuse('a merge key (<<) needs a map', node)
        for (const [name, value] of Object.entries(source.value as Record<string, unknown>)) {
          if (name in own) continue
          own[name] = value
          const child = source.shadow.children.get(name)
          if (child) shadow.children.set(name, child)
        }
      }
      value = own
    }
    open.delete(node)
    return { value, shadow }
  }

  const root = convert((document?.contents ?? null) as Node | null, null)

  function find(path: YamlPath): { shadow: Shadow; exact: boolean } {
    let shadow = root.shadow
    for (const part of path) {
      const next = shadow.children.get(part) ?? shadow.children.get(typeof part === 'number' ? String(part) : part)
      if (!next) return { shadow, exact: false }
      shadow = next
    }
    return { shadow, exact: true }
  }

  return {
    file,
    value: root.value,
    has: (path) => find(path).exact,
    placeOf: (path) => {
      const { shadow } = find(path)
      return toPlace(shadow.node?.range?.[0] ?? shadow.key?.range?.[0] ?? 0, path)
    },
    keyPlaceOf: (path) => {
      const { shadow, exact } = find(path)
      const node = exact ? (shadow.key ?? shadow.node) : (shadow.node ?? shadow.key)
      return toPlace(node?.range?.[0] ?? 0, path)
    },
    placeInText: (path, offset) => {
      const { shadow, exact } = find(path)
      const { scalar } = shadow
      const style = STYLES[scalar?.type ?? '']
      if (!exact || scalar?.range == null || style === undefined || typeof scalar.value !== 'string') {
        return toPlace(shadow.node?.range?.[0] ?? shadow.key?.range?.[0] ?? 0, path)
      }
      const [start, end] = scalar.range
      const inside = offsetInSource({ source: text.slice(start, end), style, value: scalar.value, offset })
      return toPlace(start + inside, path)
    },
    styleOf: (path) => {
      const { shadow, exact } = find(path)
      return exact ? STYLES[shadow.scalar?.type ?? ''] : undefined
    },
    hasMore: Array.isArray(documents) && documents.length > 1,
  }
}

/** Several findings at once. `message` tells the first and the number of the others. */
export class ConfigErrors extends Error {
  readonly errors: readonly BinnacleError[]

  constructor(errors: readonly BinnacleError[]) {
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
    super(`${errors[0]?.message ?? 'invalid configuration'}${more}`)
    this.name = 'ConfigErrors'
    this.errors = errors
  }
}

function scalarText(value: unknown, source: string | undefined, type: string | undefined): string | null {
  if (value === null) return null
  if (typeof value === 'string') return value
  return type === 'PLAIN' && source !== undefined ? source : String(value)
}

function yamlMessage(message: string): string {
  return message === 'Map keys must be unique' ? 'this key stands twice in the same map' : message
}
