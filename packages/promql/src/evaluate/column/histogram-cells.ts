// Columns with native histograms among plain numbers, for operators that know only one of the two.

import type { FloatHistogram } from '../../native-histogram/index.ts'
import type { Column } from './column.ts'
import { labelsKey } from './label-sets.ts'

/** Takes the histograms out of a column; true when there were some. What is left may be nothing. */
export function dropHistograms(column: Column): boolean {
  const { histograms, present } = column
  if (histograms === undefined) return false
  column.histograms = undefined
  let any = false
  for (let i = 0; i < present.length; i++) {
    if (present[i] === 0 || histograms[i] === undefined) continue
    present[i] = 0
    any = true
  }
  return any
}

/** Puts a number in the place of every histogram; plain numbers go. What is left may be nothing. */
export function mapHistograms(column: Column, map: (h: FloatHistogram) => number): void {
  const { histograms, present, values } = column
  column.histograms = undefined
  for (let i = 0; i < present.length; i++) {
    const one = histograms?.[i]
    if (one === undefined) present[i] = 0
    else if (present[i] === 1) values[i] = map(one)
  }
}

/** The histograms of a column and its plain numbers apart; both share the values. */
export function splitHistograms(column: Column): { readonly native: Column; readonly floats: Column } {
  const native = { ...column, present: column.present.slice() }
  const floats = { ...column, present: column.present.slice(), histograms: undefined }
  for (let i = 0; i < column.present.length; i++) {
    if (column.histograms?.[i] === undefined) native.present[i] = 0
    else floats.present[i] = 0
  }
  return { native, floats }
}

/** Key and presence of native histograms, to find classic ones of the same labels. */
export function presenceByLabels(columns: readonly Column[]): Map<string, Uint8Array> {
  return new Map(columns.map(({ labels, present }) => [labelsKey(labels), present]))
}
