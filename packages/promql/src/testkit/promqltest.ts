// The script language of Prometheus's PromQL acceptance files. Source: prometheus/prometheus, promql/promqltest/README.md.

import { labelsKey } from '../evaluate/column/label-sets.ts'
import type { Labels } from '../labels.ts'
import type { FloatHistogram } from '../native-histogram/index.ts'
import { parseDurationMs, unquote } from '../parse/index.ts'
import { asStored, parseSeriesDescription } from '../series-notation/index.ts'
import { customHistograms } from './histogram-script.ts'
import type { MemorySeries } from './memory-source.ts'
import { number, type SeriesLine } from './script-lines.ts'

export type Expectation = { readonly kind: string; readonly match: 'any' | 'msg' | 'regex'; readonly text: string }

export type EvalCommand = {
  readonly kind: 'eval'
  readonly line: number
  readonly query: string
  readonly startMs: number
  readonly endMs: number
  /** 0 for an instant query. */
  readonly stepMs: number
  readonly expectations: readonly Expectation[]
  readonly rangeVector: { readonly startMs: number; readonly stepMs: number } | undefined
  readonly text: string | undefined
  readonly scalar: number | undefined
  readonly series: readonly SeriesLine[]
}

export type Command =
  | { readonly kind: 'clear' }
  | {
      readonly kind: 'load'
      readonly stepMs: number
      readonly withNhcb: boolean
      readonly series: readonly SeriesLine[]
    }
  | EvalCommand

export function parseScript(text: string): Command[] {
  const lines = text.split('\n').map((line) => (line.trim().startsWith('#') ? '' : line.trim()))
  const commands: Command[] = []
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!
    if (line === '') continue
    if (line === 'clear') {
      commands.push({ kind: 'clear' })
      continue
    }
    const body: string[] = []
    const at = i + 1
    while (i + 1 < lines.length && lines[i + 1] !== '') body.push(lines[++i]!)
    const load = /^load(_with_nhcb)?\s+(\S+)$/.exec(line)
    if (load !== null) {
      const series = seriesLines(body)
      commands.push({ kind: 'load', stepMs: timeMs(load[2]!), withNhcb: load[1] !== undefined, series })
    } else commands.push(evalCommand(line, at, body))
  }
  return commands
}

function evalCommand(line: string, at: number, body: readonly string[]): EvalCommand {
  const instant = /^eval(?:_(fail|warn|info|ordered))?\s+instant\s+(?:at\s+)?(\S+)\s+(.+)$/.exec(line)
  const range = /^eval(?:_(fail|warn|info|ordered))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/.exec(
    line,
  )
  const found = instant ?? range
  if (found === null) throw new Error(`line ${at}: cannot read ${line}`)
  const expectations: Expectation[] = []
  if (found[1] !== undefined) expectations.push({ kind: found[1], match: 'any', text: '' })
  let rangeVector: EvalCommand['rangeVector']
  let text: string | undefined
  let scalar: number | undefined
  const series: SeriesLine[] = []
  for (const one of body) {
    const vector = /^expect range vector from (\S+) to (\S+) step (\S+)$/.exec(one)
    const string = /^expect string (.+)$/.exec(one)
    const expected = /^expect\s+(fail|warn|info|no_warn|no_info|ordered)(?:\s+(msg|regex)\s*:\s*(.*))?$/.exec(one)
    const old = /^expected_fail_(message|regexp)\s+(.*)$/.exec(one)
    if (vector !== null) rangeVector = { startMs: timeMs(vector[1]!), stepMs: timeMs(vector[3]!) }
    else if (string !== null) text = unquote(string[1]!)
    else if (expected !== null) {
      expectations.push({
        kind: expected[1]!,
        match: (expected[2] as 'msg' | 'regex' | undefined) ?? 'any',
        text: (expected[3] ?? '').trim(),
      })
    } else if (old !== null)
      expectations.push({ kind: 'fail', match: old[1] === 'message' ? 'msg' : 'regex', text: old[2]! })
    else if (/^[+-]?(\d|\.\d|inf|nan)/i.test(one) && !one.includes(' ')) scalar = number(one)
    else series.push(seriesLine(one))
  }
  return {
    kind: 'eval',
    line: at,
    query: found.at(-1)!.trim(),
    startMs: timeMs(found[2]!),
    endMs: timeMs(range === null ? found[2]! : range[3]!),
    stepMs: range === null ? 0 : timeMs(range[4]!),
    expectations,
    rangeVector,
    text,
    scalar,
    series,
  }
}

