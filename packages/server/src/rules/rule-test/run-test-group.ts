import {
  compareLabels,
  DEFAULT_LOOKBACK_MS,
  type Expr,
  evaluateInstant,
  formatDurationMs,
  type InstantResult,
  type Labels,
  labelRecord,
  PromqlError,
  type PromqlFeatures,
  parseExpr,
  parseMetric,
  parseSeriesDescription,
  quote,
} from '@binnacle/promql'
import { messageOf } from '../../config/index.ts'
import { nextTurn, silentLogger } from '../../telemetry/index.ts'
import { type AlertingRuleState, createAlertingRule } from '../alert-state/index.ts'
import { sortedPairs } from '../labels.ts'
import { createRecordingRule, type RecordingRuleState } from '../recording/index.ts'
import type { Rule, RuleFile, RuleGroup } from '../rule-file/index.ts'
import type { RuleQuery, RuleVector } from '../rule-query.ts'
import { createGoTemplates } from '../templates/index.ts'
import { dumpSeries } from './debug.ts'
import {
  formatAlerts,
  formatGoDuration,
  formatSamples,
  indent,
  samplesOf,
  type TestAlert,
  type TestSample,
} from './format.ts'
import { diffAlerts } from './json-diff.ts'
import type { AlertTest, ExprTest, RuleTestFile, RuleTestGroup } from './rule-test-file.ts'
import { createTestStorage, type TestStorage } from './test-storage.ts'

export type GroupRun = {
  readonly ruleFiles: readonly RuleFile[]
  readonly features: PromqlFeatures
  /** Alerts that differ print as a coloured difference. */
  readonly diff: boolean
  readonly signal: AbortSignal
  /** Takes what `--debug` prints of the samples. */
  readonly debug?: ((text: string) => void) | undefined
}

type TestedRule = {
  readonly name: string
  readonly group: RuleGroup
  readonly state:
    | ({ readonly kind: 'alerting' } & AlertingRuleState)
    | ({ readonly kind: 'recording' } & RecordingRuleState)
  lastError: string | undefined
}

/**
 * Runs one test group: evaluates all rules of its files at every evaluation interval up to the last moment that a test
 * asks for, by the evaluation that the program itself uses. Returns failures in promtool's words.
 */
export async function runTestGroup(file: RuleTestFile, group: RuleTestGroup, run: GroupRun): Promise<string[]> {
  const storage = createTestStorage()
  for (const [i, { series, values }] of group.inputSeries.entries()) {
    try {
      const { labels, points } = parseSeriesDescription(`${series} ${values}`.trim())
      storage.addInput(labels, points, { startMs: group.startMs, stepMs: group.intervalMs })
    } catch (error) {
      if (!(error instanceof PromqlError)) throw error
      // promtool writes the series into a script below one line of its own.
      return [error.message.replace(/^1:/, `${i + 2}:`)]
    }
  }
  const unnamed = group.alertTests.find(({ alertname }) => alertname === '')
  if (unnamed !== undefined) {
    const where = group.name === '' ? '' : ` (in TestGroup ${group.name})`
    const at = formatDurationMs(unnamed.evalTimeMs)
    return [`an item under alert_rule_test misses required attribute alertname at eval_time ${at}${where}`]
  }
  const ask = createAsk(storage, file, run)
  const groups = rulesOf(file, group, run, ask)
  const failures: string[] = []
  const alertTests = [...group.alertTests].sort((a, b) => a.evalTimeMs - b.evalTimeMs)
  let next = 0
  const lastMs = Math.max(0, ...[...group.alertTests, ...group.exprTests].map(({ evalTimeMs }) => evalTimeMs))
  for (let sinceMs = 0; sinceMs <= lastMs; sinceMs += file.evaluationIntervalMs) {
    const atMs = group.startMs + sinceMs
    storage.appendTill(atMs)
    const broken: string[] = []
    for (const rules of groups) {
      for (const rule of rules) await evaluateRule(rule, atMs, storage, run.signal)
      for (const { name, lastError } of rules) {
        if (lastError !== undefined)
          broken.push(`    rule: ${name}, time: ${formatGoDuration(atMs)}, err: ${lastError}`)
      }
    }
    if (broken.length > 0) return [...failures, ...broken]
    for (; next < alertTests.length && alertTests[next]!.evalTimeMs < sinceMs + file.evaluationIntervalMs; next++) {
      const failure = compareAlerts(alertTests[next]!, groups, group, run.diff)
      if (failure !== undefined) failures.push(failure)
    }
  }
  for (const test of group.exprTests) {
    const failure = await runExprTest(test, group, { ask, fuzzy: file.fuzzyCompare })
    if (failure !== undefined) failures.push(failure)
  }
  if (run.debug !== undefined) {
    // A little later than the last moment: what was written then is to be seen.
    const spanMs = Math.floor((lastMs + 1000) / 1000) * 1000
    const result = await ask(`{__name__=~".+"}[${formatDurationMs(spanMs)}]`, group.startMs + spanMs)
    run.debug(`DEBUG: Dump of all data (input_series and rules) at ${formatGoDuration(spanMs)}:`)
    run.debug(dumpSeries(result))
  }
  return failures
}

