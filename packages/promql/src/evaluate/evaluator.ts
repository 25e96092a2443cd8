// The walk over the tree. A selector, with the range function right around it, is a leaf: each series is read once for
// all steps and reduced at once to a column (a value per step). Columns flow upwards one by one (`stream`); only where
// an operator has to see all of them at once are they kept (`vector`).

import { EMPTY_LABELS, type Labels, labelValue } from '../labels.ts'
import { multiply } from '../native-histogram/index.ts'
import { formatFloat } from '../number-text.ts'
import {
  type AggregateExpr,
  type BinaryExpr,
  type CallExpr,
  type Expr,
  isSetOperator,
  kindOf,
  type MatrixSelector,
  makesNewMetric,
  type SubqueryExpr,
  unwrapParens,
  type VectorSelector,
} from '../parse/index.ts'
import type { Selection } from '../series-source.ts'
import { createAggregation } from './aggregate/aggregate.ts'
import { checkParam } from './aggregate/aggregate-param.ts'
import {
  aggregateCountValues,
  aggregateLimit,
  aggregateQuantile,
  aggregateRatio,
  aggregateTop,
} from './aggregate/aggregate-whole.ts'
import { type Column, type ColumnSink, copyColumn, hasAny, newColumn } from './column/column.ts'
import { dropHistograms, mapHistograms } from './column/histogram-cells.ts'
import { withoutName } from './column/label-sets.ts'
import { isStepInvariant, isUniqueWithoutName } from './invariance.ts'
import { binaryFunction, goMax, goMin } from './numbers/arithmetic.ts'
import { isDateFunction, roundTo, unaryFunction } from './numbers/elementwise.ts'
import { doubtOfCounter } from './range/counter-doubt.ts'
import { createExtendedReducer, fillSmoothedValues } from './range/extended.ts'
import { createExtendedHistogramReducer, fillSmoothedHistograms } from './range/extended-histograms.ts'
import { rangeFunction } from './range/range-functions.ts'
import { streamStartTimes } from './range/start-times.ts'
import { createStartedReducer } from './range/started-functions.ts'
import { durationMs, windowsOf } from './run/durations.ts'
import type { Grid } from './run/grid.ts'
import { dropName, mergeSameLabels } from './run/metric-name.ts'
import type { Run } from './run/run.ts'
import type { SlicePart, SlicePlan } from './run/slicer.ts'
import { Tally } from './run/tally.ts'
import type { SampleHistograms, SeriesVisit } from './run/windows.ts'
import { marginsOf } from './samples/extended-windows.ts'
import { fillLastHistograms, fillLastValues } from './samples/last-values.ts'
import { readSeries, selectionOf } from './samples/read-series.ts'
import { histogramSamples, subqueryGrid } from './samples/subquery.ts'
import { columnsOf, eachGroup, histogramColumn } from './slices/slice-columns.ts'
import { needsApart, slicePlanOf } from './slices/slice-plans.ts'
import { applyScalar, combineSets, combineVectors } from './vector/binary.ts'
import { isTrim } from './vector/binary-histogram.ts'
import { histogramFractions, histogramFunction, histogramQuantiles } from './vector/histogram.ts'
import { addInfo } from './vector/info.ts'
import {
  isLabelName,
  labelJoin,
  labelReplace,
  labelsOfAbsent,
  sortByLabels,
  stringArgument,
} from './vector/label-functions.ts'

export type RangeVisit = (
  labels: Labels,
  dropName: boolean,
  ts: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  histograms: SampleHistograms,
  startTimes?: Float64Array,
) => void

export class Evaluator {
  readonly run: Run

  constructor(run: Run) {
    this.run = run
  }

