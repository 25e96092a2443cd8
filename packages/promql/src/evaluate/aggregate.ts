// Aggregations that need only a running state per group and step: series stream in and are forgotten.

import { type Labels, labelValue } from '../labels.ts'
import { HintsSeen, HistogramMean, HistogramSum, INCOMPATIBLE, RECONCILED } from '../native-histogram/index.ts'
import type { AggregateExpr } from '../parse/index.ts'
import { type Column, dropLabels, histogramCells, keepLabels, labelsKey, newColumn } from './column.ts'
import { dropHistograms } from './histogram-cells.ts'
import { remarks } from './remarks.ts'
import type { Run } from './run.ts'

/** Labels of the group that a series falls into. */
export function groupLabels(expr: AggregateExpr): (labels: Labels) => Labels {
  const names = new Set(expr.grouping)
  if (!expr.without) return names.size === 0 ? () => [] : (labels) => keepLabels(labels, names)
  names.add('__name__')
  return (labels) => dropLabels(labels, names)
}

type Accumulator = { add(column: Column): void; finish(): void }

/** Takes series one by one; `finish` gives a column per group, in order of first sight. */
export type GroupedAggregation = { add(column: Column): void; finish(): Column[] }

/** Undefined for an operator that has to see all series of a group at once. */
export function createAggregation(run: Run, expr: AggregateExpr, steps: number): GroupedAggregation | undefined {
  const create = ACCUMULATORS[expr.op]
  if (create === undefined) return undefined
  const groupOf = groupLabels(expr)
  const groups = new Map<string, { out: Column; state: Accumulator }>()
  return {
    add(column) {
      const labels = groupOf(column.labels)
      const key = labelsKey(labels)
      let group = groups.get(key)
      if (group === undefined) {
        const out = newColumn(labels, steps)
        run.hold(2 * steps, expr)
        group = { out, state: create(out, run, expr) }
        groups.set(key, group)
      }
      if (column.dropName) group.out.dropName = true
      group.state.add(column)
    },
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
    finish() {},
  }),
  group: ({ values, present }) => ({
    add(column) {
      for (let i = 0; i < values.length; i++) if (column.present[i] === 1) present[i] = 1
    },
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
    const { add, finish } = create(out)
    return {
      add(column) {
        if (dropHistograms(column)) run.inform(remarks.ignoredInAggregation(expr.op), expr.inner)
        add(column)
      },
      finish,
    }
  }
}

/**
 * Sums or means of histograms beside those of plain numbers. A group that has both at a step has no result there, nor
 * has one whose histograms cannot be added.
 */
function withHistograms(create: (out: Column) => Accumulator, mean: boolean): CreateAccumulator {
  return (out, run, expr) => {
    const { add, finish } = create(out)
    const { present } = out
    const steps = present.length
    const at = expr.inner
    let sums: (HistogramSum | HistogramMean | undefined)[] | undefined
    const hints: HintsSeen[] = []
    const spoiled = new Map<number, 'mixed' | 'incompatible'>()
    return {
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
    finish() {
      for (let i = 0; i < steps; i++) values[i]! += lost[i]!
    },
  }
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
  return {
    add(column) {
      for (let i = 0; i < values.length; i++) {
        if (column.present[i] === 0) continue
        const value = column.values[i]!
        const best = values[i]!
        if (present[i] === 0 || sign * value < sign * best || Number.isNaN(best)) values[i] = value
        present[i] = 1
      }
    },
    finish() {},
  }
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
    finish() {
      for (let i = 0; i < steps; i++) {
        if (present[i] === 0) continue
        const variance = values[i]! / counts[i]!
        values[i] = root ? Math.sqrt(variance) : variance
      }
    },
  }
}
