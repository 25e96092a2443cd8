import type { FunctionSet } from '../execute/index.ts'
import { escapeQuery, quoteText } from '../format/index.ts'
import {
  humanize,
  humanize1024,
  humanizeDuration,
  humanizePercentage,
  humanizeTimestamp,
  matches,
  replaceAll,
  safeHtml,
  timeOfSeconds,
  toFloat,
  toLower,
  toTitle,
  toUpper,
} from '../prometheus-common/index.ts'
import { FunctionError } from '../template-error.ts'
import { DURATION, makeDuration, TIME } from '../time/index.ts'
import {
  ANY,
  compareTexts,
  GoList,
  GoMap,
  GoPointer,
  GoStruct,
  type GoType,
  listType,
  map,
  pointerType,
  STRING,
  STRING_MAP,
  structType,
  type Value,
} from '../values/index.ts'
import { isIpAddress, joinHostPort, splitHostPort } from './addresses.ts'

/** One series of a query's answer. */
export type QuerySample = {
  readonly labels: Readonly<Record<string, string>> | Iterable<readonly [string, string]>
  /** A float, or what `histogramValue` makes of a native histogram. */
  readonly value: number | Value
}

export type PrometheusHost = {
  /** For `externalURL` and `pathPrefix`. */
  readonly externalURL: string
  /**
   * Answers `query`: an instant query at the moment of the evaluation. It may answer at once or later; the same text is asked
   * once an execution. An error's message becomes the template's error. Without it, `query` fails.
   */
  readonly query?: (text: string, timeMs: number) => readonly QuerySample[] | Promise<readonly QuerySample[]>
}

const SAMPLE = structType('template.sample', [
  { name: 'Labels', type: STRING_MAP },
  { name: 'Value', type: ANY },
])
const SAMPLE_POINTER = pointerType(SAMPLE)
const RESULT = listType(SAMPLE_POINTER, { name: 'template.queryResult' })
const TIME_POINTER = pointerType(TIME)
const DURATION_POINTER = pointerType(DURATION)
const HISTOGRAM_POINTER = pointerType({
  name: 'histogram.FloatHistogram',
  kind: 'struct',
  fields: [],
  fieldAt: new Map(),
  toText: (value) => (value as GoMap).entries.get('text') as string,
})

/** A native histogram as a template's value: it prints as `text`, and no function takes it for a number. */
export function histogramValue(text: string): Value {
  return new GoPointer(HISTOGRAM_POINTER, map(new Map([['text', text]])))
}

function resultOf(samples: readonly QuerySample[]): GoList {
  return new GoList(
    RESULT,
    samples.map(({ labels, value }) => {
      const entries =
        Symbol.iterator in labels ? (labels as Iterable<readonly [string, string]>) : Object.entries(labels)
      return new GoPointer(SAMPLE_POINTER, new GoStruct(SAMPLE, [new GoMap(STRING_MAP, new Map(entries)), value]))
    }),
  )
}

const sampleOf = (value: Value): GoStruct => {
  const sample = value instanceof GoPointer ? value.target : undefined
  if (!(sample instanceof GoStruct))
    throw new FunctionError('runtime error: invalid memory address or nil pointer dereference')
  return sample
}
const labelOf = (value: Value, name: string): string =>
  ((sampleOf(value).values[0] as GoMap).entries.get(name) as string | undefined) ?? ''

