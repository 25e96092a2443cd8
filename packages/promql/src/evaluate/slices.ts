// Parts of a query that treat each series by itself, and the sums above them, can be evaluated slice by slice of their
// series, in any order and in several places at once; what the slices made is put together in their order, so that the
// answer does not depend on who was faster. A part is found from above: as much of the tree as possible.
//
//   sum by (job) (rate(x[5m]))        one part: a slice gives its groups with the state of their sums
//   topk(3, rate(x[5m]) * 8)          the part is `rate(x[5m]) * 8`: a slice gives a column a series
//
// No name is dropped in a slice without knowing that no two series meet by that, wherever they are: the slicer has to
// refuse a part with `needsApart` where it cannot tell.

import type { Labels } from '../labels.ts'
import {
  type AggregateExpr,
  childrenOf,
  type Expr,
  isSetOperator,
  kindOf,
  makesNewMetric,
  unwrapParens,
  type VectorSelector,
} from '../parse/index.ts'
import type { Selection } from '../series-source.ts'
import { createAggregation, type GroupState, hasRunningState } from './aggregate.ts'
import { type Column, extraWeight, type HistogramCells, newColumn } from './column.ts'
import { isDateFunction, unaryFunction } from './elementwise.ts'
import type { Evaluator } from './evaluator.ts'
import { histogramFunction } from './histogram.ts'
import { createHistogramPartials } from './histogram-partials.ts'
import { isUniqueWithoutName } from './invariance.ts'
import { rangeFunction } from './range-functions.ts'
import type { Grid, Run } from './run.ts'

/** A part of a query as found in its tree. */
export type SlicePlan = {
  /** What is evaluated in slices, parentheses aside. */
  readonly node: Expr
  readonly selector: VectorSelector
  /** Set where `node` aggregates: slices give groups then, otherwise columns. */
  readonly aggregate: AggregateExpr | undefined
  /** Series lose their names. */
  readonly dropsName: boolean
}

export type SliceRequest = {
  /** Place among `slicePlansOf` the whole query. */
  readonly part: number
  readonly grid: Grid
  /** All samples that any slice looks at. */
  readonly selection: Selection
  /** Must be refused unless no two of the selection's series are equal but for the metric name. */
  readonly needsApart: boolean
  /** Samples are counted by step, as Prometheus counts them. */
  readonly countSamples: boolean
}

/** What one slice made, as plain data that can be posted. Column (or group) `i` of n has `steps` cells from `i * steps` on. */
export type SlicePart = {
  /** Place in the selection: of each series, or of the first series of each group. */
  readonly rows: Uint32Array
  readonly values: Float64Array
  readonly present: Uint8Array
  /** Of groups: what their operator needs besides, one list a group. */
  readonly more: readonly (readonly Float64Array[])[]
  /** Series with native histograms, whole. Of groups: series, or sums of some, that are yet to be added to theirs. */
  readonly histograms: readonly HistogramSeries[]
  readonly series: number
  readonly samples: number
  /** With `countSamples`, by step of the part. */
  readonly counted: Float64Array | undefined
  readonly warnings: readonly string[]
  readonly infos: readonly string[]
}

export type HistogramSeries = {
  readonly row: number
  readonly values: Float64Array
  readonly present: Uint8Array
  readonly cells: HistogramCells
}

/** The parts in the order of their slices, which together are all series, and the labels of every row. */
export type SlicedParts = { readonly parts: AsyncIterable<SlicePart>; labelsOf(row: number): Labels }

/** Evaluates a part of the query elsewhere and here, by `evaluateSlice`; undefined where it has to be evaluated whole. */
export type Slicer = (request: SliceRequest) => Promise<SlicedParts | undefined>

/** The part that begins at this node, if one does. */
export function slicePlanOf(expr: Expr): SlicePlan | undefined {
  const node = unwrapParens(expr)
  const aggregate = node.kind === 'aggregate' && hasRunningState(node) ? node : undefined
  const inner = aggregate === undefined ? node : aggregate.inner
  const selector = seriesWise(inner)
  return selector === undefined ? undefined : { node, selector, aggregate, dropsName: dropsName(inner) }
}

/** All parts of a query that might be evaluated in slices, in a fixed order; they may lie inside one another. */
export function slicePlansOf(expr: Expr): SlicePlan[] {
  const plan = slicePlanOf(expr)
  const rest = childrenOf(unwrapParens(expr)).flatMap(slicePlansOf)
  return plan === undefined ? rest : [plan, ...rest]
}

