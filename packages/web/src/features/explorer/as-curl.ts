import { toQueryString } from '../../api/index.ts'
import { alignTo, type Interval, stepFor } from '../../time/index.ts'
import type { ExplorerView } from './search.ts'

export type CurlContext = {
  readonly origin: string
  readonly asked: Interval
  readonly widthPx: number
  readonly view: ExplorerView
}

/** The questions as the page asks them, for a shell: quoted so that no character of a query has a meaning there. */
export function asCurl(exprs: readonly string[], { origin, asked, widthPx, view }: CurlContext): string {
  const step = stepFor(asked, widthPx)
  const { fromMs, toMs } = alignTo(asked, step)
  const [path, rest] =
    view === 'table'
      ? ['query', toQueryString({ time: toMs / 1000 })]
      : ['query_range', toQueryString({ start: fromMs / 1000, end: toMs / 1000, step })]
  return exprs
    .map(
      (expr) => `curl -sG '${origin}/api/v1/${path}?${rest}' --data-urlencode 'query=${expr.replaceAll("'", `'\\''`)}'`,
    )
    .join('\n')
}
