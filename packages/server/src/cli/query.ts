import { formatLabels, labelsOf } from '@binnacle/promql'
import type { Command } from 'commander'
import type { Explanation } from '../metrics/query/index.ts'
import { systemClock } from '../telemetry/index.ts'
import { formatExplanation } from './explained.ts'
import { connect, DEFAULT_URL } from './instance.ts'
import { formatTable, formatTime } from './table.ts'

type QueryFlags = {
  url: string
  time?: string
  start?: string
  end?: string
  step?: string
  explain?: boolean
  json?: boolean
}
type Point = readonly [seconds: number, value: string]
type Series = { metric: Record<string, string>; value?: Point; values?: readonly Point[] }
type QueryData = { resultType: string; result: readonly Series[] | Point }

export function addQuery(program: Command): void {
  program
    .command('query')
    .description('ask a running Binnacle a PromQL question; with --start a range query')
    .argument('<promql>', 'the expression, such as \'rate(node_cpu_seconds_total{mode="idle"}[5m])\'')
    .option('--url <url>', 'address of the running Binnacle', DEFAULT_URL)
    .option('--time <time>', 'when to evaluate: RFC 3339 or Unix seconds (default: now)')
    .option('--start <time>', 'start of a range')
    .option('--end <time>', 'end of the range (default: now)')
    .option('--step <duration>', 'step of the range (default: about 60 points)')
    .option('--explain', 'print how it is evaluated: its tree with what each part gives, reads and costs')
    .option('--json', 'print the answer of the API as it is')
    .action((promql: string, flags: QueryFlags) => query(promql, flags))
}

async function query(promql: string, flags: QueryFlags): Promise<void> {
  const instance = connect(flags.url)
  const isRange = flags.start !== undefined
  const params: Record<string, string> = { query: promql }
  if (isRange) {
    const end = flags.end ?? String(systemClock.now() / 1000)
    params.start = flags.start!
    params.end = end
    params.step = flags.step ?? defaultStep(flags.start!, end)
  } else if (flags.time !== undefined) params.time = flags.time
  const asked = isRange ? '/api/v1/query_range' : '/api/v1/query'
  const path = flags.explain === true ? '/api/app/explain' : asked
  const { data, warnings, infos } = await instance.call(path, { method: 'POST', params })
  const format = () =>
    flags.explain === true ? formatExplanation(data as Explanation) : formatAnswer(data as QueryData)
  process.stdout.write(`${flags.json ? JSON.stringify(data) : format()}\n`)
  for (const note of [...warnings, ...infos]) process.stderr.write(`note: ${note}\n`)
}

/** About 60 points, at least a second apart; a wrong time is left to the server, which words it well. */
function defaultStep(start: string, end: string): string {
  const seconds = (text: string) => (/^[\d.]+$/.test(text) ? Number(text) : Date.parse(text) / 1000)
  const span = seconds(end) - seconds(start)
  return String(Math.max(1, Math.ceil((Number.isFinite(span) ? span : 60) / 60)))
}

/** An answer as an aligned table: series and value; for ranges a line of times and values under each series. */
export function formatAnswer({ resultType, result }: QueryData): string {
  if (resultType === 'scalar' || resultType === 'string') return String((result as Point)[1])
  const series = result as readonly Series[]
  if (series.length === 0) return 'no data'
  if (resultType === 'vector') {
    return formatTable([['SERIES', 'VALUE'], ...series.map((one) => [nameOf(one), one.value?.[1] ?? ''])], [1])
  }
  return series
    .map((one) => {
      const rows = (one.values ?? []).map(([seconds, value]) => [`  ${formatTime(seconds * 1000)}`, value])
      return `${nameOf(one)}\n${formatTable(rows, [1])}`
    })
    .join('\n\n')
}

function nameOf({ metric }: Series): string {
  return formatLabels(labelsOf(metric))
}
