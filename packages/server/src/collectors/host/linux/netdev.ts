import { mapBounded } from '../bounded.ts'
import { type CollectorFactory, READ_WIDTH } from '../collector.ts'
import { labels } from '../metric-text.ts'
import { createNameFilter } from '../name-filter.ts'
import { fields, lines, toInteger, toNumber } from '../parse.ts'

/** Columns of /proc/net/dev, which sums the kernel's finer counters just as node exporter does. */
const COLUMNS = [
  ...['receive_bytes', 'receive_packets', 'receive_errs', 'receive_drop', 'receive_fifo', 'receive_frame'],
  ...['receive_compressed', 'receive_multicast'],
  ...['transmit_bytes', 'transmit_packets', 'transmit_errs', 'transmit_drop', 'transmit_fifo', 'transmit_colls'],
  ...['transmit_carrier', 'transmit_compressed'],
]

/** Traffic of network devices. Packets that nobody wanted (`nohandler`) stand only in /sys. */
export const createNetdev: CollectorFactory = ({ files, proc, sys, options }) => {
  const excluded = createNameFilter(options.netdev.device_exclude)
  return async (out) => {
    const devices: string[] = []
    for (const line of lines(await files.text(proc('net/dev'))).slice(2)) {
      // The name may contain colons (alias devices), so the last one counts; some kernels put no blank behind it.
      const colon = line.lastIndexOf(':')
      const device = line.slice(0, colon).trim()
      if (colon < 0 || excluded(device)) continue
      devices.push(device)
      const values = fields(line.slice(colon + 1))
      const label = labels('device', device)
      for (let i = 0; i < COLUMNS.length; i++) {
        const name = COLUMNS[i]!
        out
          .counter(`node_network_${name}_total`, `Network device statistic ${name}.`)
          .add(toNumber(values[i], `net/dev ${device}`), label)
      }
    }
    const unhandled = out.counter('node_network_receive_nohandler_total', 'Network device statistic receive_nohandler.')
    const counts = await mapBounded(devices, READ_WIDTH, (device) =>
      files.attribute(sys(`class/net/${device}/statistics/rx_nohandler`)),
    )
    devices.forEach((device, i) => {
      const count = toInteger(counts[i])
      if (count !== undefined) unhandled.add(count, labels('device', device))
    })
  }
}
