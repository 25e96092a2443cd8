import type { ApiAnswer } from './compare-answers.ts'

export type Question = {
  readonly query: string
  readonly ordered: boolean
  /** Parameters of the API beside `query`; with `step` it is a range query. */
  readonly params: Readonly<Record<string, string>>
}

/** The answer of one side, and (Binnacle only) where it read. */
export async function ask(
  url: string,
  { query, params }: Pick<Question, 'query' | 'params'>,
): Promise<{ answer: ApiAnswer; sources: string[] }> {
  const path = params.step === undefined ? 'query' : 'query_range'
  const response = await fetch(`${url}/api/v1/${path}`, {
    method: 'POST',
    body: new URLSearchParams({ query, ...params, stats: 'all' }),
    signal: AbortSignal.timeout(60_000),
  })
  const body = (await response.json()) as Record<string, unknown>
  const data = body.data as { stats?: { binnacle?: { sources?: string[] } } } | undefined
  return {
    answer: { ...body, code: response.status } as unknown as ApiAnswer,
    sources: data?.stats?.binnacle?.sources ?? [],
  }
}

/** The answer as it stands, without stats, which tell times. */
export async function askForText(url: string, { query, params }: Pick<Question, 'query' | 'params'>): Promise<string> {
  const response = await fetch(`${url}/api/v1/query_range`, {
    method: 'POST',
    body: new URLSearchParams({ query, ...params }),
    signal: AbortSignal.timeout(60_000),
  })
  return `${response.status} ${await response.text()}`
}
