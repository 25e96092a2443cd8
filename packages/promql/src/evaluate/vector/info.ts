// info(v, {selector}): the labels of info series (`target_info` and its like) added to the series that they tell of.
//
// Base and info series belong together where both have the same `instance` and `job`. At each step the newest sample
// decides which of several info series of a name holds, so that one base series may become several, one after another.
//
// Source: Prometheus, functions, `info`, and its acceptance file info.test.

import { formatLabels, type Labels, labelValue } from '../../labels.ts'
import { compileMatcher } from '../../match/index.ts'
import { type CallExpr, type Expr, type LabelMatcher, unwrapParens, type VectorSelector } from '../../parse/index.ts'
import { type Column, histogramCells, newColumn } from '../column/column.ts'
import { labelsKey, withLabel } from '../column/label-sets.ts'
import { lookUp } from '../column/look-up.ts'
import { durationMs } from '../run/durations.ts'
import type { Grid } from '../run/grid.ts'
import { mergeSameLabels } from '../run/metric-name.ts'
import type { Run } from '../run/run.ts'
import type { Windows } from '../run/windows.ts'
import { readSeries } from '../samples/read-series.ts'
import { isStaleAt } from '../samples/stale.ts'

const IDENTIFYING: readonly string[] = ['instance', 'job']
const TARGET_INFO: LabelMatcher = { name: '__name__', op: '=', value: 'target_info' }
const ANY_INFO: LabelMatcher = { name: '__name__', op: '=~', value: '.+_info' }
/** With more values than that a regex costs more than it spares; unfit series are left out afterwards in any case. */
const MAX_ALTERNATIVES = 50

/** An info series: when its sample was taken, per step, in ms; NaN where there is none. */
type InfoSeries = { readonly labels: Labels; readonly name: string; readonly takenAt: Float64Array }

/** The base columns with the labels added; they are new columns, or (info series themselves) those of the base. */
export async function addInfo(run: Run, call: CallExpr, grid: Grid, base: readonly Column[]): Promise<Column[]> {
  const chooser = call.args[1] === undefined ? undefined : (unwrapParens(call.args[1]) as VectorSelector)
  const given = chooser?.matchers ?? []
  const nameMatchers = infoNames(given.filter(({ name }) => name === '__name__'))
  const dataMatchers = given.filter(({ name }) => name !== '__name__')
  const isInfo = nameMatchers.map((matcher) => compileMatcher(matcher))
  const enriched: Column[] = []
  const results: Column[] = []
  for (const column of base) {
    const name = labelValue(column.labels, '__name__')
    if (!isInfo.every((matches) => matches(name))) enriched.push(column)
    else {
      run.hold(grid.steps, call)
      results.push(column)
    }
  }
  const infos = await readInfos(run, call, grid, enriched, [...nameMatchers, ...dataMatchers])
  const choices = chooseNewest(run, call, infos, base, grid.steps)
  const needed = dataMatchers.some((matcher) => !compileMatcher(matcher)(''))
  const wanted = dataMatchers.length === 0 ? undefined : new Set(dataMatchers.map(({ name }) => name))
  for (const column of enriched) {
    enrich(run, call, column, choices.get(identity(column.labels)) ?? [], { wanted, needed, results })
    if (run.spend(4 * grid.steps)) await run.pause()
  }
  run.release(infos.length * grid.steps)
  return mergeSameLabels(run, results, call)
}

/** Matchers of the names of info metrics: what is only excluded is excluded from all that end in `_info`. */
function infoNames(given: readonly LabelMatcher[]): readonly LabelMatcher[] {
  if (given.length === 0) return [TARGET_INFO]
  return given.some(({ op }) => op === '=' || op === '=~') ? given : [ANY_INFO, ...given]
}

/** By what a base series and its info series are found to belong together. */
function identity(labels: Labels): string {
  return labelsKey(IDENTIFYING.flatMap((name) => [name, labelValue(labels, name)]))
}

