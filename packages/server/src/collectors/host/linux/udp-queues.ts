import { type CollectorFactory, NoDataError } from '../collector.ts'
import { labels } from '../metric-text.ts'
import { fields, lines } from '../parse.ts'

/** Column `tx_queue:rx_queue` of /proc/net/udp, hexadecimal bytes. */
const QUEUES = 4

/** Bytes that wait in UDP sockets, all together. */
export const createUdpQueues: CollectorFactory = ({ files, proc }) => {
  return async (out) => {
    const queues = out.gauge('node_udp_queues', 'Number of allocated memory in the kernel for UDP datagrams in bytes.')
    let found = false
    for (const [file, ip] of [
      ['net/udp', 'v4'],
      ['net/udp6', 'v6'],
    ] as const) {
      const text = await files.textIfAny(proc(file))
      if (text === undefined) continue
      found = true
      let transmit = 0
      let receive = 0
      for (const line of lines(text).slice(1)) {
        const [tx = '', rx = ''] = (fields(line)[QUEUES] ?? '').split(':')
        transmit += Number.parseInt(tx, 16) || 0
        receive += Number.parseInt(rx, 16) || 0
      }
      queues.add(transmit, labels('ip', ip, 'queue', 'tx'))
      queues.add(receive, labels('ip', ip, 'queue', 'rx'))
    }
    if (!found) throw new NoDataError('UDP')
  }
}