  /** Value per step of a scalar expression. */
  async scalar(expr: Expr, grid: Grid): Promise<Float64Array> {
    const node = unwrapParens(expr)
    switch (node.kind) {
      case 'number':
        return new Float64Array(grid.steps).fill(node.value)
      case 'unary': {
        const values = await this.scalar(node.inner, grid)
        return node.op === '-' ? values.map((value) => -value) : values
      }
      case 'binary': {
        const left = await this.scalar(node.left, grid)
        const right = await this.scalar(node.right, grid)
        if (isTrim(node.op))
          this.run.fail(`operator ${JSON.stringify(node.op)} not allowed for Scalar operations`, node)
        const apply = binaryFunction(node.op)
        return left.map((value, i) => apply(value, right[i]!))
      }
      case 'call':
        return this.scalarCall(node, grid)
      default:
        throw new Error(`not a scalar: ${node.kind}`)
    }
  }

  async scalarCall(call: CallExpr, grid: Grid): Promise<Float64Array> {
    const values = new Float64Array(grid.steps)
    const { startMs, endMs, stepMs } = this.run.options
    switch (call.name) {
      case 'time':
        for (let i = 0; i < grid.steps; i++) values[i] = (grid.startMs + i * grid.stepMs) / 1000
        return values
      case 'pi':
        return values.fill(Math.PI)
      case 'start':
        return values.fill(startMs / 1000)
      case 'end':
        return values.fill(endMs / 1000)
      case 'range':
        return values.fill((endMs - startMs) / 1000)
      case 'step':
        return values.fill(stepMs / 1000)
      case 'max_of':
      case 'min_of': {
        const [a, b] = [await this.scalar(call.args[0]!, grid), await this.scalar(call.args[1]!, grid)]
        const pick = call.name === 'max_of' ? Math.max : Math.min
        return a.map((value, i) => pick(value, b[i]!))
      }
      case 'scalar': {
        const counts = new Uint32Array(grid.steps)
        await this.stream(call.args[0]!, grid, (column) => {
          dropHistograms(column)
          for (let i = 0; i < grid.steps; i++) {
            if (column.present[i] === 0) continue
            counts[i]!++
            values[i] = column.values[i]!
          }
        })
        return values.map((value, i) => (counts[i] === 1 ? value : Number.NaN))
      }
      default:
        throw new Error(`no scalar function: ${call.name}`)
    }
  }

  /** All columns of an instant vector expression, owned by the caller, which releases them when done. */
  async vector(expr: Expr, grid: Grid): Promise<Column[]> {
    const columns: Column[] = []
    const plan = this.run.options.slicer === undefined ? undefined : slicePlanOf(expr)
    if (plan !== undefined && plan.aggregate === undefined && !(grid.steps > 1 && isStepInvariant(plan.node))) {
      const taken = await this.streamSlices(plan, grid, (part, labelsOf) => {
        for (const column of columnsOf(part, grid.steps, labelsOf)) {
          this.run.hold(column.held, expr)
          columns.push(column)
        }
      })
      if (taken) return columns
    }
    await this.stream(expr, grid, (column) => {
      const kept = copyColumn(column)
      this.run.hold(kept.held, expr)
      columns.push(kept)
    })
    return columns
  }

  release(columns: readonly Column[]): void {
    for (const { held } of columns) this.run.release(held)
  }

  /** Hands every column of an instant vector expression to `sink`, one by one. */
  async stream(expr: Expr, grid: Grid, sink: ColumnSink): Promise<void> {
    const node = unwrapParens(expr)
    if (grid.steps > 1 && isStepInvariant(node)) return this.streamInvariant(node, grid, sink)
    if (this.run.options.slicer !== undefined && (await this.streamInSlices(node, grid, sink))) return
    switch (node.kind) {
      case 'selector':
        return this.streamSelector(node, grid, sink, false)
      case 'unary':
        if (node.op === '+') return this.stream(node.inner, grid, sink)
        return this.streamMapped(node, node.inner, grid, sink, ({ values, histograms }) => {
          for (let i = 0; i < values.length; i++) values[i] = -values[i]!
          if (histograms === undefined) return
          for (let i = 0; i < values.length; i++) {
            const one = histograms[i]
            if (one !== undefined) histograms[i] = multiply(one, -1)
          }
        })
      case 'binary':
        return this.streamBinary(node, grid, sink)
      case 'aggregate':
        return this.streamAggregate(node, grid, sink)
      case 'call':
        return this.streamCall(node, grid, sink)
      default:
        throw new Error(`not an instant vector: ${node.kind}`)
    }
  }

