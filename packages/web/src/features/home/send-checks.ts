import { queryOptions } from '@tanstack/react-query'
import { queryInstant } from '../../api/index.ts'

/** Which ways of sending have brought data within the last minutes. */
export type SendState = { readonly scrape: boolean; readonly remoteWrite: boolean; readonly client: boolean }

const FOREIGN = 'job!~"host|binnacle|"'

/**
 * Scraped series carry `up`; what comes by remote write has a job without one here, or none at all; prom-client's
 * default metrics have a name of their own.
 */
const CHECKS: Readonly<Record<keyof SendState, string>> = {
  scrape: `count(up{${FOREIGN}} == 1)`,
  remoteWrite: 'sum(binnacle_remote_write_samples_total) > 0',
  client: `count(nodejs_version_info{${FOREIGN}})`,
}

export const sendState = queryOptions({
  queryKey: ['send-state'] as const,
  queryFn: async ({ signal }): Promise<SendState> => {
    const now = Date.now()
    const has = async (expr: string) => (await queryInstant(expr, now, signal)).samples.length > 0
    const [scrape, remoteWrite, client] = await Promise.all([
      has(CHECKS.scrape),
      has(CHECKS.remoteWrite),
      has(CHECKS.client),
    ])
    return { scrape, remoteWrite, client }
  },
  refetchInterval: 5000,
})

const KEY = 'binnacle.data-arrived'

/** Whether data from elsewhere had arrived when this browser last looked. Storage may be forbidden: then it is no. */
export function hasArrived(): boolean {
  try {
    return localStorage.getItem(KEY) === '1'
  } catch {
    return false
  }
}

export function rememberArrived(arrived: boolean): void {
  try {
    localStorage.setItem(KEY, arrived ? '1' : '0')
  } catch {
    return
  }
}
