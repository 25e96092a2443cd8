import type { CollectorFactory } from '../collector.ts'
import { fields, toNumber } from '../parse.ts'

/** Load averages over 1, 5 and 15 minutes. */
export const createLoadavg: CollectorFactory = ({ files, proc }) => {
  return async (out) => {
    const load = fields(await files.text(proc('loadavg')))
    out.gauge('node_load1', '1m load average.').add(toNumber(load[0], 'loadavg'))
    out.gauge('node_load5', '5m load average.').add(toNumber(load[1], 'loadavg'))
    out.gauge('node_load15', '15m load average.').add(toNumber(load[2], 'loadavg'))
  }
}