  /** False when the node is no part that can be evaluated in slices. */
  async streamInSlices(node: Expr, grid: Grid, sink: ColumnSink): Promise<boolean> {
    const plan = slicePlanOf(node)
    if (plan === undefined) return false
    if (plan.aggregate === undefined) {
      return this.streamSlices(plan, grid, (part, labelsOf) => {
        for (const column of columnsOf(part, grid.steps, labelsOf)) sink(column)
      })
    }
    const running = createAggregation(this.run, plan.aggregate, grid.steps)!
    const taken = await this.streamSlices(plan, grid, (part, labelsOf) => {
      eachGroup(part, grid.steps, (row, state) => running.merge(labelsOf(row), state))
      for (const series of part.histograms) running.add(histogramColumn(series, labelsOf))
    })
    const rest = whereAny(sink)
    if (taken) for (const column of running.finish()) rest(column)
    return taken
  }

  /** Calls back with the parts in their order, each with the labels that its series have by then. */
  async streamSlices(
    plan: SlicePlan,
    grid: Grid,
    take: (part: SlicePart, labelsOf: (row: number) => Labels) => void,
  ): Promise<boolean> {
    const { run } = this
    const sliced = await run.options.slicer!({
      part: run.options.plans!.findIndex(({ node }) => node === plan.node),
      grid,
      selection: this.selectionIn(plan.aggregate?.inner ?? plan.node, grid),
      needsApart: needsApart(run, plan),
      countSamples: run.tally !== undefined,
    })
    if (sliced === undefined) return false
    const { labelsOf } = sliced
    const labels = plan.dropsName ? (row: number) => withoutName(labelsOf(row)) : labelsOf
    for await (const part of sliced.parts) {
      run.hold(part.values.length, plan.node)
      run.seriesRead += part.series
      run.samplesRead += part.samples
      if (part.counted !== undefined) run.tally?.addSteps(part.counted)
      for (const warning of part.warnings) run.warnings.add(warning)
      for (const info of part.infos) run.infos.add(info)
      take(part, labels)
      run.release(part.values.length)
      if (run.spend(part.values.length)) await run.pause()
    }
    return true
  }

  /** What the selector of an expression that treats each series by itself is asked for. */
  selectionIn(expr: Expr, grid: Grid): Selection {
    const { run } = this
    const node = unwrapParens(expr)
    switch (node.kind) {
      case 'selector':
        return selectionOf(node, windowsOf(run, grid, node, run.options.lookbackMs))
      case 'matrix':
        return selectionOf(node.selector, windowsOf(run, grid, node.selector, durationMs(run, node.range)))
      case 'subquery':
        return this.selectionIn(
          node.inner,
          subqueryGrid(run, node, windowsOf(run, grid, node, durationMs(run, node.range))),
        )
      case 'unary':
        return this.selectionIn(node.inner, grid)
      case 'binary':
        return this.selectionIn(kindOf(node.left) === 'scalar' ? node.right : node.left, grid)
      case 'call':
        return this.selectionIn(node.args.find((arg) => kindOf(arg) === 'vector' || kindOf(arg) === 'matrix')!, grid)
      default:
        throw new Error(`no single selector in ${node.kind}`)
    }
  }

  /** Whether no two series of an expression can be equal but for the metric name. */
  isUniqueWithoutName(expr: Expr): boolean {
    if (this.run.typeAndUnitLabels) return false
    return this.run.options.apart === true || isUniqueWithoutName(expr)
  }

  /** Evaluated once, then the same at every step. */
  async streamInvariant(expr: Expr, grid: Grid, sink: ColumnSink): Promise<void> {
    const wide = newColumn(EMPTY_LABELS, grid.steps)
    const outer = this.run.tally
    const own = outer === undefined ? undefined : new Tally(1)
    this.run.tally = own
    await this.stream(expr, { startMs: grid.startMs, stepMs: grid.stepMs, steps: 1 }, (column) => {
      if (column.present[0] === 0) return
      wide.labels = column.labels
      wide.dropName = column.dropName
      wide.values.fill(column.values[0]!)
      wide.present.fill(1)
      const histogram = column.histograms?.[0]
      wide.histograms = histogram === undefined ? undefined : new Array(grid.steps).fill(histogram)
      sink(wide)
    })
    this.run.tally = outer
    if (own !== undefined) outer?.addToAll(own.total)
  }

