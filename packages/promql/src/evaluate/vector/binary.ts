import { formatLabels, type Labels, labelValue } from '../../labels.ts'
import type { FloatHistogram } from '../../native-histogram/index.ts'
import { type BinaryExpr, isComparison, makesNewMetric } from '../../parse/index.ts'
import { type Column, extraWeight, histogramCells, newColumn } from '../column/column.ts'
import { dropLabels, keepLabels, labelsKey, withLabel, withoutName } from '../column/label-sets.ts'
import { lookUp } from '../column/look-up.ts'
import { binaryFunction } from '../numbers/arithmetic.ts'
import { dropName, mergeSameLabels, withoutIdentity } from '../run/metric-name.ts'
import type { Run } from '../run/run.ts'
import { combineSamples, isTrim, type Remark, type Sample } from './binary-histogram.ts'

/** One vector element with a number: in place. `vectorOnLeft` says which side the column stands on. */
export function applyScalar(
  run: Run,
  expr: BinaryExpr,
  column: Column,
  scalars: Float64Array,
  vectorOnLeft: boolean,
): void {
  if (column.histograms !== undefined || isTrim(expr.op)) {
    applyScalarToSamples(run, expr, column, scalars, vectorOnLeft)
    return
  }
  const apply = binaryFunction(expr.op)
  const { values, present } = column
  const filters = isComparison(expr.op) && !expr.returnBool
  for (let i = 0; i < values.length; i++) {
    if (present[i] === 0) continue
    const value = values[i]!
    const result = vectorOnLeft ? apply(value, scalars[i]!) : apply(scalars[i]!, value)
    if (!filters) values[i] = result
    else if (result === 0) present[i] = 0
  }
  if (!filters) dropName(run, column)
}

/** `applyScalar` where there are histograms. */
function applyScalarToSamples(
  run: Run,
  expr: BinaryExpr,
  column: Column,
  scalars: Float64Array,
  vectorOnLeft: boolean,
): void {
  const { values, present } = column
  const cells = histogramCells(column)
  const filters = isComparison(expr.op) && !expr.returnBool
  for (let i = 0; i < values.length; i++) {
    if (present[i] === 0) continue
    const own = cells[i] ?? values[i]!
    const { result, remark } = vectorOnLeft
      ? combineSamples(expr, own, scalars[i]!)
      : combineSamples(expr, scalars[i]!, own)
    if (remark !== undefined) run.remark(remark.kind, remark.text, expr)
    // A comparison passes the vector's sample on, on whichever side it stands.
    if (result === undefined) present[i] = 0
    else if (!filters) setSample(values, cells, i, result)
  }
  if (makesNewMetric(expr)) dropName(run, column)
}

function setSample(values: Float64Array, cells: (FloatHistogram | undefined)[], i: number, sample: Sample): void {
  if (typeof sample === 'number') {
    values[i] = sample
    cells[i] = undefined
  } else cells[i] = sample
}

/** The part of a label set by which two sides find each other. */
function matchLabels(expr: BinaryExpr): (labels: Labels) => Labels {
  const names = new Set(expr.matching.labels)
  if (expr.matching.on) return (labels) => keepLabels(labels, names)
  names.add('__name__')
  return (labels) => dropLabels(labels, names)
}

/** `and`, `or`, `unless`: per step, by the labels that are compared. */
export function combineSets(run: Run, expr: BinaryExpr, left: Column[], right: Column[], steps: number): Column[] {
  const signature = matchLabels(expr)
  const presence = (columns: readonly Column[]) => {
    const found = new Map<string, Uint8Array>()
    for (const column of columns) {
      const key = labelsKey(signature(column.labels))
      const cells = lookUp(found, key, () => new Uint8Array(steps))
      for (let i = 0; i < steps; i++) cells[i]! |= column.present[i]!
    }
    return found
  }
  const other = presence(expr.op === 'or' ? left : right)
  const hide = (columns: readonly Column[], keepWhere: 0 | 1) => {
    for (const column of columns) {
      const cells = other.get(labelsKey(signature(column.labels)))
      for (let i = 0; i < steps; i++) if ((cells?.[i] ?? 0) !== keepWhere) column.present[i] = 0
    }
  }
  if (expr.op !== 'or') {
    hide(left, expr.op === 'and' ? 1 : 0)
    return left
  }
  hide(right, 0)
  return mergeSameLabels(run, [...left, ...right], expr)
}

type Bucket = { readonly many: Column[]; readonly one: Column[] }

