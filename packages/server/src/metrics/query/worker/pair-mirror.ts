import type { Labels } from '@binnacle/promql'
import type { LabelIndex } from '../../store/index.ts'
import type { SelectedColumns, SelectedSeries } from '../selected-series.ts'

/*
 * Labels between the watch and a worker. A selection names labels by the numbers of their pairs in the index; the text of
 * a pair is sent once, before the first selection that has it, and the worker keeps it. When series leave the index, pairs
 * may get another text: then, and when a worker knows very many, a new generation begins and all is told anew.
 */

/** Pairs that the worker does not know yet: `texts` has name and value of each in turn. */
export type PairNews = { readonly generation: number; readonly pairs: Uint32Array; readonly texts: readonly string[] }

/** What the watch knows of one worker's pairs. */
export type PairBook = {
  /**
   * News for a selection, in pieces; the last one, perhaps empty, names the generation that the selection is of. Undefined
   * when series have left the index since its pairs were read.
   */
  newsFor(columns: SelectedColumns): PairNews[] | undefined
}

/** Pairs in one message; cloning its strings takes about 2 ms. */
const NEWS = 4_096
/** A worker's mirror is begun again when it has so many pairs: some 20 MB. */
const MOST_PAIRS = 250_000

export function createPairBook(index: LabelIndex): PairBook {
  let known = new Uint8Array(1024)
  let count = 0
  let generation = 0
  let removals = index.removals
  return {
    newsFor({ pairs, removals: readAt }) {
      if (readAt !== index.removals) return undefined
      if (index.removals !== removals || count > MOST_PAIRS) {
        removals = index.removals
        known.fill(0)
        count = 0
        generation++
      }
      if (known.length < index.pairCapacity) {
        const wider = new Uint8Array(index.pairCapacity * 2)
        wider.set(known)
        known = wider
      }
      const fresh: number[] = []
      for (let i = 0; i < pairs.length; i++) {
        const pair = pairs[i]!
        if (known[pair] !== 0) continue
        known[pair] = 1
        fresh.push(pair)
      }
      count += fresh.length
      const news: PairNews[] = []
      for (let at = 0; at < fresh.length || at === 0; at += NEWS) {
        const part = fresh.slice(at, at + NEWS)
        const texts: string[] = []
        for (const pair of part) texts.push(index.pairName(pair), index.pairValue(pair))
        news.push({ generation, pairs: Uint32Array.from(part), texts })
      }
      return news
    },
  }
}

/** The worker's side. */
export type PairMirror = {
  learn(news: PairNews): void
  /** The selection with the labels of the generation that was learnt last. */
  read(columns: SelectedColumns): SelectedSeries
}

export function createPairMirror(): PairMirror {
  let generation = -1
  // By pair; a selection keeps those of its generation.
  let names: string[] = []
  let values: string[] = []
  return {
    learn(news) {
      if (news.generation !== generation) {
        generation = news.generation
        names = []
        values = []
      }
      news.pairs.forEach((pair, i) => {
        names[pair] = news.texts[2 * i]!
        values[pair] = news.texts[2 * i + 1]!
      })
    },
    read(columns) {
      const { count, ends, pairs, old } = columns
      const textOfName = names
      const textOfValue = values
      const firstOld = count - old.length
      const labelsOf = (row: number): Labels => {
        if (row >= firstOld) return old[row - firstOld]!
        const labels: string[] = []
        for (let at = row === 0 ? 0 : ends[row - 1]!; at < ends[row]!; at++) {
          const pair = pairs[at]!
          labels.push(textOfName[pair]!, textOfValue[pair]!)
        }
        return labels
      }
      return { ...columns, labelsOf }
    },
  }
}