async function readInfos(
  run: Run,
  call: CallExpr,
  grid: Grid,
  base: readonly Column[],
  matchers: readonly LabelMatcher[],
): Promise<InfoSeries[]> {
  const identities = new Map<string, Set<string>>()
  for (const name of IDENTIFYING) {
    const values = new Set(base.map(({ labels }) => labelValue(labels, name)).filter((value) => value !== ''))
    if (values.size > 0) identities.set(name, values)
  }
  if (identities.size === 0) return []
  const narrow = [...identities].flatMap(([name, values]): LabelMatcher[] => {
    if (values.size > MAX_ALTERNATIVES) return [{ name, op: '!=', value: '' }]
    return [{ name, op: '=~', value: [...values].map(escapeRegex).join('|') }]
  })
  const selector: VectorSelector = {
    kind: 'selector',
    name: '',
    matchers: [...matchers, ...narrow],
    offset: undefined,
    at: undefined,
    extension: undefined,
    start: call.start,
    end: call.end,
  }
  const windows = infoWindows(run, call, grid)
  const found: InfoSeries[] = []
  await readSeries(run, selector, windows, true, (labels, ts, values, from, to, histograms) => {
    for (const [name, wanted] of identities) if (!wanted.has(labelValue(labels, name))) return
    run.hold(grid.steps, call)
    const takenAt = lastTimes(windows, ts, from, to, (i) => {
      if (histograms?.[i] !== undefined) run.fail('info sample should be float', call)
      return !isStaleAt(values, i)
    })
    found.push({ labels, name: labelValue(labels, '__name__'), takenAt })
  })
  return found
}

/** Info series are looked at when the first selector of the base is: its `@` and offsets, and those around it, count. */
function infoWindows(run: Run, call: CallExpr, grid: Grid): Windows {
  const { lookbackMs, startMs, endMs } = run.options
  const path = pathToSelector(call.args[0]!) ?? []
  let offsetMs = 0
  let pinnedMs: number | undefined
  for (const node of path.reverse()) {
    if (node.kind !== 'selector' && node.kind !== 'subquery') continue
    if (node.offset !== undefined) offsetMs += durationMs(run, node.offset)
    if (node.at === undefined) continue
    pinnedMs = node.at.kind === 'time' ? node.at.ms : node.at.kind === 'start' ? startMs : endMs
    break
  }
  return {
    firstEndMs: (pinnedMs ?? grid.startMs) - offsetMs,
    strideMs: pinnedMs === undefined ? grid.stepMs : 0,
    widthMs: lookbackMs,
    steps: grid.steps,
  }
}

/** The nodes from the top down to the first selector; undefined where there is none. */
function pathToSelector(expr: Expr): Expr[] | undefined {
  const below = (inner: readonly (Expr | undefined)[]) => {
    for (const one of inner) {
      const path = one === undefined ? undefined : pathToSelector(one)
      if (path !== undefined) return [expr, ...path]
    }
    return undefined
  }
  switch (expr.kind) {
    case 'selector':
      return [expr]
    case 'matrix':
      return [expr, expr.selector]
    case 'paren':
    case 'unary':
    case 'subquery':
      return below([expr.inner])
    case 'binary':
      return below([expr.left, expr.right])
    case 'aggregate':
      return below([expr.inner, expr.param])
    case 'call':
      return below(expr.args)
    default:
      return undefined
  }
}

function lastTimes(
  { firstEndMs, strideMs, widthMs, steps }: Windows,
  ts: Float64Array,
  from: number,
  to: number,
  isSample: (i: number) => boolean,
): Float64Array {
  const out = new Float64Array(steps).fill(Number.NaN)
  let next = from
  for (let step = 0; step < steps; step++) {
    const endMs = firstEndMs + step * strideMs
    while (next < to && ts[next]! <= endMs) next++
    if (next > from && ts[next - 1]! > endMs - widthMs && isSample(next - 1)) out[step] = ts[next - 1]!
  }
  return out
}

/** Which of the info series of one name and identity holds at each step: a place in `series`, or -1. */
type Choice = { readonly series: readonly InfoSeries[]; readonly places: Int32Array }