/** Arithmetic and comparison between two vectors: one-to-one, or with `group_left`/`group_right` many-to-one. */
export async function combineVectors(
  run: Run,
  expr: BinaryExpr,
  left: Column[],
  right: Column[],
  steps: number,
): Promise<Column[]> {
  const { cardinality, fillLeft, fillRight } = expr.matching
  const oneIsLeft = cardinality === 'one-to-many'
  const signature = matchLabels(expr)
  const buckets = new Map<string, Bucket>()
  const bucketOf = (column: Column): Bucket => {
    return lookUp(buckets, labelsKey(signature(column.labels)), () => ({ many: [], one: [] }))
  }
  const manySide = oneIsLeft ? right : left
  const oneSide = oneIsLeft ? left : right
  for (const column of oneSide) bucketOf(column).one.push(column)
  for (const column of manySide) bucketOf(column).many.push(column)
  const anyMany = lazyPresence(manySide, steps)
  // As in Prometheus, which does not turn the fill values round with the sides of group_right.
  const fillOne = fillRight
  const fillMany = fillLeft
  const results: Column[] = []
  const remarks = lastRemarks(run, expr, manySide, steps)
  for (const bucket of buckets.values()) {
    if (bucket.one.length > 1) refuseDuplicateOnes(run, expr, bucket.one, signature, anyMany(), oneIsLeft)
    if (fillOne !== undefined || fillMany !== undefined) fillGaps(bucket, signature, fillOne, fillMany, steps)
    if (bucket.one.length === 0 || bucket.many.length === 0) continue
    combineBucket(run, expr, bucket, oneIsLeft, steps, results, remarks.note)
    if (run.spend(steps * bucket.many.length)) await run.pause()
  }
  remarks.tell()
  return mergeSameLabels(run, results, expr)
}

/** Adds stand-ins for a side at the steps where only the other one has a value. */
function fillGaps(
  { one, many }: Bucket,
  signature: (labels: Labels) => Labels,
  fillOne: number | undefined,
  fillMany: number | undefined,
  steps: number,
): void {
  const hasOne = lazyPresence([...one], steps)()
  const hasMany = lazyPresence([...many], steps)()
  const [firstOne, firstMany] = [one[0], many[0]]
  if (fillOne !== undefined && firstMany !== undefined) {
    one.push(filler(signature(firstMany.labels), fillOne, hasOne, hasMany))
  }
  if (fillMany !== undefined && firstOne !== undefined) {
    many.push(filler(signature(firstOne.labels), fillMany, hasMany, hasOne))
  }
}

function filler(labels: Labels, value: number, own: Uint8Array, other: Uint8Array): Column {
  const column = newColumn(labels, own.length)
  column.values.fill(value)
  for (let i = 0; i < own.length; i++) column.present[i] = own[i] === 0 && other[i] === 1 ? 1 : 0
  return column
}

function lazyPresence(columns: readonly Column[], steps: number): () => Uint8Array {
  let cells: Uint8Array | undefined
  return () => {
    if (cells === undefined) {
      cells = new Uint8Array(steps)
      for (const { present } of columns) for (let i = 0; i < steps; i++) cells[i]! |= present[i]!
    }
    return cells
  }
}

function refuseDuplicateOnes(
  run: Run,
  expr: BinaryExpr,
  ones: readonly Column[],
  signature: (labels: Labels) => Labels,
  anyMany: Uint8Array,
  oneIsLeft: boolean,
): void {
  const owner = new Int32Array(anyMany.length)
  for (const [index, column] of ones.entries()) {
    for (let i = 0; i < owner.length; i++) {
      if (column.present[i] === 0 || anyMany[i] === 0) continue
      if (owner[i]! > 0) {
        const pair = [metricText(column.labels), metricText(ones[owner[i]! - 1]!.labels)].sort().join(', ')
        run.fail(
          `found duplicate series for the match group ${metricText(signature(column.labels))} on the ` +
            `${oneIsLeft ? 'left' : 'right'} hand-side of the operation: [${pair}]` +
            ';many-to-many matching not allowed: matching labels must be unique on one side',
          expr,
        )
      }
      owner[i] = index + 1
    }
  }
}

/** A label set as Prometheus prints it in these errors: the name among the labels. */
function metricText(labels: Labels): string {
  const name = labelValue(labels, '__name__')
  const rest = formatLabels(withoutName(labels))
  if (name === '') return rest === '' ? '{}' : rest
  const inside = rest === '{}' || rest === '' ? '' : `, ${rest.slice(1, -1)}`
  return `{__name__=${JSON.stringify(name)}${inside}}`
}

