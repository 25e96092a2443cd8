// Aggregations that have to see all series of a group at once: quantile, count_values, topk and their kin.

import { formatHistogram } from '../../native-histogram/index.ts'
import { formatFloat } from '../../number-text.ts'
import type { AggregateExpr } from '../../parse/index.ts'
import { type Column, copyColumn, newColumn } from '../column/column.ts'
import { dropHistograms } from '../column/histogram-cells.ts'
import { placeOfLabels } from '../column/label-hash.ts'
import { compareLabels, labelsKey, withLabel } from '../column/label-sets.ts'
import { lookUp } from '../column/look-up.ts'
import { quantileOfSorted, sortNanFirst } from '../numbers/quantile.ts'
import { mergeSameLabels } from '../run/metric-name.ts'
import { remarks } from '../run/remarks.ts'
import type { Run } from '../run/run.ts'
import { groupLabels } from './aggregate.ts'
import { TopHeap } from './top-heap.ts'

function groupsOf(expr: AggregateExpr, columns: readonly Column[]): Column[][] {
  const groupOf = groupLabels(expr)
  const groups = new Map<string, Column[]>()
  for (const column of columns) {
    const key = labelsKey(groupOf(column.labels))
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [column])
    else group.push(column)
  }
  return [...groups.values()]
}

export async function aggregateQuantile(
  run: Run,
  expr: AggregateExpr,
  columns: Column[],
  qs: Float64Array,
): Promise<Column[]> {
  const groupOf = groupLabels(expr)
  const steps = qs.length
  for (const column of columns) {
    if (dropHistograms(column)) run.inform(remarks.ignoredInAggregation(expr.op), expr.inner)
  }
  const results: Column[] = []
  for (const group of groupsOf(expr, columns)) {
    const out = newColumn(
      groupOf(group[0]!.labels),
      steps,
      group.some((column) => column.dropName),
    )
    const scratch = new Float64Array(group.length)
    for (let i = 0; i < steps; i++) {
      let n = 0
      for (const column of group) if (column.present[i] === 1) scratch[n++] = column.values[i]!
      if (n === 0) continue
      out.values[i] = quantileOfSorted(qs[i]!, sortNanFirst(scratch.subarray(0, n)))
      out.present[i] = 1
      if (run.spend(16 * n)) await run.pause()
    }
    results.push(out)
  }
  return results
}

export function aggregateCountValues(run: Run, expr: AggregateExpr, columns: Column[], label: string): Column[] {
  const groupOf = groupLabels(expr)
  // The value is written before the grouping: a label that `without` names is gone, the value's own too.
  const taken = expr.without && expr.grouping.includes(label)
  const found = new Map<string, Column>()
  for (const group of groupsOf(expr, columns)) {
    const labels = groupOf(group[0]!.labels)
    for (const { values, present, dropName, histograms } of group) {
      for (let i = 0; i < values.length; i++) {
        if (present[i] === 0) continue
        const histogram = histograms?.[i]
        const text = histogram === undefined ? formatFloat(values[i]!) : formatHistogram(histogram)
        const own = taken ? labels : withLabel(labels, label, text)
        const key = labelsKey(own)
        let out = found.get(key)
        if (out === undefined) {
          out = newColumn(own, values.length)
          run.hold(values.length, expr)
          found.set(key, out)
        }
        if (dropName) out.dropName = true
        out.values[i]!++
        out.present[i] = 1
      }
    }
  }
  return mergeSameLabels(run, [...found.values()], expr)
}

/**
 * The `k` largest (or smallest) of each group at each step, whatever the order of the series; NaN comes last. With one
 * step, the best first.
 */
export async function aggregateTop(
  run: Run,
  expr: AggregateExpr,
  columns: Column[],
  ks: Float64Array,
): Promise<Column[]> {
  const top = new TopHeap(expr.op === 'topk')
  const steps = ks.length
  const results: Column[] = []
  for (const column of columns) {
    const ignored = column.histograms?.some((one, i) => one !== undefined && column.present[i] === 1 && ks[i]! >= 1)
    if (ignored === true) run.inform(remarks.ignoredInAggregation(expr.op), expr)
    dropHistograms(column)
  }
  for (const group of groupsOf(expr, columns)) {
    const outs = new Map<Column, Column>()
    const values = new Float64Array(group.length)
    let byLabels: Column[] | undefined
    const choose = (ordered: readonly Column[], i: number, k: number) => {
      for (let g = 0; g < ordered.length; g++) values[g] = ordered[g]!.values[i]!
      top.begin(values, k)
      if (k >= 1) for (let g = 0; g < ordered.length; g++) if (ordered[g]!.present[i] === 1) top.offer(g)
      top.sort()
    }
    for (let i = 0; i < steps; i++) {
      const k = Math.min(Math.trunc(ks[i]!), group.length)
      let ordered = group
      choose(ordered, i, k)
      if (top.tied) {
        // Only equals depend on the order of the series: then it is that of their labels.
        byLabels ??= [...group].sort((a, b) => compareLabels(a.labels, b.labels))
        ordered = byLabels
        choose(ordered, i, k)
      }
      if (run.spend(8 * group.length)) await run.pause()
      for (const g of top.chosen) {
        const column = ordered[g]!
        const out = lookUp(outs, column, () => {
          run.hold(steps, expr)
          return newColumn(column.labels, steps, column.dropName)
        })
        out.values[i] = column.values[i]!
        out.present[i] = 1
      }
    }
    results.push(...outs.values())
  }
  return results
}

/** The first `k` series of each group at each step, by labels. */
export function aggregateLimit(expr: AggregateExpr, columns: Column[], ks: Float64Array): Column[] {
  for (const group of groupsOf(expr, columns)) {
    group.sort((a, b) => compareLabels(a.labels, b.labels))
    for (let i = 0; i < ks.length; i++) {
      let left = Math.trunc(ks[i]!)
      for (const { present } of group) {
        if (present[i] === 0) continue
        if (left >= 1) left--
        else present[i] = 0
      }
    }
  }
  return columns
}

/**
 * A share of the series, chosen by the hash of their labels as Prometheus chooses them: `r` and `-(1 - r)` complement
 * each other.
 */
export function aggregateRatio(columns: readonly Column[], ratios: Float64Array): Column[] {
  const capped = ratios.map((ratio) => Math.max(-1, Math.min(1, ratio)))
  return columns.map((column) => {
    const kept = copyColumn(column)
    const place = placeOfLabels(column.labels)
    for (let i = 0; i < capped.length; i++) {
      const ratio = capped[i]!
      if (!(ratio >= 0 ? place < ratio : place >= 1 + ratio)) kept.present[i] = 0
    }
    return kept
  })
}
