import type { CollectorFactory } from '../collector.ts'
import { labels } from '../metric-text.ts'
import { createNameFilter } from '../name-filter.ts'
import { fields, lines } from '../parse.ts'

/** Neighbours (IPv4) per device from /proc/net/arp, whose last column is the device. */
export const createArp: CollectorFactory = ({ files, proc, options }) => {
  const excluded = createNameFilter(options.arp.device_exclude)
  return async (out) => {
    const counts = new Map<string, number>()
    for (const line of lines(await files.text(proc('net/arp'))).slice(1)) {
      const device = fields(line).at(-1)
      if (device !== undefined && !excluded(device)) counts.set(device, (counts.get(device) ?? 0) + 1)
    }
    const entries = out.gauge('node_arp_entries', 'ARP entries by device')
    for (const [device, count] of counts) entries.add(count, labels('device', device))
  }
}
