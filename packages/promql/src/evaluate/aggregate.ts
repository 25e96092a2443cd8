// Aggregations that need only a running state per group and step: series stream in and are forgotten.

import type { Labels } from '../labels.ts'
import type { AggregateExpr } from '../parse/index.ts'
import { type Column, dropLabels, keepLabels, labelsKey, newColumn } from './column.ts'
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
        group = { out, state: create(out) }
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

const ACCUMULATORS: Partial<Record<AggregateExpr['op'], (out: Column) => Accumulator>> = {
  sum: createSum,
  avg: createAverage,
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
  min: (out) => createExtreme(out, 1),
  max: (out) => createExtreme(out, -1),
  stdvar: (out) => createVariance(out, false),
  stddev: (out) => createVariance(out, true),
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