function combineBucket(
  run: Run,
  expr: BinaryExpr,
  bucket: Bucket,
  oneIsLeft: boolean,
  steps: number,
  results: Column[],
  note: RemarkNote,
): void {
  const trims = isTrim(expr.op)
  const apply = trims ? undefined : binaryFunction(expr.op)
  const filters = isComparison(expr.op) && !expr.returnBool
  const oneToOne = expr.matching.cardinality === 'one-to-one'
  // Which steps of a result are taken, also by matches that a comparison then filters away.
  const taken = new Map<string, Uint8Array>()
  for (const many of bucket.many) {
    for (const one of bucket.one) {
      const labels = resultLabels(run, expr, many.labels, one.labels)
      const key = oneToOne ? '' : labelsKey(labels)
      const matched = bucket.many.length > 1 ? lookUp(taken, key, () => new Uint8Array(steps)) : undefined
      const out = newColumn(labels, steps, many.dropName)
      if (apply === undefined || many.histograms !== undefined || one.histograms !== undefined) {
        const match = (i: number) => claim(run, expr, matched, i, oneToOne)
        if (!combinePair(expr, many, one, oneIsLeft, out, match, note)) continue
        if (expr.returnBool) dropName(run, out)
        out.held += extraWeight(histogramCells(out))
        run.hold(out.held, expr)
        results.push(out)
        continue
      }
      let any = false
      for (let i = 0; i < steps; i++) {
        if (many.present[i] === 0 || one.present[i] === 0) continue
        if (matched !== undefined) claim(run, expr, matched, i, oneToOne)
        const leftValue = oneIsLeft ? one.values[i]! : many.values[i]!
        const rightValue = oneIsLeft ? many.values[i]! : one.values[i]!
        const result = apply(leftValue, rightValue)
        if (filters && result === 0) continue
        out.values[i] = filters ? leftValue : result
        out.present[i] = 1
        any = true
      }
      if (!any) continue
      if (expr.returnBool) dropName(run, out)
      run.hold(steps, expr)
      results.push(out)
    }
  }
}

/** Takes a step for a match of its own; a second match is an error. */
function claim(run: Run, expr: BinaryExpr, matched: Uint8Array | undefined, i: number, oneToOne: boolean): void {
  if (matched === undefined) return
  if (matched[i] === 1) {
    run.fail(
      oneToOne
        ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
        : 'multiple matches for labels: grouping labels must ensure unique matches',
      expr,
    )
  }
  matched[i] = 1
}

/** The loop over the steps where there are histograms; samples that do not fit together are no match. */
function combinePair(
  expr: BinaryExpr,
  many: Column,
  one: Column,
  oneIsLeft: boolean,
  out: Column,
  match: (step: number) => void,
  note: RemarkNote,
): boolean {
  const cells = histogramCells(out)
  let any = false
  for (let i = 0; i < out.values.length; i++) {
    if (many.present[i] === 0 || one.present[i] === 0) continue
    const own = many.histograms?.[i] ?? many.values[i]!
    const other = one.histograms?.[i] ?? one.values[i]!
    const { result, remark, isMatch } = oneIsLeft ? combineSamples(expr, other, own) : combineSamples(expr, own, other)
    if (remark !== undefined) note(many, i, remark)
    if (!isMatch) continue
    match(i)
    if (result === undefined) continue
    setSample(out.values, cells, i, result)
    out.present[i] = 1
    any = true
  }
  return any
}

type RemarkNote = (many: Column, step: number, remark: Remark) => void

/** As in Prometheus: of all that is to be said of a step, only the remark on the last sample of the side of many. */
function lastRemarks(
  run: Run,
  expr: BinaryExpr,
  manySide: readonly Column[],
  steps: number,
): { readonly note: RemarkNote; readonly tell: () => void } {
  const last: { order: number; remark: Remark }[] = []
  let orders: Map<Column, number> | undefined
  return {
    note(many, step, remark) {
      orders ??= new Map(manySide.map((column, i) => [column, i]))
      const order = orders.get(many) ?? manySide.length
      if ((last[step]?.order ?? -1) <= order) last[step] = { order, remark }
    },
    tell() {
      for (let i = 0; i < steps; i++) {
        const one = last[i]
        if (one !== undefined) run.remark(one.remark.kind, one.remark.text, expr)
      }
    },
  }
}

function resultLabels(run: Run, expr: BinaryExpr, many: Labels, one: Labels): Labels {
  const { matching } = expr
  let labels = isComparison(expr.op) || isTrim(expr.op) ? many : withoutIdentity(run, many)
  if (matching.cardinality === 'one-to-one') {
    const names = new Set(matching.labels)
    labels = matching.on ? keepLabels(labels, names) : dropLabels(labels, names)
  }
  for (const name of matching.include) labels = withLabel(labels, name, labelValue(one, name))
  return labels
}
