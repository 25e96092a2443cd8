import { formatLabels, type Labels, labelValue } from '../labels.ts'
import { type BinaryExpr, isComparison } from '../parse/index.ts'
import { binaryFunction } from './arithmetic.ts'
import {
  type Column,
  dropLabels,
  dropName,
  keepLabels,
  labelsKey,
  lookUp,
  mergeSameLabels,
  newColumn,
  withLabel,
  withoutName,
} from './column.ts'
import type { Run } from './run.ts'

/** One vector element with a number: in place. `vectorOnLeft` says which side the column stands on. */
export function applyScalar(
  run: Run,
  expr: BinaryExpr,
  column: Column,
  scalars: Float64Array,
  vectorOnLeft: boolean,
): void {
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
  for (const bucket of buckets.values()) {
    if (bucket.one.length > 1) refuseDuplicateOnes(run, expr, bucket.one, signature, anyMany(), oneIsLeft)
    if (fillOne !== undefined && bucket.many.length > 0)
      bucket.one.push(filler(bucket.one, signature(bucket.many[0]!.labels), fillOne, steps))
    if (fillMany !== undefined && bucket.one.length > 0)
      bucket.many.push(filler(bucket.many, signature(bucket.one[0]!.labels), fillMany, steps))
    if (bucket.one.length === 0 || bucket.many.length === 0) continue
    combineBucket(run, expr, bucket, oneIsLeft, steps, results)
    if (run.spend(steps * bucket.many.length)) await run.pause()
  }
  return mergeSameLabels(run, results, expr)
}

/** Stands in, with a constant, at the steps where none of the columns has a value. */
function filler(columns: readonly Column[], labels: Labels, value: number, steps: number): Column {
  const column = newColumn(labels, steps)
  column.values.fill(value)
  for (let i = 0; i < steps; i++) column.present[i] = columns.some((other) => other.present[i] === 1) ? 0 : 1
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
): void {
  const apply = binaryFunction(expr.op)
  const filters = isComparison(expr.op) && !expr.returnBool
  const oneToOne = expr.matching.cardinality === 'one-to-one'
  // Which steps of a result are taken, also by matches that a comparison then filters away.
  const taken = new Map<string, Uint8Array>()
  for (const many of bucket.many) {
    for (const one of bucket.one) {
      const labels = resultLabels(expr, many.labels, one.labels)
      const key = oneToOne ? '' : labelsKey(labels)
      const matched = bucket.many.length > 1 ? lookUp(taken, key, () => new Uint8Array(steps)) : undefined
      const out = newColumn(labels, steps, many.dropName)
      let any = false
      for (let i = 0; i < steps; i++) {
        if (many.present[i] === 0 || one.present[i] === 0) continue
        if (matched !== undefined) {
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

function resultLabels(expr: BinaryExpr, many: Labels, one: Labels): Labels {
  const { matching } = expr
  let labels = isComparison(expr.op) ? many : withoutName(many)
  if (matching.cardinality === 'one-to-one') {
    const names = new Set(matching.labels)
    labels = matching.on ? keepLabels(labels, names) : dropLabels(labels, names)
  }
  for (const name of matching.include) labels = withLabel(labels, name, labelValue(one, name))
  return labels
}
