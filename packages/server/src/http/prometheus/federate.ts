import { gatherJson, type Querier } from '../../metrics/query/index.ts'
import { type ApiDeps, failureText, type HttpApp, route } from './api.ts'
import { matcherSets } from './selectors.ts'

const LOOKBACK = '5m'

type Series = { readonly metric: Readonly<Record<string, string>> }
type Instant = { readonly result: readonly (Series & { readonly value: readonly [number, string] })[] }
type Range = { readonly result: readonly (Series & { readonly values: readonly (readonly [number, string])[] })[] }

/**
 * `/federate`: the newest samples of the series that `match[]` selects, as Prometheus text with their own timestamps.
 * An instant query tells which series are alive and what they are worth, a range query when that was.
 * Source: prometheus.io, "Federation".
 */
export function mountFederate(app: HttpApp, deps: ApiDeps, querier: Querier): void {
  route(app, ['GET'], '/federate', async (request) => {
    const { signal } = request
    try {
      const selectors = request.search.getAll('match[]')
      matcherSets(selectors)
      const lines = new Map<string, { name: string; line: string }>()
      const timeMs = deps.clock.now()
      for (const selector of selectors) {
        const ask = async (query: string) => {
          const { dataJson } = await querier.instant({ query, timeMs }, signal)
          return JSON.parse((await gatherJson(dataJson)).toString('utf8')) as unknown
        }
        const alive = (await ask(selector)) as Instant
        if (alive.result.length === 0) continue
        const times = new Map<string, number>()
        for (const { metric, values } of ((await ask(`${selector}[${LOOKBACK}]`)) as Range).result) {
          times.set(seriesKey(metric), values.at(-1)?.[0] ?? timeMs / 1000)
        }
        for (const { metric, value } of alive.result) {
          const key = seriesKey(metric)
          const at = Math.round((times.get(key) ?? value[0]) * 1000)
          const name = metric.__name__
          if (name !== undefined) lines.set(key, { name, line: `${seriesText(name, metric)} ${value[1]} ${at}` })
        }
      }
      return {
        status: 200,
        body: exposition([...lines.values()]),
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
        compress: true,
      }
    } catch (error) {
      return failureText(deps, request, error)
    }
  })
}

function exposition(samples: { name: string; line: string }[]): string {
  samples.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  let out = ''
  let family: string | undefined
  for (const { name, line } of samples) {
    if (name !== family) out += `# TYPE ${isLegacyName(name) ? name : quoted(name)} untyped\n`
    family = name
    out += `${line}\n`
  }
  return out
}

/** Prometheus adds an empty `instance` where there is none, so that the reader's own label does not take its place. */
function seriesText(name: string, metric: Readonly<Record<string, string>>): string {
  const labels = Object.entries(metric).filter(([label]) => label !== '__name__')
  if (metric.instance === undefined) labels.push(['instance', ''])
  const pairs = labels.map(([label, value]) => `${isLegacyLabel(label) ? label : quoted(label)}=${quoted(value)}`)
  return isLegacyName(name) ? `${name}{${pairs.join(',')}}` : `{${[quoted(name), ...pairs].join(',')}}`
}

function seriesKey(metric: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))}"`
}

function isLegacyName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)
}

function isLegacyLabel(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)
}