  /** Each step's value is the last sample within the lookback, unless a staleness marker ended the series. */
  async streamSelector(selector: VectorSelector, grid: Grid, sink: ColumnSink, asTimestamp: boolean): Promise<void> {
    const { lookbackMs } = this.run.options
    const windows = windowsOf(this.run, grid, selector, lookbackMs)
    const out = newColumn(EMPTY_LABELS, grid.steps)
    if (selector.extension === 'smoothed' && !asTimestamp) {
      const visit: SeriesVisit = (labels, ts, values, from, to, histograms) => {
        out.labels = labels
        out.dropName = false
        out.histograms = undefined
        const any =
          histograms === undefined
            ? fillSmoothedValues(windows, ts, values, from, to, out)
            : fillSmoothedHistograms(this.run, windows, { labels, ts, values, from, to, histograms }, out, selector)
        if (any) sink(out)
      }
      return readSeries(this.run, selector, windows, false, visit, { beforeMs: 0, afterMs: lookbackMs })
    }
    const { tally } = this.run
    await readSeries(this.run, selector, windows, true, (labels, ts, values, from, to, histograms) => {
      out.labels = labels
      out.dropName = false
      let found: boolean
      if (histograms === undefined) {
        out.histograms = undefined
        found = fillLastValues(ts, values, from, to, windows, out.values, out.present, asTimestamp)
      } else found = fillLastHistograms(ts, values, from, to, histograms, windows, out, asTimestamp)
      if (!found) return
      tally?.addColumn(out)
      sink(out)
    })
  }

  /** Applies `map` to each column in place, drops the name, and refuses series that become the same by that. */
  async streamMapped(
    expr: Expr,
    inner: Expr,
    grid: Grid,
    sink: ColumnSink,
    map: (column: Column) => void,
  ): Promise<void> {
    const apply = (column: Column) => {
      map(column)
      dropName(this.run, column)
    }
    if (this.run.delayedNameRemoval || this.isUniqueWithoutName(inner)) {
      return this.stream(inner, grid, (column) => {
        apply(column)
        sink(column)
      })
    }
    const columns = await this.vector(inner, grid)
    for (const column of columns) apply(column)
    await this.flush(mergeSameLabels(this.run, columns, expr), grid, sink)
  }

  /** `streamMapped` for functions that know plain numbers only: histograms are left out. */
  async streamFloats(
    expr: Expr,
    inner: Expr,
    grid: Grid,
    sink: ColumnSink,
    map: (column: Column) => void,
  ): Promise<void> {
    const apply = (column: Column) => {
      dropHistograms(column)
      map(column)
    }
    return this.streamMapped(expr, inner, grid, whereAny(sink), apply)
  }

  /** Hands kept columns on and forgets them. */
  async flush(columns: readonly Column[], grid: Grid, sink: ColumnSink): Promise<void> {
    this.release(columns)
    await this.pass(columns, grid, sink)
  }

  /** Hands columns on, with pauses. */
  async pass(columns: readonly Column[], grid: Grid, sink: ColumnSink): Promise<void> {
    for (const column of columns) {
      if (hasAny(column)) sink(column)
      if (this.run.spend(grid.steps)) await this.run.pause()
    }
  }

