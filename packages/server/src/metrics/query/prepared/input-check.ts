import { isStaleAt, type Labels, type Matcher, type Selection, type SeriesBatch } from '@binnacle/promql'
import { createLabelSets, type LabelSets } from './label-sets.ts'
import type { Leaf, Needs } from './leaves.ts'

/** What the series that an expression reads say at one moment. */
export type InputCheck = {
  /**
   * Whether the series that an element of its result came from still have samples. `labels` are the element's. False: what
   * it stood on is gone. Series are told by the labels that they share with the element; where none ever shared them (the
   * labels were made by a function), any series counts. Selectors of more than 50,000 series count as there.
   */
  has(labels: Labels): boolean
  /** The same, with a sample since `freshFromMs`. What is read as it was some time ago is always fresh. */
  isFresh(labels: Labels): boolean
  /** The same as `has` for the expression as a whole: false when it can have no value at all for want of samples. */
  readonly any: boolean
}

export type InputSource = {
  samples(selection: Selection): AsyncIterable<SeriesBatch>
  /** How many series the matchers select in memory, with or without samples now. */
  count(matchers: readonly Matcher[]): number
  /** Label sets of all these. */
  known(matchers: readonly Matcher[]): Iterable<Labels>
}

const MAX_SERIES = 50_000

type Which = 'live' | 'fresh'

type Found = {
  readonly live: LabelSets
  /** Those of `live` with a sample since the time that was given. */
  readonly fresh: LabelSets
  known: LabelSets | undefined
  readonly tooMany: boolean
}

/** Reads the windows of all selectors. Times are Unix ms. */
export async function checkInputs(
  needs: Needs,
  { timeMs, freshFromMs }: { readonly timeMs: number; readonly freshFromMs: number },
  source: InputSource,
): Promise<InputCheck> {
  const found = new Map<Leaf, Found>()
  await collect(needs)

  async function collect(node: Needs): Promise<void> {
    if (node.kind === 'leaf') found.set(node.leaf, await read(node.leaf))
    else for (const one of node.of) await collect(one)
  }

  async function read(leaf: Leaf): Promise<Found> {
    const { matchers } = leaf.selector
    const live = createLabelSets()
    const fresh = createLabelSets()
    if (source.count(matchers) > MAX_SERIES) return { live, fresh, known: undefined, tooMany: true }
    const isOfThePast = leaf.endMs !== 0 || leaf.fixedMs !== undefined
    const toMs = (leaf.fixedMs ?? timeMs) - leaf.endMs
    for await (const batch of source.samples({ matchers, fromMs: toMs - leaf.widthMs + 1, toMs })) {
      for (let i = 0; i < batch.count; i++) {
        if (!isLive(batch, i, leaf.minSamples)) continue
        live.add(batch.labels[i]!)
        if (isOfThePast || batch.ts[batch.starts[i + 1]! - 1]! >= freshFromMs) fresh.add(batch.labels[i]!)
      }
    }
    return { live, fresh, known: undefined, tooMany: false }
  }

  /** The newest sample ends no series, and there are enough of them. */
  function isLive({ starts, values, histograms }: SeriesBatch, i: number, least: number): boolean {
    const last = starts[i + 1]! - 1
    return last + 1 - starts[i]! >= least && (histograms?.[last] !== undefined || !isStaleAt(values, last))
  }

  function leafHas(leaf: Leaf, which: Which, labels: Labels | undefined): boolean {
    const one = found.get(leaf)!
    if (one.tooMany) return true
    if (one[which].size === 0) return false
    if (labels === undefined || one[which].hasLike(labels)) return true
    if (one.known === undefined) {
      one.known = createLabelSets()
      for (const set of source.known(leaf.selector.matchers)) one.known.add(set)
    }
    return !one.known.hasLike(labels)
  }

  function holds(node: Needs, which: Which, labels: Labels | undefined): boolean {
    if (node.kind === 'leaf') return leafHas(node.leaf, which, labels)
    if (node.kind === 'any') return node.of.some((one) => holds(one, which, labels))
    return node.of.every((one) => holds(one, which, labels))
  }

  return {
    has: (labels) => holds(needs, 'live', labels),
    isFresh: (labels) => holds(needs, 'fresh', labels),
    any: holds(needs, 'live', undefined),
  }
}