/** `expr`: the text, parsed before. */
type Ask = (text: string, timeMs: number, expr?: Expr) => Promise<InstantResult>

function createAsk(storage: TestStorage, file: RuleTestFile, { features, signal }: GroupRun): Ask {
  return async (text, timeMs, expr = parseExpr(text, { features })) =>
    evaluateInstant(expr, {
      source: storage.source,
      signal,
      timeMs,
      features,
      lookbackMs: DEFAULT_LOOKBACK_MS,
      subqueryStepMs: file.evaluationIntervalMs,
      queryText: text,
    })
}

/** The rules of each group, in the order in which groups are evaluated. */
function rulesOf(
  file: RuleTestFile,
  { externalLabels, externalUrl }: RuleTestGroup,
  run: GroupRun,
  ask: Ask,
): TestedRule[][] {
  const order = (name: string) => Math.max(0, file.groupEvalOrder.indexOf(name))
  const found = run.ruleFiles.flatMap((ruleFile) => ruleFile.groups.map((group) => ({ ruleFile, group })))
  const templates = createGoTemplates(
    { query: async (text, timeMs) => toVector(await ask(text, timeMs)), log: silentLogger },
    { externalUrl, externalLabels: sortedPairs(externalLabels) },
  )
  const toRule = (ruleFile: RuleFile, group: RuleGroup, rule: Rule): TestedRule => {
    const query = queryOf(rule, ask)
    const own = rule.kind === 'alerting' ? rule.labels : labelRecord(rule.labels)
    const labels = sortedPairs({ ...labelRecord(group.labels), ...own })
    if (rule.kind === 'recording') {
      const state = createRecordingRule(query, rule, labels)
      return {
        name: rule.record,
        group,
        state: Object.assign(state, { kind: 'recording' as const }),
        lastError: undefined,
      }
    }
    const address = { file: ruleFile.file, group: group.name, name: rule.alert }
    const deps = {
      query,
      templates,
      fingerprintOf: (set: Labels) => set.join('\ud800'),
      toldLabels: (set: Labels) => set,
    }
    const state = createAlertingRule(deps, rule, { address, labels, noData: undefined })
    return { name: rule.alert, group, state: Object.assign(state, { kind: 'alerting' as const }), lastError: undefined }
  }
  return found
    .sort((a, b) => order(a.group.name) - order(b.group.name))
    .map(({ ruleFile, group }) => group.rules.map((rule) => toRule(ruleFile, group, rule)))
}

function queryOf({ expr, ast }: Rule, ask: Ask): RuleQuery {
  return {
    evaluate: async (timeMs) => toVector(await ask(expr, timeMs, ast)),
    // Why an alert has ended is no matter of these tests.
    inputs: async () => ({ has: () => true, isFresh: () => true, any: true }),
    arrivals: () => [],
  }
}

function toVector(result: InstantResult): RuleVector {
  if (result.kind === 'vector') {
    const { labels, values, histograms } = result
    return histograms === undefined ? { labels, values } : { labels, values, histograms }
  }
  if (result.kind === 'scalar') return { labels: [[]], values: Float64Array.of(result.value) }
  throw new Error('rule result is not a vector or scalar')
}

async function evaluateRule(
  rule: TestedRule,
  atMs: number,
  { output }: TestStorage,
  signal: AbortSignal,
): Promise<void> {
  const { queryOffsetMs, limit } = rule.group
  const queryMs = atMs - (queryOffsetMs ?? 0)
  try {
    const { error } =
      rule.state.kind === 'recording'
        ? await rule.state.evaluate({ queryMs, limit, signal }, output)
        : await rule.state.evaluate(
            { atMs, queryMs, limit, writesSeries: true, lateSinceMs: undefined, signal, pause: nextTurn },
            output,
          )
    rule.lastError = error?.message
  } catch (error) {
    if (signal.aborted) throw signal.reason
    rule.lastError = messageOf(error)
  }
}

