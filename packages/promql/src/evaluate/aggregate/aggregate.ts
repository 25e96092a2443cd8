// Aggregations that need only a running state per group and step: series stream in and are forgotten.

import { type Labels, labelValue } from '../../labels.ts'
import {
  HintsSeen,
  HistogramMean,
  HistogramSum,
  INCOMPATIBLE,
  RECONCILED,
  sizeInSamples,
} from '../../native-histogram/index.ts'
import type { AggregateExpr } from '../../parse/index.ts'
import { type Column, histogramCells, newColumn } from '../column/column.ts'
import { dropHistograms } from '../column/histogram-cells.ts'
import { dropLabels, keepLabels, labelsKey } from '../column/label-sets.ts'
import { remarks } from '../run/remarks.ts'
import type { Run } from '../run/run.ts'

/** Labels of the group that a series falls into. */
export function groupLabels(expr: AggregateExpr): (labels: Labels) => Labels {
  const names = new Set(expr.grouping)
  if (!expr.without) return names.size === 0 ? () => [] : (labels) => keepLabels(labels, names)
  names.add('__name__')
  return (labels) => dropLabels(labels, names)
}

/** What a group has so far, beside the values and presence of its column: as many numbers a step as the operator needs. */
export type GroupState = {
  readonly values: Float64Array
  readonly present: Uint8Array
  readonly more: readonly Float64Array[]
}

type Accumulator = {
  add(column: Column): void
  /** Arrays of one number a step, or of none where they were not needed; `merge` of another one understands them. */
  more(): readonly Float64Array[]
  merge(state: GroupState): void
  finish(): void
}

type Group = { readonly out: Column; readonly state: Accumulator; readonly row: number }

/**
 * Takes series one by one, and what others made of theirs; `finish` gives a column per group, in order of first sight.
 * Instead of `finish`, `take` gives the groups as they are, for a `merge` elsewhere.
 */
export type GroupedAggregation = {
  add(column: Column): void
  merge(labels: Labels, state: GroupState): void
  /** `row` is that of the group's first series. */
  take(): { readonly row: number; readonly state: GroupState }[]
  finish(): Column[]
}

/** Whether the operator needs only a running state, which can be merged with another one. */
export function hasRunningState({ op }: AggregateExpr): boolean {
  return ACCUMULATORS[op] !== undefined
}

/** Undefined for an operator that has to see all series of a group at once. */
export function createAggregation(run: Run, expr: AggregateExpr, steps: number): GroupedAggregation | undefined {
  const create = ACCUMULATORS[expr.op]
  if (create === undefined) return undefined
  const groupOf = groupLabels(expr)
  const groups = new Map<string, Group>()
  /** Series of one group often come in a row: the last one is guessed, and verified by the labels that make the group. */
  let last: Group | undefined
  const lastValues: string[] = []
  const isLast = (labels: Labels): boolean => {
    if (expr.without) return false
    for (let i = 0; i < expr.grouping.length; i++) {
      if (labelValue(labels, expr.grouping[i]!) !== lastValues[i]) return false
    }
    return true
  }
  const groupOfSeries = (labels: Labels): Group => {
    if (last !== undefined && isLast(labels)) return last
    last = groupWith(groupOf(labels))
    for (let i = 0; i < expr.grouping.length; i++) lastValues[i] = labelValue(labels, expr.grouping[i]!)
    return last
  }
  const groupWith = (labels: Labels): Group => {
    const key = labelsKey(labels)
    const known = groups.get(key)
    if (known !== undefined) return known
    const out = newColumn(labels, steps)
    run.hold(2 * steps, expr)
    const group = { out, state: create(out, run, expr), row: run.row }
    groups.set(key, group)
    return group
  }
  return {
    add(column) {
      const group = groupOfSeries(column.labels)
      if (column.dropName) group.out.dropName = true
      group.state.add(column)
    },
    merge: (labels, state) => groupOfSeries(labels).state.merge(state),
    take: () =>
      Array.from(groups.values(), ({ row, out, state }) => ({
        row,
        state: { values: out.values, present: out.present, more: state.more() },
      })),
    finish() {
      run.release(2 * steps * groups.size)
      return [...groups.values()].map(({ out, state }) => {
        state.finish()
        return out
      })
    },
  }
}

type CreateAccumulator = (out: Column, run: Run, expr: AggregateExpr) => Accumulator

const NOTHING_MORE: readonly Float64Array[] = []

const ACCUMULATORS: Partial<Record<AggregateExpr['op'], CreateAccumulator>> = {
  sum: withHistograms(createSum, false),
  avg: withHistograms(createAverage, true),
  count: ({ values, present }) => ({
    add(column) {
      for (let i = 0; i < values.length; i++) {
        if (column.present[i] === 0) continue
        values[i]!++
        present[i] = 1
      }
    },
    more: () => NOTHING_MORE,
    merge(state) {
      for (let i = 0; i < values.length; i++) {
        if (state.present[i] === 0) continue
        values[i]! += state.values[i]!
        present[i] = 1
      }
    },
    finish() {},
  }),
  group: ({ values, present }) => ({
    add: (column) => markPresent(present, column.present),
    more: () => NOTHING_MORE,
    merge: (state) => markPresent(present, state.present),
    finish: () => void values.fill(1),
  }),
  min: floatsOnly((out) => createExtreme(out, 1)),
  max: floatsOnly((out) => createExtreme(out, -1)),
  stdvar: floatsOnly((out) => createVariance(out, false)),
  stddev: floatsOnly((out) => createVariance(out, true)),
}

