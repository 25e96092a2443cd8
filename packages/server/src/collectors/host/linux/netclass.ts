import { mapBounded } from '../bounded.ts'
import { type CollectorFactory, NoDataError, READ_WIDTH } from '../collector.ts'
import { labels, type SampleType } from '../metric-text.ts'
import { createNameFilter } from '../name-filter.ts'
import { toInteger } from '../parse.ts'

/** Files of /sys/class/net/<device> that are numbers, and how node exporter calls them. */
const NUMBERS: readonly (readonly [file: string, name: string, type: SampleType])[] = [
  ['addr_assign_type', 'address_assign_type', 'gauge'],
  ['carrier', 'carrier', 'gauge'],
  ['carrier_changes', 'carrier_changes_total', 'counter'],
  ['carrier_up_count', 'carrier_up_changes_total', 'counter'],
  ['carrier_down_count', 'carrier_down_changes_total', 'counter'],
  ['dev_id', 'device_id', 'gauge'],
  ['dormant', 'dormant', 'gauge'],
  ['flags', 'flags', 'gauge'],
  ['ifindex', 'iface_id', 'gauge'],
  ['iflink', 'iface_link', 'gauge'],
  ['link_mode', 'iface_link_mode', 'gauge'],
  ['mtu', 'mtu_bytes', 'gauge'],
  ['name_assign_type', 'name_assign_type', 'gauge'],
  ['netdev_group', 'net_dev_group', 'gauge'],
  ['speed', 'speed_bytes', 'gauge'],
  ['tx_queue_len', 'transmit_queue_length', 'gauge'],
  ['type', 'protocol_type', 'gauge'],
]
const TEXTS = ['address', 'broadcast', 'duplex', 'ifalias', 'operstate']
const FILES = [...NUMBERS.map(([file]) => file), ...TEXTS]
/** `speed` is in Mbit/s. */
const BYTES_PER_MBIT = (1000 * 1000) / 8
const FLAG_UP = 1

/** State and properties of network devices. */
export const createNetclass: CollectorFactory = ({ files, sys, options }) => {
  const ignored = createNameFilter(options.netclass.ignored_devices)
  return async (out) => {
    const base = sys('class/net')
    const entries = await files.list(base)
    if (entries === undefined) throw new NoDataError('network devices')
    const up = out.gauge('node_network_up', "Value is 1 if operstate is 'up', 0 otherwise.")
    const info = out.gauge('node_network_info', 'Non-numeric data from /sys/class/net/<iface>, value is always 1.')
    for (const device of entries) {
      // Plain files such as bonding_masters lie beside the devices.
      if (ignored(device) || (await files.list(`${base}/${device}`)) === undefined) continue
      const values = await mapBounded(FILES, READ_WIDTH, (file) => files.attribute(`${base}/${device}/${file}`))
      const read = (file: string) => values[FILES.indexOf(file)]
      const flags = toInteger(read('flags'))
      up.add(read('operstate') === 'up' ? 1 : 0, labels('device', device))
      info.add(
        1,
        labels(
          ...['address', read('address') ?? ''],
          ...['adminstate', flags === undefined ? 'unknown' : flags & FLAG_UP ? 'up' : 'down'],
          ...['broadcast', read('broadcast') ?? '', 'device', device, 'duplex', read('duplex') ?? ''],
          ...['ifalias', read('ifalias') ?? '', 'operstate', read('operstate') ?? ''],
        ),
      )
      const label = labels('device', device)
      for (const [file, name, type] of NUMBERS) {
        const value = toInteger(read(file))
        if (value === undefined) continue
        const shown = file === 'speed' ? Math.trunc(value * BYTES_PER_MBIT) : value
        out.family(`node_network_${name}`, type, `Network device property: ${name}`).add(shown, label)
      }
    }
  }
}
