import { type Labels, labelValue } from '../labels.ts'
import { type FloatHistogram, sizeInSamples } from '../native-histogram/index.ts'
import type { Span } from '../parse/index.ts'
import type { Run } from './run.ts'

/** Native histograms by step: where there is one, it is the sample, and the value beside it counts for nothing. */
export type HistogramCells = (FloatHistogram | undefined)[]

/**
 * One series of an intermediate result: a value per step of the grid, which counts only where `present` is 1
 * (elsewhere the value is undefined). `dropName`: the metric name is to be dropped at the end (delayed name removal).
 * `histograms` is undefined for a series of plain numbers, so that every operator decides once per series.
 * `held`: for how many samples a column that is kept counts in the run's memory.
 */
export type Column = {
  labels: Labels
  dropName: boolean
  readonly values: Float64Array
  readonly present: Uint8Array
  histograms: HistogramCells | undefined
  held: number
}

/** Takes a column; its arrays may be overwritten by the taker, but not kept: they are reused after it returns. */
export type ColumnSink = (column: Column) => void

/** A lone surrogate: it occurs in no label, as they are valid Unicode. */
const SEPARATOR = '\ud800'

export function newColumn(labels: Labels, steps: number, dropName = false): Column {
  return {
    labels,
    dropName,
    values: new Float64Array(steps),
    present: new Uint8Array(steps),
    histograms: undefined,
    held: steps,
  }
}

export function copyColumn(column: Column): Column {
  return {
    labels: column.labels,
    dropName: column.dropName,
    values: column.values.slice(),
    present: column.present.slice(),
    histograms: column.histograms?.slice(),
    held: column.values.length + (column.histograms === undefined ? 0 : extraWeight(column.histograms)),
  }
}

/** Whether the column has a value at any step; nearly always it has one at an end. */
export function hasAny({ present }: Column): boolean {
  return present[0] === 1 || present[present.length - 1] === 1 || present.includes(1)
}

/** For how many samples histograms count beyond the one that each cell counts for. */
export function extraWeight(cells: readonly (FloatHistogram | undefined)[]): number {
  let weight = 0
  for (const one of cells) if (one !== undefined) weight += sizeInSamples(one) - 1
  return weight
}

/** Equal exactly for equal label sets. */
export function labelsKey(labels: Labels): string {
  return labels.join(SEPARATOR)
}

export function withoutName(labels: Labels): Labels {
  const at = nameIndex(labels)
  if (at < 0) return labels
  const rest: string[] = []
  for (let i = 0; i < labels.length; i++) if (i !== at && i !== at + 1) rest.push(labels[i]!)
  return rest
}

const IDENTITY = new Set(['__name__', '__type__', '__unit__'])

/** Without what tells which metric it is: the name, and where that is switched on, type and unit. */
export function withoutIdentity(run: Run, labels: Labels): Labels {
  return run.typeAndUnitLabels ? dropLabels(labels, IDENTITY) : withoutName(labels)
}

function nameIndex(labels: Labels): number {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === '__name__') return i
  return -1
}

/** Only the given labels; `names` sorted. */
export function keepLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  const kept: string[] = []
  for (let i = 0; i < labels.length; i += 2) if (names.has(labels[i]!)) kept.push(labels[i]!, labels[i + 1]!)
  return kept
}

export function dropLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  const kept: string[] = []
  for (let i = 0; i < labels.length; i += 2) if (!names.has(labels[i]!)) kept.push(labels[i]!, labels[i + 1]!)
  return kept
}

/** With one label set, changed or (empty value) removed. */
export function withLabel(labels: Labels, name: string, value: string): Labels {
  if (labelValue(labels, name) === value) return labels
  const out: string[] = []
  let placed = value === ''
  for (let i = 0; i < labels.length; i += 2) {
    const key = labels[i]!
    if (!placed && name <= key) {
      out.push(name, value)
      placed = true
    }
    if (key !== name) out.push(key, labels[i + 1]!)
  }
  if (!placed) out.push(name, value)
  return out
}

/** What the map has under the key; where it has nothing, what `create` makes, which it has from then on. */
export function lookUp<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = create()
  map.set(key, made)
  return made
}

/** Marks a column as one whose metric name goes: at once, or at the end where that feature is on. */
export function dropName(run: Run, column: Column): void {
  if (run.delayedNameRemoval) column.dropName = true
  else column.labels = withoutIdentity(run, column.labels)
}

/**
 * Columns of the same labels become one where they never meet at a step; where they do, the query is in error.
 * Returns the same array when nothing is to be done.
 */
export function mergeSameLabels(run: Run, columns: Column[], at: Span): Column[] {
  if (columns.length < 2) return columns
  const byKey = new Map<string, Column>()
  for (const column of columns) {
    const key = labelsKey(column.labels)
    const first = byKey.get(key)
    if (first === undefined) {
      byKey.set(key, column)
      continue
    }
    for (let i = 0; i < column.present.length; i++) {
      if (column.present[i] === 0) continue
      if (first.present[i] === 1) run.fail('vector cannot contain metrics with the same labelset', at)
      first.present[i] = 1
      first.values[i] = column.values[i]!
    }
    if (column.histograms !== undefined || first.histograms !== undefined) mergeHistograms(first, column)
  }
  return byKey.size === columns.length ? columns : [...byKey.values()]
}

function mergeHistograms(into: Column, from: Column): void {
  const cells = histogramCells(into)
  for (let i = 0; i < cells.length; i++) if (from.present[i] === 1) cells[i] = from.histograms?.[i]
}

/** The column's cells for histograms, which it has from now on. */
export function histogramCells(column: Column): HistogramCells {
  column.histograms ??= new Array<FloatHistogram | undefined>(column.values.length).fill(undefined)
  return column.histograms
}

/** Prometheus's order of label sets: label by label, name before value, the shorter set first. */
export function compareLabels(a: Labels, b: Labels): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const x = a[i]!
    const y = b[i]!
    if (x !== y) return x < y ? -1 : 1
  }
  return a.length - b.length
}