  async streamBinary(expr: BinaryExpr, grid: Grid, sink: ColumnSink): Promise<void> {
    const leftIsScalar = kindOf(expr.left) === 'scalar'
    if (leftIsScalar || kindOf(expr.right) === 'scalar') {
      const scalars = await this.scalar(leftIsScalar ? expr.left : expr.right, grid)
      const inner = leftIsScalar ? expr.right : expr.left
      if (makesNewMetric(expr) && !this.run.delayedNameRemoval && !this.isUniqueWithoutName(inner)) {
        const columns = await this.vector(inner, grid)
        for (const column of columns) applyScalar(this.run, expr, column, scalars, !leftIsScalar)
        return this.flush(mergeSameLabels(this.run, columns, expr), grid, sink)
      }
      return this.stream(inner, grid, (column) => {
        applyScalar(this.run, expr, column, scalars, !leftIsScalar)
        if (hasAny(column)) sink(column)
      })
    }
    const left = await this.vector(expr.left, grid)
    const right = await this.vector(expr.right, grid)
    if (isSetOperator(expr.op)) {
      const result = combineSets(this.run, expr, left, right, grid.steps)
      this.release(left)
      this.release(right)
      return this.pass(result, grid, sink)
    }
    const result = await combineVectors(this.run, expr, left, right, grid.steps)
    this.release(left)
    this.release(right)
    await this.flush(result, grid, sink)
  }

  async streamAggregate(expr: AggregateExpr, grid: Grid, sink: ColumnSink): Promise<void> {
    const running = createAggregation(this.run, expr, grid.steps)
    if (running !== undefined) {
      await this.stream(expr.inner, grid, (column) => running.add(column))
      const rest = whereAny(sink)
      for (const column of running.finish()) rest(column)
      return
    }
    const { run } = this
    if (expr.op === 'count_values') {
      const label = stringArgument(expr.param!)
      if (!isLabelName(label)) {
        const literal = unwrapParens(expr.param!)
        run.fail(`invalid label name ${run.options.query.slice(literal.start, literal.end)}`, expr.param!)
      }
      const columns = await this.vector(expr.inner, grid)
      const result = aggregateCountValues(run, expr, columns, label)
      this.release(columns)
      return this.flush(result, grid, sink)
    }
    const params = await this.scalar(expr.param!, grid)
    const columns = await this.vector(expr.inner, grid)
    if (!checkParam(run, expr, params)) return this.release(columns)
    let result: Column[]
    if (expr.op === 'quantile') result = await aggregateQuantile(run, expr, columns, params)
    else if (expr.op === 'limitk') result = aggregateLimit(expr, columns, params)
    else if (expr.op === 'limit_ratio') result = aggregateRatio(columns, params)
    else result = await aggregateTop(run, expr, columns, params)
    this.release(columns)
    await this.pass(result, grid, sink)
    if (expr.op === 'topk' || expr.op === 'bottomk') run.release(result.length * grid.steps)
  }

