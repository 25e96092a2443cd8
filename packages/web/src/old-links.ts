import { formatMatcher, parseMatchers } from './ui/alert/matcher-text.ts'
import { stringifySearch } from './view/search.ts'

/**
 * Where an address of Prometheus's or Alertmanager's own pages leads here: notifications carry such links (`GeneratorURL`,
 * and `ExternalURL` with `#/alerts` behind it in Alertmanager's own templates). `undefined` for every other address.
 */
export function translateOldLink(path: string, search: string, hash: string): string | undefined {
  if (path === '/graph') return graphLink(new URLSearchParams(search))
  if (path !== '/' || !hash.startsWith('#/')) return undefined
  const [place = '', text = ''] = hash.slice(1).split('?', 2)
  const params = new URLSearchParams(text)
  const filter = params.get('filter') ?? ''
  if (place === '/alerts')
    return `/alerts${stringifySearch({ filter: filter.replace(/^\{|\}$/g, ''), receiver: params.get('receiver') })}`
  if (place === '/silences/new')
    return `/silences/new${stringifySearch({ m: parseMatchers(filter)?.map(formatMatcher) })}`
  if (place === '/silences') return `/silences${stringifySearch({ filter: filter.replace(/^\{|\}$/g, '') })}`
  const id = /^\/silences\/([\w-]+)$/.exec(place)?.[1]
  if (id !== undefined) return `/silences?open=${id}`
  return place === '/status' ? '/routing' : undefined
}

/** `g0.expr`, `g1.expr` ... are the queries; `g0.tab=1` shows a table. */
function graphLink(params: URLSearchParams): string {
  const queries: string[] = []
  for (let i = 0; params.has(`g${i}.expr`); i++) queries.push(params.get(`g${i}.expr`)!)
  const asTable = params.get('g0.tab') === '1' || params.get('g0.tab') === 'table'
  return `/explore${stringifySearch({ q: queries, view: asTable ? 'table' : undefined })}`
}
