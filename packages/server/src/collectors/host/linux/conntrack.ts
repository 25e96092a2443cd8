import { type CollectorFactory, NoDataError } from '../collector.ts'
import { fields, lines, toNumber } from '../parse.ts'

const STATISTICS: readonly (readonly [column: string, help: string])[] = [
  ['found', 'Number of searched entries which were successful.'],
  ['invalid', 'Number of packets seen which can not be tracked.'],
  ['ignore', 'Number of packets seen which are already connected to a conntrack entry.'],
  ['insert', 'Number of entries inserted into the list.'],
  ['insert_failed', 'Number of entries for which list insertion was attempted but failed.'],
  ['drop', 'Number of packets dropped due to conntrack failure.'],
  ['early_drop', 'Number of dropped conntrack entries to make room for new ones, if maximum table size was reached.'],
  ['search_restart', 'Number of conntrack table lookups which had to be restarted due to hashtable resizes.'],
]

/** The connection tracking table; statistics are hexadecimal, one line per CPU, under a line of names. */
export const createConntrack: CollectorFactory = ({ files, proc }) => {
  return async (out) => {
    const count = await files.textIfAny(proc('sys/net/netfilter/nf_conntrack_count'))
    const max = await files.textIfAny(proc('sys/net/netfilter/nf_conntrack_max'))
    if (count === undefined || max === undefined) throw new NoDataError('connection tracking')
    out
      .gauge('node_nf_conntrack_entries', 'Number of currently allocated flow entries for connection tracking.')
      .add(toNumber(count, 'nf_conntrack_count'))
    out
      .gauge('node_nf_conntrack_entries_limit', 'Maximum size of connection tracking table.')
      .add(toNumber(max, 'nf_conntrack_max'))
    const text = await files.textIfAny(proc('net/stat/nf_conntrack'))
    if (text === undefined) throw new NoDataError('connection tracking statistics')
    const [head, ...cpus] = lines(text).map(fields)
    for (const [column, help] of STATISTICS) {
      const index = head?.indexOf(column) ?? -1
      let sum = 0
      if (index >= 0) for (const cpu of cpus) sum += toNumber(`0x${cpu[index]}`, `nf_conntrack ${column}`)
      out.gauge(`node_nf_conntrack_stat_${column}`, help).add(sum)
    }
  }
}
