export type CurlContext = {
  readonly origin: string
  /** Unix ms, on the step's grid. */
  readonly fromMs: number
  readonly toMs: number
  readonly stepS: number
}

/**
 * The question as the page asks it, for a shell: by POST, since an address has its limit, and quoted so that no
 * character of a query has a meaning there.
 */
export function asCurl(expr: string, as: 'range' | 'instant', { origin, fromMs, toMs, stepS }: CurlContext): string {
  const fields = as === 'instant' ? { time: toMs / 1000 } : { start: fromMs / 1000, end: toMs / 1000, step: stepS }
  const path = as === 'instant' ? 'query' : 'query_range'
  const rest = Object.entries(fields).map(([name, value]) => `  -d ${name}=${value}`)
  return [
    `curl -s '${origin}/api/v1/${path}'`,
    `  --data-urlencode 'query=${expr.replaceAll("'", `'\\''`)}'`,
    ...rest,
  ].join(' \\\n')
}