  async streamCall(call: CallExpr, grid: Grid, sink: ColumnSink): Promise<void> {
    const { run } = this
    const args = call.args.map(unwrapParens)
    const ofHistogram = histogramFunction(call.name)
    if (ofHistogram !== undefined) {
      return this.streamMapped(call, args[0]!, grid, whereAny(sink), (column) => mapHistograms(column, ofHistogram))
    }
    const range = rangeFunction(call.name)
    if (call.name === 'absent_over_time') return this.streamAbsent(call, grid, sink)
    if (range !== undefined) return this.streamRange(call, grid, sink)
    const unary = unaryFunction(call.name)
    if (unary !== undefined) {
      if (isDateFunction(call.name) && args.length === 0) {
        const out = newColumn(EMPTY_LABELS, grid.steps)
        for (let i = 0; i < grid.steps; i++) out.values[i] = unary((grid.startMs + i * grid.stepMs) / 1000)
        out.present.fill(1)
        return sink(out)
      }
      return this.streamFloats(call, args[0]!, grid, sink, ({ values, present }) => {
        for (let i = 0; i < values.length; i++) if (present[i] === 1) values[i] = unary(values[i]!)
      })
    }
    switch (call.name) {
      case 'vector': {
        const out = newColumn(EMPTY_LABELS, grid.steps)
        out.values.set(await this.scalar(args[0]!, grid))
        out.present.fill(1)
        return sink(out)
      }
      case 'round': {
        const nearest = args[1] === undefined ? undefined : await this.scalar(args[1], grid)
        return this.streamFloats(call, args[0]!, grid, sink, ({ values }) => {
          for (let i = 0; i < values.length; i++)
            values[i] = roundTo(values[i]!, nearest === undefined ? 1 : nearest[i]!)
        })
      }
      case 'clamp':
      case 'clamp_min':
      case 'clamp_max':
        return this.streamClamp(call, grid, sink)
      case 'timestamp': {
        const inner = args[0]!
        if (inner.kind !== 'selector') {
          return this.streamMapped(call, inner, grid, sink, (column) => {
            const { values } = column
            column.histograms = undefined
            for (let i = 0; i < values.length; i++) values[i] = (grid.startMs + i * grid.stepMs) / 1000
          })
        }
        const columns: Column[] = []
        await this.streamSelector(
          inner,
          grid,
          (column) => {
            dropName(run, column)
            const kept = copyColumn(column)
            run.hold(kept.held, call)
            columns.push(kept)
          },
          true,
        )
        return this.flush(run.delayedNameRemoval ? columns : mergeSameLabels(run, columns, call), grid, sink)
      }
      case 'start_timestamp': {
        const inner = args[0]!
        // Nothing but samples has a start; what is computed of them has none.
        if (inner.kind !== 'selector' || !run.usesStartTimes) return this.stream(inner, grid, () => {})
        return this.streamStartTimes(inner, call, grid, sink)
      }
      case 'absent':
        return this.streamAbsent(call, grid, sink)
      case 'sort':
      case 'sort_desc':
      case 'sort_by_label':
      case 'sort_by_label_desc':
        return this.streamSorted(call, grid, sink)
      case 'info': {
        const columns = await this.vector(args[0]!, grid)
        const result = await addInfo(run, call, grid, columns)
        this.release(columns)
        return this.flush(result, grid, sink)
      }
      case 'label_replace':
      case 'label_join': {
        const columns = await this.vector(args[0]!, grid)
        const result = call.name === 'label_replace' ? labelReplace(run, call, columns) : labelJoin(run, call, columns)
        return this.flush(result, grid, sink)
      }
      case 'histogram_quantile': {
        const qs = await this.scalar(args[0]!, grid)
        const columns = await this.vector(args[1]!, grid)
        const result = await histogramQuantiles(run, grid, columns, call.args[1]!, [
          { qs, at: call.args[0]!, label: '', text: '' },
        ])
        this.release(columns)
        return this.pass(result, grid, sink)
      }
      case 'histogram_quantiles': {
        const requests = []
        for (const arg of call.args.slice(2)) {
          const qs = await this.scalar(arg, grid)
          requests.push({ qs, at: arg, label: stringArgument(args[1]!), text: openMetricsFloat(qs[0]!) })
        }
        const columns = await this.vector(args[0]!, grid)
        const result = await histogramQuantiles(run, grid, columns, call.args[0]!, requests)
        this.release(columns)
        return this.pass(result, grid, sink)
      }
      case 'histogram_fraction': {
        const lower = await this.scalar(args[0]!, grid)
        const upper = await this.scalar(args[1]!, grid)
        const columns = await this.vector(args[2]!, grid)
        const result = await histogramFractions(run, grid, columns, call.args[2]!, { lower, upper })
        this.release(columns)
        return this.pass(result, grid, sink)
      }
      default:
        throw new Error(`no function: ${call.name}`)
    }
  }

  async streamStartTimes(selector: VectorSelector, call: CallExpr, grid: Grid, sink: ColumnSink): Promise<void> {
    const { run } = this
    if (run.delayedNameRemoval || this.isUniqueWithoutName(selector)) return streamStartTimes(run, selector, grid, sink)
    const columns: Column[] = []
    await streamStartTimes(run, selector, grid, (column) => {
      run.hold(grid.steps, call)
      columns.push(copyColumn(column))
    })
    return this.flush(mergeSameLabels(run, columns, call), grid, sink)
  }