function timeMs(text: string): number {
  const duration = parseDurationMs(text.replace(/^-/, ''))
  const value = duration ?? Number(text.replace(/^-/, '')) * 1000
  return text.startsWith('-') ? -value : value
}

/** `name{a="b"} 1 2+3x4 _ stale {{...}}`. */
export function seriesLine(line: string): SeriesLine {
  return parseSeriesDescription(line)
}

/** Lines of a `load`; one of start times, `name{...}@st -1m -1m`, is about the line that follows it. */
function seriesLines(body: readonly string[]): SeriesLine[] {
  const lines: SeriesLine[] = []
  let starts: (number | undefined)[] | undefined
  for (const line of body) {
    const [, offsets] = /@st\s+(.*)$/.exec(line) ?? []
    if (offsets === undefined) {
      lines.push(starts === undefined ? seriesLine(line) : { ...seriesLine(line), starts })
      starts = undefined
    } else starts = offsets.split(/\s+/).flatMap(startOffsets)
  }
  return lines
}

function startOffsets(word: string): (number | undefined)[] {
  const blank = /^_(?:x(\d+))?$/.exec(word)
  if (blank !== null) return new Array<undefined>(Number(blank[1] ?? 1)).fill(undefined)
  const found = /^([+-]?\d+[smhdwy]*)([+-]\d+[smhdwy]+)?(?:x(\d+))?$/.exec(word)
  if (found === null) throw new Error(`no offset of a start time: ${word}`)
  const [, first, step, times] = found
  const offset = (text: string | undefined) => (text === undefined ? 0 : timeMs(text.replace('+', '')))
  return Array.from({ length: 1 + Number(times ?? 0) }, (_, i) => offset(first) + i * offset(step))
}

type Stored = number | 'stale' | FloatHistogram

/** What `load` has put together so far. */
export class Storage {
  private readonly all = new Map<
    string,
    { labels: Labels; samples: Map<number, Stored>; starts: Map<number, number> }
  >()

  clear(): void {
    this.all.clear()
  }

  load({ stepMs, withNhcb, series }: Extract<Command, { kind: 'load' }>): void {
    for (const { labels, points, starts } of series) {
      points.forEach((point, i) => {
        if (point === 'absent') return
        const start = starts?.[i]
        const sample = typeof point === 'object' ? point.histogram : point
        this.set(labels, i * stepMs, sample, start === undefined ? undefined : i * stepMs + start)
      })
    }
    if (!withNhcb) return
    for (const { labels, samples } of customHistograms(series, stepMs)) {
      for (const [t, histogram] of samples) this.set(labels, t, histogram)
    }
  }

  private set(labels: Labels, t: number, sample: Stored, start?: number): void {
    const key = labelsKey(labels)
    let one = this.all.get(key)
    if (one === undefined) {
      one = { labels, samples: new Map(), starts: new Map() }
      this.all.set(key, one)
    }
    one.samples.set(t, sample)
    if (start !== undefined) one.starts.set(t, start)
  }

  series(stale: Float64Array): MemorySeries[] {
    return [...this.all.values()].map(({ labels, samples, starts }) => {
      const ts = [...samples.keys()].sort((a, b) => a - b)
      const stored = ts.map((t) => samples.get(t)!)
      const values = Float64Array.from(stored, (sample) => (typeof sample === 'number' ? sample : 0))
      stored.forEach((sample, i) => {
        if (sample === 'stale') values.set(stale, i)
      })
      const more = starts.size === 0 ? {} : { startTimes: ts.map((t) => starts.get(t) ?? 0) }
      if (!stored.some((sample) => typeof sample === 'object')) return { labels, ts, values, ...more }
      return { labels, ts, values, histograms: asStored(stored), ...more }
    })
  }
}