/** An accumulator of plain numbers that leaves histograms out, and says so. */
function floatsOnly(create: (out: Column) => Accumulator): CreateAccumulator {
  return (out, run, expr) => {
    const floats = create(out)
    return {
      ...floats,
      add(column) {
        if (dropHistograms(column)) run.inform(remarks.ignoredInAggregation(expr.op), expr.inner)
        floats.add(column)
      },
    }
  }
}

/**
 * Sums or means of histograms beside those of plain numbers. A group that has both at a step has no result there, nor
 * has one whose histograms cannot be added.
 */
function withHistograms(create: (out: Column) => Accumulator, mean: boolean): CreateAccumulator {
  return (out, run, expr) => {
    const { add, more, merge, finish } = create(out)
    const { present } = out
    const steps = present.length
    const at = expr.inner
    let sums: (HistogramSum | HistogramMean | undefined)[] | undefined
    const hints: HintsSeen[] = []
    const spoiled = new Map<number, 'mixed' | 'incompatible'>()
    let held = 0
    return {
      more,
      merge,
      add(column) {
        const { histograms } = column
        if (histograms === undefined) return add(column)
        sums ??= new Array<HistogramSum | HistogramMean | undefined>(steps).fill(undefined)
        for (let i = 0; i < steps; i++) {
          const one = histograms[i]
          if (one === undefined || column.present[i] === 0) continue
          column.present[i] = 0
          if (spoiled.has(i)) continue
          if (present[i] === 1) {
            spoiled.set(i, 'mixed')
            continue
          }
          const sum = sums[i]
          if (sum === undefined) {
            const weight = 2 * sizeInSamples(one)
            run.hold(weight, expr)
            held += weight
            sums[i] = mean ? new HistogramMean(one) : new HistogramSum(one)
            hints[i] = new HintsSeen()
            hints[i]!.note(one)
            continue
          }
          hints[i]!.note(one)
          const outcome = sum.add(one)
          if ((outcome & INCOMPATIBLE) !== 0) {
            spoiled.set(i, 'incompatible')
            run.warn(remarks.mixedBuckets(labelValue(column.labels, '__name__')), at)
          } else if ((outcome & RECONCILED) !== 0) run.inform(remarks.reconciled('aggregation'), at)
        }
        add(column)
      },
      finish() {
        finish()
        run.release(held)
        for (let i = 0; i < steps && sums !== undefined; i++) {
          const sum = sums[i]
          const why = spoiled.get(i)
          if (sum === undefined && why === undefined) continue
          if (why === 'mixed' || (present[i] === 1 && why === undefined)) {
            run.warn(remarks.mixedFloatsInAggregation, at)
          }
          if (why !== undefined || present[i] === 1) present[i] = 0
          else {
            present[i] = 1
            histogramCells(out)[i] = sum!.finish()
            if (hints[i]!.collide) run.warn(remarks.collision('aggregation'), at)
          }
        }
      },
    }
  }
}

function markPresent(present: Uint8Array, also: Uint8Array): void {
  for (let i = 0; i < present.length; i++) if (also[i] === 1) present[i] = 1
}

/** Compensated, as Prometheus sums. */
function createSum({ values, present }: Column): Accumulator {
  const steps = values.length
  const lost = new Float64Array(steps)
  return {
    add(column) {
      const adds = column.values
      const has = column.present
      for (let i = 0; i < steps; i++) {
        if (has[i] === 0) continue
        const value = adds[i]!
        if (present[i] === 0) {
          present[i] = 1
          values[i] = value
          continue
        }
        const sum = values[i]!
        const next = sum + value
        if (next - next !== 0) lost[i] = 0
        else if (Math.abs(sum) >= Math.abs(value)) lost[i]! += sum - next + value
        else lost[i]! += value - next + sum
        values[i] = next
      }
    },
    more: () => [lost],
    merge(state) {
      const adds = state.values
      const more = state.more[0]!
      for (let i = 0; i < steps; i++) {
        if (state.present[i] === 0) continue
        if (present[i] === 0) {
          present[i] = 1
          values[i] = adds[i]!
          lost[i] = more[i]!
        } else addCompensated(values, lost, i, adds[i]!, more[i]!)
      }
    },
    finish() {
      for (let i = 0; i < steps; i++) values[i]! += lost[i]!
    },
  }
}

/** Adds a sum and what it has lost to another. */
function addCompensated(sums: Float64Array, lost: Float64Array, i: number, value: number, more: number): void {
  const sum = sums[i]!
  const next = sum + value
  if (next - next !== 0) lost[i] = 0
  else lost[i]! += more + (Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum)
  sums[i] = next
}