  async streamClamp(call: CallExpr, grid: Grid, sink: ColumnSink): Promise<void> {
    const low = call.name === 'clamp_max' ? undefined : await this.scalar(call.args[1]!, grid)
    const high =
      call.name === 'clamp_min' ? undefined : await this.scalar(call.args[call.name === 'clamp' ? 2 : 1]!, grid)
    // A range that is empty takes values away: of some series nothing is left then.
    return this.streamFloats(call, call.args[0]!, grid, whereAny(sink), ({ values, present }) => {
      for (let i = 0; i < values.length; i++) {
        let value = values[i]!
        if (high !== undefined) value = goMin(high[i]!, value)
        if (low !== undefined) value = goMax(low[i]!, value)
        values[i] = value
        if (low !== undefined && high !== undefined && high[i]! < low[i]!) present[i] = 0
      }
    })
  }

  async streamAbsent(call: CallExpr, grid: Grid, sink: ColumnSink): Promise<void> {
    const inner = unwrapParens(call.args[0]!)
    const selector = inner.kind === 'matrix' ? inner.selector : inner
    const out = newColumn(selector.kind === 'selector' ? labelsOfAbsent(selector.matchers) : EMPTY_LABELS, grid.steps)
    out.values.fill(1)
    out.present.fill(1)
    const hide: ColumnSink = ({ present }) => {
      for (let i = 0; i < present.length; i++) if (present[i] === 1) out.present[i] = 0
    }
    if (call.name === 'absent') await this.stream(inner, grid, hide)
    else await this.streamRange(call, grid, hide)
    if (hasAny(out)) {
      dropName(this.run, out)
      sink(out)
    }
  }