/** By identity, in order of the info metrics' names. Two samples of one time are a conflict where anything is asked. */
function chooseNewest(
  run: Run,
  call: CallExpr,
  infos: readonly InfoSeries[],
  base: readonly Column[],
  steps: number,
): Map<string, Choice[]> {
  const asked = new Uint8Array(steps)
  for (const { present } of base) for (let i = 0; i < steps; i++) asked[i]! |= present[i]!
  const groups = new Map<string, Map<string, InfoSeries[]>>()
  for (const info of infos) {
    const byName = lookUp(groups, identity(info.labels), () => new Map<string, InfoSeries[]>())
    lookUp(byName, info.name, () => []).push(info)
  }
  const choices = new Map<string, Choice[]>()
  for (const [key, byName] of groups) {
    const names = [...byName].sort(([a], [b]) => (a < b ? -1 : 1))
    const chosen = names.map(([, series]) => {
      const places = new Int32Array(steps).fill(-1)
      for (let i = 0; i < steps; i++) {
        if (asked[i] === 0) continue
        for (let s = 0; s < series.length; s++) {
          const time = series[s]!.takenAt[i]!
          const best = places[i] === -1 ? Number.NEGATIVE_INFINITY : series[places[i]!]!.takenAt[i]!
          if (time === best) conflict(run, call, series[places[i]!]!, series[s]!, time)
          if (time > best) places[i] = s
        }
      }
      return { series, places }
    })
    choices.set(key, chosen)
  }
  return choices
}

function conflict(run: Run, call: CallExpr, a: InfoSeries, b: InfoSeries, atMs: number): never {
  const text = ({ labels }: InfoSeries) => formatLabels(labels)
  return run.fail(
    `found duplicate series for info metric: existing ${text(a)} @ ${atMs}, new ${text(b)} @ ${atMs}`,
    call,
  )
}

type Enrichment = {
  /** Labels that are asked for; undefined: all. */
  readonly wanted: ReadonlySet<string> | undefined
  /** Without info series a base series is left out. */
  readonly needed: boolean
  readonly results: Column[]
}

/** Splits a base column by the info series that hold at its steps. */
function enrich(
  run: Run,
  call: CallExpr,
  column: Column,
  choices: readonly Choice[],
  { wanted, needed, results }: Enrichment,
): void {
  const steps = column.present.length
  const outs = new Map<string, Column | undefined>()
  for (let i = 0; i < steps; i++) {
    if (column.present[i] === 0) continue
    let key = ''
    let any = false
    for (const { places } of choices) {
      key += `${places[i]},`
      if (places[i] !== -1) any = true
    }
    if (!any && needed) continue
    const out = lookUp(outs, key, () => {
      const infos = choices.flatMap(({ series, places }) => (places[i] === -1 ? [] : [series[places[i]!]!]))
      run.hold(steps, call)
      const made = newColumn(withInfo(run, call, column.labels, infos, wanted), steps, column.dropName)
      results.push(made)
      return made
    })!
    out.values[i] = column.values[i]!
    out.present[i] = 1
    const histogram = column.histograms?.[i]
    if (histogram !== undefined) histogramCells(out)[i] = histogram
  }
}

function withInfo(
  run: Run,
  call: CallExpr,
  base: Labels,
  infos: readonly InfoSeries[],
  wanted: ReadonlySet<string> | undefined,
): Labels {
  const added = new Map<string, string>()
  for (const { labels } of infos) {
    for (let i = 0; i < labels.length; i += 2) {
      const name = labels[i]!
      const value = labels[i + 1]!
      if (name === '__name__' || wanted?.has(name) === false) continue
      if ((added.get(name) ?? value) !== value) run.fail(`conflicting label: ${name}`, call)
      if (labelValue(base, name) === '') added.set(name, value)
    }
  }
  let out = base
  for (const [name, value] of added) out = withLabel(out, name, value)
  return out
}

function escapeRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')
}
