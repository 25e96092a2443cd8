// What becomes of a metric's name where values are no longer those of the metric, and of series that meet by that.

import type { Labels } from '../../labels.ts'
import type { Span } from '../../parse/index.ts'
import { type Column, histogramCells } from '../column/column.ts'
import { dropLabels, labelsKey, withoutName } from '../column/label-sets.ts'
import type { Run } from './run.ts'

const IDENTITY = new Set(['__name__', '__type__', '__unit__'])

/** Without what tells which metric it is: the name, and where that is switched on, type and unit. */
export function withoutIdentity(run: Run, labels: Labels): Labels {
  return run.typeAndUnitLabels ? dropLabels(labels, IDENTITY) : withoutName(labels)
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
