import { createAggregation } from './aggregate/aggregate.ts'
import { type Column, extraWeight } from './column/column.ts'
import type { Evaluator } from './evaluator.ts'
import type { Grid } from './run/grid.ts'
import type { Run } from './run/run.ts'
import type { HistogramSeries, SlicePart, SlicePlan } from './run/slicer.ts'
import { createHistogramPartials } from './slices/histogram-partials.ts'

/** One slice of a part: `evaluator` reads from a source that has only the slice's series, and knows their rows. */
export async function evaluateSlice(
  evaluator: Evaluator,
  plan: SlicePlan,
  { grid, series }: { readonly grid: Grid; readonly series: number },
): Promise<SlicePart> {
  const { run } = evaluator
  const histograms: HistogramSeries[] = []
  const keepHistogram = ({ values, present, histograms: cells }: Column) => {
    run.hold(2 * grid.steps + extraWeight(cells!), plan.node)
    histograms.push({ row: run.row, values: values.slice(), present: present.slice(), cells: cells!.slice() })
  }
  const running = plan.aggregate === undefined ? undefined : createAggregation(run, plan.aggregate, grid.steps)
  if (plan.aggregate !== undefined && running !== undefined) {
    const { op } = plan.aggregate
    const partials = createHistogramPartials(run, plan.aggregate, grid.steps)
    await evaluator.stream(plan.aggregate.inner, grid, (column) => {
      // A mean needs to know how many there were; the others than sums look at no histogram.
      if (column.histograms !== undefined && op === 'avg') return keepHistogram(column)
      if (column.histograms !== undefined && op === 'sum') {
        partials.add(column)
        if (!column.present.includes(1)) return
      }
      running.add(column)
    })
    histograms.push(...partials.take())
    const groups = running.take()
    const rows = Uint32Array.from(groups, ({ row }) => row)
    const values = new Float64Array(groups.length * grid.steps)
    const present = new Uint8Array(groups.length * grid.steps)
    groups.forEach(({ state }, i) => {
      values.set(state.values, i * grid.steps)
      present.set(state.present, i * grid.steps)
    })
    return partOf(run, { rows, values, present, more: groups.map(({ state }) => state.more), histograms })
  }
  const columns = new Columns(series, grid.steps)
  await evaluator.stream(plan.node, grid, (column) => {
    if (column.histograms !== undefined) return keepHistogram(column)
    run.hold(grid.steps, plan.node)
    columns.add(run.row, column)
  })
  return partOf(run, { ...columns.finish(), more: [], histograms })
}

function partOf(run: Run, part: Pick<SlicePart, 'rows' | 'values' | 'present' | 'more' | 'histograms'>): SlicePart {
  return {
    ...part,
    series: run.seriesRead,
    samples: run.samplesRead,
    counted: run.tally?.perStep,
    warnings: [...run.warnings],
    infos: [...run.infos],
  }
}

/** Columns one behind the other, in memory for as many series as the slice has. */
class Columns {
  private readonly steps: number
  private count = 0
  private readonly rows: Uint32Array
  private readonly values: Float64Array
  private readonly present: Uint8Array

  constructor(series: number, steps: number) {
    this.steps = steps
    this.rows = new Uint32Array(series)
    this.values = new Float64Array(series * steps)
    this.present = new Uint8Array(series * steps)
  }

  add(row: number, { values, present }: Column): void {
    this.rows[this.count] = row
    this.values.set(values, this.count * this.steps)
    this.present.set(present, this.count * this.steps)
    this.count++
  }

  finish(): { rows: Uint32Array; values: Float64Array; present: Uint8Array } {
    const { count, steps, rows, values, present } = this
    // Where most of the series have nothing, what they would have taken is not carried along.
    const sparse = count * 2 < rows.length
    const part = <T extends Float64Array | Uint32Array | Uint8Array>(array: T, length: number) =>
      (sparse ? array.slice(0, length) : array.subarray(0, length)) as T
    return { rows: part(rows, count), values: part(values, count * steps), present: part(present, count * steps) }
  }
}
