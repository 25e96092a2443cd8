import { formatShort, isStaleAt, type Labels, labelValue, type SeriesBatch } from '@binnacle/promql'
import type { SeriesReader } from '../../metrics/query/index.ts'
import { type ApiDeps, failureText, type HttpApp, route } from './api.ts'
import { escapeName, isLegacyName, isNameEscaping, type NameEscaping } from './name-escaping.ts'
import { anyMatcherSets } from './selectors.ts'
import { started } from './started.ts'

const PIECE_CHARACTERS = 128 * 1024

/**
 * `/federate`: the newest samples of the series that `match[]` selects, as Prometheus text with their own timestamps,
 * written as it is read. Source: prometheus.io, "Federation".
 */
export function mountFederate(app: HttpApp, deps: ApiDeps, series: SeriesReader): void {
  route(app, ['GET'], '/federate', async (request) => {
    try {
      const sets = anyMatcherSets(request.search.getAll('match[]'))
      const escaping = escapingOf(request.header('accept') ?? '')
      const toMs = deps.clock.now()
      const query = { matcherSets: sets, fromMs: toMs - series.lookbackMs, toMs, order: 'name' } as const
      return {
        status: 200,
        body: await started(exposition(series.read(query, request.signal), escaping)),
        headers: { 'content-type': `text/plain; version=0.0.4; charset=utf-8; escaping=${escaping}` },
        compress: true,
      }
    } catch (error) {
      return failureText(deps, request, error)
    }
  })
}

/** Scheme of the clause of `Accept` that text is answered to. Source: prometheus/common, expfmt, `Negotiate`. */
function escapingOf(accept: string): NameEscaping {
  let scheme: NameEscaping = 'underscores'
  const clauses = accept.split(',').map((clause) => {
    const [type = '', ...params] = clause.split(';').map((part) => part.trim().toLowerCase())
    const of = (name: string) => params.find((param) => param.startsWith(`${name}=`))?.slice(name.length + 1)
    return { type, version: of('version'), escaping: of('escaping'), weight: Number(of('q') ?? 1) || 0 }
  })
  for (const { type, version, escaping } of clauses.sort((a, b) => b.weight - a.weight)) {
    if (escaping !== undefined && isNameEscaping(escaping)) scheme = escaping
    if (type === 'text/plain' && (version === undefined || version === '0.0.4')) break
  }
  return scheme
}

async function* exposition(
  batches: AsyncGenerator<SeriesBatch, void, undefined>,
  escaping: NameEscaping,
): AsyncGenerator<Uint8Array, void, undefined> {
  let family = ''
  let text = ''
  for await (const { count, labels, starts, ts, values, histograms } of batches) {
    for (let i = 0; i < count; i++) {
      const last = starts[i + 1]! - 1
      // Staleness has no form in this text, nor have native histograms: such series are left out.
      if (histograms?.[last] !== undefined || isStaleAt(values, last)) continue
      const name = labelValue(labels[i]!, '__name__')
      if (name === '') continue
      const shown = escapeName(name, escaping)
      if (name !== family) text += `# TYPE ${isLegacyName(shown) ? shown : quoted(shown)} untyped\n`
      family = name
      // This encoder of Prometheus's knows no negative zero.
      const value = values[last] === 0 ? '0' : formatShort(values[last]!)
      text += `${seriesText(shown, labels[i]!, escaping)} ${value} ${ts[last]}\n`
    }
    if (text.length < PIECE_CHARACTERS) continue
    yield Buffer.from(text)
    text = ''
  }
  yield Buffer.from(text)
}

/** Prometheus adds an empty `instance` where there is none, so that the reader's own label does not take its place. */
function seriesText(name: string, labels: Labels, escaping: NameEscaping): string {
  const pairs: string[] = isLegacyName(name) ? [] : [quoted(name)]
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i] === '__name__') continue
    const label = escapeName(labels[i]!, escaping)
    pairs.push(`${isLegacyName(label) ? label : quoted(label)}=${quoted(labels[i + 1]!)}`)
  }
  if (labelValue(labels, 'instance') === '') pairs.push('instance=""')
  return isLegacyName(name) ? `${name}{${pairs.join(',')}}` : `{${pairs.join(',')}}`
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))}"`
}