/** Compensated sum divided by the count; where the sum would overflow, the mean is carried along instead. */
function createAverage({ values, present }: Column): Accumulator {
  const steps = values.length
  const lost = new Float64Array(steps)
  const counts = new Float64Array(steps)
  let incremental: Uint8Array | undefined
  return {
    add(column) {
      for (let i = 0; i < steps; i++) {
        if (column.present[i] === 0) continue
        const value = column.values[i]!
        const count = ++counts[i]!
        if (count === 1) {
          present[i] = 1
          values[i] = value
          continue
        }
        let base = values[i]!
        let term = value
        if (incremental === undefined || incremental[i] === 0) {
          const next = base + value
          if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) {
            incremental ??= new Uint8Array(steps)
            incremental[i] = 1
            base /= count - 1
            lost[i]! /= count - 1
          }
        }
        if (incremental !== undefined && incremental[i] === 1) {
          const share = (count - 1) / count
          base *= share
          lost[i]! *= share
          term = value / count
        }
        const next = base + term
        if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) lost[i] = 0
        else if (Math.abs(base) >= Math.abs(term)) lost[i]! += base - next + term
        else lost[i]! += term - next + base
        values[i] = next
      }
    },
    more: () => [lost, counts, incremental === undefined ? new Float64Array(0) : Float64Array.from(incremental)],
    merge(state) {
      const [theirLost, theirCounts, theirMeans] = state.more as [Float64Array, Float64Array, Float64Array]
      for (let i = 0; i < steps; i++) {
        if (state.present[i] === 0) continue
        const theirs = theirCounts[i]!
        const ours = counts[i]!
        const theyAreMean = theirMeans.length > 0 && theirMeans[i] === 1
        const weAreMean = incremental !== undefined && incremental[i] === 1
        counts[i] = ours + theirs
        if (present[i] === 0) {
          present[i] = 1
          values[i] = state.values[i]!
          lost[i] = theirLost[i]!
          if (theyAreMean) {
            incremental ??= new Uint8Array(steps)
            incremental[i] = 1
          }
          continue
        }
        const next = values[i]! + state.values[i]!
        const overflows = next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY
        if (!theyAreMean && !weAreMean && !overflows) {
          addCompensated(values, lost, i, state.values[i]!, theirLost[i]!)
          continue
        }
        // As means, each by its share.
        const ourShare = (weAreMean ? ours : 1) / (ours + theirs)
        const theirShare = (theyAreMean ? theirs : 1) / (ours + theirs)
        incremental ??= new Uint8Array(steps)
        incremental[i] = 1
        values[i]! *= ourShare
        lost[i]! *= ourShare
        addCompensated(values, lost, i, state.values[i]! * theirShare, theirLost[i]! * theirShare)
      }
    },
    finish() {
      for (let i = 0; i < steps; i++) {
        if (present[i] === 0) continue
        const isMean = incremental !== undefined && incremental[i] === 1
        values[i] = isMean ? values[i]! + lost[i]! : (values[i]! + lost[i]!) / counts[i]!
      }
    },
  }
}

/** NaN loses against every number. */
function createExtreme({ values, present }: Column, sign: 1 | -1): Accumulator {
  const add = (column: Pick<Column, 'values' | 'present'>) => {
    for (let i = 0; i < values.length; i++) {
      if (column.present[i] === 0) continue
      const value = column.values[i]!
      const best = values[i]!
      if (present[i] === 0 || sign * value < sign * best || Number.isNaN(best)) values[i] = value
      present[i] = 1
    }
  }
  return { add, more: () => NOTHING_MORE, merge: add, finish() {} }
}

/** Population variance by Welford's method. */
function createVariance({ values, present }: Column, root: boolean): Accumulator {
  const steps = values.length
  const means = new Float64Array(steps)
  const counts = new Float64Array(steps)
  return {
    add(column) {
      for (let i = 0; i < steps; i++) {
        if (column.present[i] === 0) continue
        const value = column.values[i]!
        const count = ++counts[i]!
        present[i] = 1
        const delta = value - means[i]!
        means[i]! += delta / count
        values[i]! += delta * (value - means[i]!)
      }
    },
    more: () => [means, counts],
    // Source: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
    merge(state) {
      const [theirMeans, theirCounts] = state.more as [Float64Array, Float64Array]
      for (let i = 0; i < steps; i++) {
        if (state.present[i] === 0) continue
        const ours = counts[i]!
        const theirs = theirCounts[i]!
        const count = ours + theirs
        counts[i] = count
        if (present[i] === 0) {
          present[i] = 1
          means[i] = theirMeans[i]!
          values[i] = state.values[i]!
          continue
        }
        const delta = theirMeans[i]! - means[i]!
        means[i]! += (delta * theirs) / count
        values[i]! += state.values[i]! + (delta * delta * ours * theirs) / count
      }
    },
    finish() {
      for (let i = 0; i < steps; i++) {
        if (present[i] === 0) continue
        const variance = values[i]! / counts[i]!
        values[i] = root ? Math.sqrt(variance) : variance
      }
    },
  }
}