function compareAlerts(
  { alertname, evalTimeMs, expected }: AlertTest,
  groups: readonly (readonly TestedRule[])[],
  group: RuleTestGroup,
  diff: boolean,
): string | undefined {
  const got: TestAlert[] = []
  for (const { name, state } of groups.flat()) {
    if (state.kind !== 'alerting' || name !== alertname) continue
    for (const alert of state.alerts.values()) if (alert.state === 'firing') got.push(alert)
  }
  const wanted = expected.map(({ labels, annotations }): TestAlert => {
    return { labels: sortedPairs({ ...labels, alertname }), annotations: sortedPairs(annotations) }
  })
  got.sort(byLabels)
  wanted.sort(byLabels)
  const same = (a: TestAlert, b: TestAlert | undefined) => b !== undefined && byLabels(a, b) === 0
  if (got.length === wanted.length && got.every((alert, i) => same(alert, wanted[i]))) return undefined
  const name = group.name === '' ? '' : `    name: ${group.name},\n`
  const head = `${name}    alertname: ${alertname}, time: ${formatDurationMs(evalTimeMs)}, \n`
  const by = ' '.repeat(12)
  if (diff) return `${head}        diff: ${indent(diffAlerts(wanted, got), by)}`
  return `${head}        exp:${indent(formatAlerts(wanted), by)}, \n        got:${indent(formatAlerts(got), by)}`
}

function byLabels(a: TestAlert, b: TestAlert): number {
  return compareLabels(a.labels, b.labels) || compareLabels(a.annotations, b.annotations)
}

async function runExprTest(
  { expr, evalTimeMs, expected }: ExprTest,
  { startMs }: RuleTestGroup,
  { ask, fuzzy }: { readonly ask: Ask; readonly fuzzy: boolean },
): Promise<string | undefined> {
  const head = `    expr: ${quote(expr)}, time: ${formatDurationMs(evalTimeMs)},`
  let got: TestSample[]
  try {
    const vector = toVector(await ask(expr, startMs + evalTimeMs))
    got = samplesOf(vector)
  } catch (error) {
    return `${head} err: ${messageOf(error)}`
  }
  const wanted: TestSample[] = []
  for (const { labels, value, histogram } of expected) {
    try {
      wanted.push({ labels: parseMetric(labels), value, histogram: histogram === '' ? '' : normalized(histogram) })
    } catch (error) {
      return `${head} err: labels ${quote(labels)}: ${messageOf(error)}`
    }
  }
  const order = (a: TestSample, b: TestSample) => compareLabels(a.labels, b.labels)
  got.sort(order)
  wanted.sort(order)
  const same = (a: TestSample, b: TestSample) =>
    order(a, b) === 0 &&
    a.histogram === b.histogram &&
    isSame(a.histogram === '' ? a.value : 0, b.histogram === '' ? b.value : 0, fuzzy)
  if (got.length === wanted.length && got.every((sample, i) => same(sample, wanted[i]!))) return undefined
  return `${head}\n        exp: ${formatSamples(wanted)}\n        got: ${formatSamples(got)}`
}

/** A histogram as it is written in its one way. */
function normalized(text: string): string {
  const { points } = parseSeriesDescription(`{} ${text}`)
  const [point] = points
  if (points.length !== 1) throw new Error(`expected 1 value, got ${points.length}`)
  if (typeof point !== 'object') throw new Error(`expected histogram, got ${goPoint(point ?? 'absent')}`)
  return samplesOf({ labels: [[]], values: Float64Array.of(0), histograms: [point.histogram] })[0]!.histogram
}

const BITS = new DataView(new ArrayBuffer(8))

/** Equal as floats are (NaN never is); `fuzzy`: or next to each other. */
function isSame(a: number, b: number, fuzzy: boolean): boolean {
  if (a === b) return true
  if (!fuzzy || !Number.isFinite(a) || !Number.isFinite(b)) return false
  const order = (value: number) => {
    BITS.setFloat64(0, value)
    const bits = BITS.getBigInt64(0)
    return bits < 0n ? -(bits & 0x7fff_ffff_ffff_ffffn) : bits
  }
  const apart = order(a) - order(b)
  return apart === 1n || apart === -1n
}

/** A point that is no histogram as promtool names it: Go's `%f`, `_` where there is none. */
function goPoint(point: number | 'stale' | 'absent'): string {
  if (point === 'absent') return '_'
  if (point === 'stale' || Number.isNaN(point)) return 'NaN'
  if (!Number.isFinite(point)) return point > 0 ? '+Inf' : '-Inf'
  // Beyond 1e21 toFixed writes an exponent; such numbers are whole.
  return Math.abs(point) < 1e21 ? point.toFixed(6) : `${BigInt(point)}.000000`
}