/** Selectors in a query, whether or not they are the same. */
export function countSelectors(expr: Expr): number {
  const node = unwrapParens(expr)
  if (node.kind === 'selector' || node.kind === 'matrix') return 1
  let count = 0
  for (const child of childrenOf(node)) count += countSelectors(child)
  return count
}

/** Whether slices of the plan are right only for series that are apart without their names. */
export function needsApart(run: Run, { selector, dropsName }: SlicePlan): boolean {
  return dropsName && !run.delayedNameRemoval && !isUniqueWithoutName(selector)
}

/** Reads nothing beyond its windows. */
function isPlain({ extension }: VectorSelector): boolean {
  return extension === undefined
}

/** The one selector of an expression that treats each series by itself and hands each on before the next is read. */
function seriesWise(expr: Expr): VectorSelector | undefined {
  const node = unwrapParens(expr)
  switch (node.kind) {
    case 'selector':
      return isPlain(node) ? node : undefined
    case 'unary':
      return seriesWise(node.inner)
    case 'matrix':
      return isPlain(node.selector) ? node.selector : undefined
    case 'subquery':
      return seriesWise(node.inner)
    case 'binary': {
      if (isSetOperator(node.op)) return undefined
      const [scalar, vector] = kindOf(node.left) === 'scalar' ? [node.left, node.right] : [node.right, node.left]
      return kindOf(scalar) === 'scalar' && !readsSeries(scalar) ? seriesWise(vector) : undefined
    }
    case 'call': {
      const isRange = rangeFunction(node.name) !== undefined && node.name !== 'absent_over_time'
      const isUnary = unaryFunction(node.name) !== undefined && !(isDateFunction(node.name) && node.args.length === 0)
      const isOfHistogram = histogramFunction(node.name) !== undefined
      if (!isRange && !isUnary && !isOfHistogram && !ELEMENTWISE.has(node.name)) return undefined
      let selector: VectorSelector | undefined
      for (const arg of node.args) {
        const kind = kindOf(arg)
        if (kind === 'vector' || kind === 'matrix') {
          if (selector !== undefined) return undefined
          selector = seriesWise(arg)
          if (selector === undefined) return undefined
        } else if (readsSeries(arg)) return undefined
      }
      return selector
    }
    default:
      return undefined
  }
}

const ELEMENTWISE = new Set(['round', 'clamp', 'clamp_min', 'clamp_max'])

function readsSeries(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return false
    case 'paren':
    case 'unary':
      return readsSeries(expr.inner)
    case 'binary':
      return readsSeries(expr.left) || readsSeries(expr.right)
    case 'call':
      return expr.args.some(readsSeries)
    default:
      return true
  }
}

/** Whether the series of such an expression come without their names. */
function dropsName(expr: Expr): boolean {
  const node = unwrapParens(expr)
  switch (node.kind) {
    case 'unary':
      return node.op === '-' || dropsName(node.inner)
    case 'subquery':
      return dropsName(node.inner)
    case 'binary':
      if (makesNewMetric(node)) return true
      return dropsName(kindOf(node.left) === 'scalar' ? node.right : node.left)
    case 'call':
      if (rangeFunction(node.name)?.keepsName !== true) return true
      return node.args.some((arg) => kindOf(arg) === 'matrix' && dropsName(arg))
    default:
      return false
  }
}

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

/** The columns of a part; they lie in the part's memory, and are the caller's. */
export function columnsOf(part: SlicePart, steps: number, labelsOf: (row: number) => Labels): Column[] {
  const columns: Column[] = []
  for (let i = 0; i < part.rows.length; i++) {
    columns.push({
      labels: labelsOf(part.rows[i]!),
      dropName: false,
      values: part.values.subarray(i * steps, (i + 1) * steps),
      present: part.present.subarray(i * steps, (i + 1) * steps),
      histograms: undefined,
      held: steps,
    })
  }
  for (const series of part.histograms) columns.push(histogramColumn(series, labelsOf))
  return columns
}

export function histogramColumn(series: HistogramSeries, labelsOf: (row: number) => Labels): Column {
  const { values, present, cells } = series
  const held = values.length + extraWeight(cells)
  return { ...newColumn(labelsOf(series.row), 0), values, present, histograms: cells, held }
}

/** The state of each group of a part. */
export function eachGroup(part: SlicePart, steps: number, visit: (row: number, state: GroupState) => void): void {
  for (let i = 0; i < part.rows.length; i++) {
    visit(part.rows[i]!, {
      values: part.values.subarray(i * steps, (i + 1) * steps),
      present: part.present.subarray(i * steps, (i + 1) * steps),
      more: part.more[i]!,
    })
  }
}