  /** Sorted output only makes sense at one moment; of a range the series come back ordered by labels. */
  async streamSorted(call: CallExpr, grid: Grid, sink: ColumnSink): Promise<void> {
    if (grid.steps > 1) {
      this.run.warn('sort is ineffective for range queries since results are always ordered by labels', call)
    }
    const columns = await this.vector(call.args[0]!, grid)
    const sign = call.name.endsWith('_desc') ? -1 : 1
    if (call.name.startsWith('sort_by_label')) sortByLabels(columns, call.args.slice(1).map(stringArgument), sign)
    else {
      for (const column of columns) dropHistograms(column)
      columns.sort((a, b) => {
        const x = a.values[0]!
        const y = b.values[0]!
        if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y))
        return sign * (x < y ? -1 : x > y ? 1 : 0)
      })
    }
    await this.flush(columns, grid, sink)
  }

  /** A function right around a range vector. */
  async streamRange(call: CallExpr, grid: Grid, sink: ColumnSink): Promise<void> {
    const { run } = this
    const info = rangeFunction(call.name)!
    const scalars: Float64Array[] = []
    let rangeArg: Expr | undefined
    for (const arg of call.args) {
      if (kindOf(arg) === 'matrix') rangeArg = arg
      else scalars.push(await this.scalar(arg, grid))
    }
    const matrix = unwrapParens(rangeArg!) as MatrixSelector | SubqueryExpr
    const width = durationMs(run, matrix.range)
    if (width <= 0) run.fail('duration must be greater than 0', matrix)
    const windows = windowsOf(run, grid, matrix.kind === 'matrix' ? matrix.selector : matrix, width)
    const context = { run, call, grid, windows, scalars }
    const extension = matrix.kind === 'matrix' ? matrix.selector.extension : undefined
    const reduce = extension === undefined ? info.create(context) : createExtendedReducer(context, extension)
    const reduceHistograms =
      extension === undefined
        ? info.createForHistograms(context, reduce)
        : createExtendedHistogramReducer(context, extension)
    const out = newColumn(EMPTY_LABELS, grid.steps)
    // Series that only differ by name meet without it; `absent_over_time` asks for none of them by itself.
    const meetsTwins = info.keepsName !== true && call.name !== 'absent_over_time'
    const needsMerge = meetsTwins && !run.delayedNameRemoval && !this.isUniqueWithoutName(matrix)
    const kept: Column[] = []
    let remarked = info.expectsCounter !== true
    /** The last name without a doubt: series of one metric come in a row. */
    let sureOf: string | undefined
    const reduceStarted = run.usesStartTimes && extension === undefined ? createStartedReducer(context) : undefined
    await this.eachRange(matrix, grid, (labels, inputDropName, ts, values, from, to, histograms, startTimes) => {
      out.histograms = undefined
      if (startTimes !== undefined && reduceStarted !== undefined) {
        out.present.fill(0)
        reduceStarted({ labels, ts, values, from, to, histograms, startTimes }, out)
      } else if (histograms === undefined) reduce(ts, values, from, to, out)
      else {
        out.present.fill(0)
        reduceHistograms({ labels, ts, values, from, to, histograms }, out)
      }
      if (!hasAny(out)) return
      out.labels = labels
      out.dropName = inputDropName
      if (!remarked && (run.typeAndUnitLabels || labelValue(labels, '__name__') !== sureOf) && hasFloats(out)) {
        const doubt = doubtOfCounter(labels, run.typeAndUnitLabels)
        if (doubt === undefined) sureOf = labelValue(labels, '__name__')
        else {
          run.inform(`metric might not be a counter, ${doubt}`, call.args[0]!)
          if (!run.typeAndUnitLabels && isUniqueWithoutName(matrix)) remarked = true
        }
      }
      if (info.keepsName !== true) dropName(run, out)
      if (!needsMerge) return sink(out)
      const copy = copyColumn(out)
      run.hold(copy.held, call)
      kept.push(copy)
    })
    await this.flush(mergeSameLabels(run, kept, call), grid, sink)
  }

  /**
   * Samples of a range selector or a subquery, series by series, over all windows of the grid. Counted are the samples
   * in the windows; of a subquery whose points are the result itself (`asResult`) those beneath it.
   */
  async eachRange(
    matrix: MatrixSelector | SubqueryExpr,
    grid: Grid,
    visit: RangeVisit,
    asResult = false,
  ): Promise<void> {
    const { run } = this
    const { tally } = run
    const width = durationMs(run, matrix.range)
    if (matrix.kind === 'matrix') {
      const windows = windowsOf(run, grid, matrix.selector, width)
      const margins = marginsOf(matrix.selector.extension, run.options.lookbackMs)
      const { beforeMs, afterMs } = margins
      const seen = { ...windows, firstEndMs: windows.firstEndMs + afterMs, widthMs: width + beforeMs + afterMs }
      const visitSeries: SeriesVisit = (labels, ts, values, from, to, histograms, startTimes) => {
        tally?.addWindows(seen, ts, from, to, histograms)
        visit(labels, false, ts, values, from, to, histograms, startTimes)
      }
      return readSeries(run, matrix.selector, windows, false, visitSeries, margins)
    }
    const windows = windowsOf(run, grid, matrix, width)
    const inner = subqueryGrid(run, matrix, windows)
    if (inner.steps === 0) return
    // Four columns of that length are at work at once, whatever the data: times, values, and the inner column.
    run.hold(4 * inner.steps, matrix)
    const ts = new Float64Array(inner.steps)
    const values = new Float64Array(inner.steps)
    const beneath = asResult && tally !== undefined ? new Tally(inner.steps) : undefined
    run.tally = beneath
    await this.stream(matrix.inner, inner, (column) => {
      let n = 0
      for (let i = 0; i < inner.steps; i++) {
        if (column.present[i] === 0) continue
        ts[n] = inner.startMs + i * inner.stepMs
        values[n++] = column.values[i]!
      }
      if (n === 0) return
      const histograms = histogramSamples(column)
      if (!asResult) tally?.addWindows(windows, ts, 0, n, histograms)
      visit(column.labels, column.dropName, ts, values, 0, n, histograms)
    })
    run.tally = tally
    if (beneath !== undefined) tally?.addToAll(beneath.total)
    run.release(4 * inner.steps)
  }
}

/** Passes on only what has a value somewhere. */
function whereAny(sink: ColumnSink): ColumnSink {
  return (column) => {
    if (hasAny(column)) sink(column)
  }
}

function hasFloats({ present, histograms }: Column): boolean {
  return histograms === undefined || present.some((one, i) => one === 1 && histograms[i] === undefined)
}

/** `1` as `1.0`, as OpenMetrics writes label values that are numbers. */
function openMetricsFloat(value: number): string {
  const text = formatFloat(value)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}