/** Milliseconds of each unit, from large to small. */
const units = [
  ['y', 31_536_000_000],
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const

/** Seconds of a duration such as `1d12h` or `-5m`. Units come in order, the largest first. */
function parseDuration(text: string): number {
  const negative = text.startsWith('-')
  const body = negative ? text.slice(1) : text
  if (body === '') throw new FunctionError('empty duration string')
  if (body === '0') return 0
  const invalid = () => new FunctionError(`not a valid duration string: ${quoteText(body)}`)
  let ms = 0
  let last = -1
  for (let rest = body; rest !== ''; ) {
    const found = /^(\d+)(\D+)/.exec(rest)
    if (found === null) throw invalid()
    const [all, digits, name] = found as unknown as [string, string, string]
    const at = units.findIndex(([unit]) => unit === name)
    if (at < 0) throw new FunctionError(`unknown unit ${quoteText(name)} in duration ${quoteText(body)}`)
    if (at <= last) throw invalid()
    last = at
    ms += Number(digits) * units[at]![1]
    if (ms > 9_223_372_036_854) throw new FunctionError('duration out of range')
    rest = rest.slice(all.length)
  }
  return (negative ? -ms : ms) / 1000
}

function stripDomain(text: string): string {
  const { host, port } = splitHostPort(text) ?? { host: text, port: '' }
  if (isIpAddress(host)) return text
  const short = host.split('.')[0]!
  return port === '' ? short : joinHostPort(short, port)
}

const pathOf = (url: string): string => {
  const path = /^(?:[a-z][a-z0-9+.-]*:)?(?:\/\/[^/?#]*)?([^?#]*)/i.exec(url)?.[1] ?? ''
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

const text = (change: (text: string) => Value) => ({
  params: [STRING],
  call: ([given]: readonly Value[]) => change(given as string),
})
const number = (show: (value: Value) => Value) => ({ params: [ANY], call: ([value]: readonly Value[]) => show(value) })
const path = (tab: number) => text((expr) => `/graph?g0.expr=${escapeQuery(expr)}&g0.tab=${tab}`)

/**
 * The functions of Prometheus's rule templates. `now` and `query` stand at the `timeMs` of the execution.
 * Source: Prometheus documentation, "Template reference"; Prometheus 3.5.
 */
export function prometheusFunctions({ externalURL, query }: PrometheusHost): FunctionSet {
  return {
    query: {
      params: [STRING],
      call: ([expr], context) => {
        const asked = expr as string
        if (query === undefined) throw new FunctionError('there is nothing to query here')
        return context.wait(`query ${asked}`, () => {
          const answer = query(asked, context.timeMs)
          return answer instanceof Promise ? answer.then(resultOf) : resultOf(answer)
        })
      },
    },
    first: {
      params: [RESULT],
      call: ([result]) => {
        const { items } = result as GoList
        if (items.length === 0) throw new FunctionError('first() called on vector with no elements')
        return items[0]
      },
    },
    label: { params: [STRING, SAMPLE_POINTER], call: ([name, sample]) => labelOf(sample, name as string) },
    value: { params: [SAMPLE_POINTER], call: ([sample]) => sampleOf(sample).values[1] },
    strvalue: { params: [SAMPLE_POINTER], call: ([sample]) => labelOf(sample, '__value__') },
    sortByLabel: {
      params: [STRING, RESULT],
      call: ([name, result]) => {
        const keyed = (result as GoList).items.map((sample) => ({ sample, key: labelOf(sample, name as string) }))
        keyed.sort((a, b) => compareTexts(a.key, b.key))
        return new GoList(
          RESULT,
          keyed.map(({ sample }) => sample),
        )
      },
    },
    args: { params: [], rest: ANY, call: (values) => map(new Map(values.map((value, at) => [`arg${at}`, value]))) },
    reReplaceAll: {
      params: [STRING, STRING, STRING],
      call: ([pattern, by, given], context) => replaceAll(pattern as string, by as string, given as string, context),
    },
    match: {
      params: [STRING, STRING],
      call: ([pattern, given], context) => matches(pattern as string, given as string, context),
    },
    safeHtml: text(safeHtml),
    title: text((given) => toTitle(given, true)),
    toUpper: text(toUpper),
    toLower: text(toLower),
    graphLink: path(0),
    tableLink: path(1),
    stripPort: text((given) => splitHostPort(given)?.host ?? given),
    stripDomain: text(stripDomain),
    humanize: number(humanize),
    humanize1024: number(humanize1024),
    humanizeDuration: number(humanizeDuration),
    humanizePercentage: number(humanizePercentage),
    humanizeTimestamp: number(humanizeTimestamp),
    toTime: number((value) => new GoPointer(TIME_POINTER, timeOfSeconds(toFloat(value)))),
    toDuration: number((value) => new GoPointer(DURATION_POINTER, makeDuration(nanosOf(toFloat(value))))),
    now: { params: [], call: (_args, { timeMs }) => timeMs / 1000 },
    pathPrefix: { params: [], call: () => pathOf(externalURL) },
    externalURL: { params: [], call: () => externalURL },
    parseDuration: text(parseDuration),
    urlQueryEscape: text(escapeQuery),
  }
}

/** Nanoseconds of seconds, as the processor converts where an int64 has no room. */
function nanosOf(seconds: number): bigint {
  const nanos = seconds * 1e9
  return Number.isFinite(nanos) && Math.abs(nanos) < 2 ** 63 ? BigInt(Math.trunc(nanos)) : -(1n << 63n)
}

/** Type of what `query` gives, for hosts that make such values themselves. */
export const QUERY_RESULT: GoType = RESULT
