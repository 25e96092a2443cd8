import { type CollectorFactory, NoDataError } from '../collector.ts'
import { labels } from '../metric-text.ts'
import { toInteger } from '../parse.ts'

/** NVMe controllers and their namespaces. `size` counts blocks of `logical_block_size`, as node exporter takes it. */
export const createNvme: CollectorFactory = ({ files, sys }) => {
  return async (out) => {
    const base = sys('class/nvme')
    const devices = await files.list(base)
    if (devices === undefined) throw new NoDataError('NVMe drives')
    const info = out.gauge('node_nvme_info', 'Non-numeric data from /sys/class/nvme/<device>, value is always 1.')
    const namespaceInfo = out.gauge('node_nvme_namespace_info', 'Information about NVMe namespaces. Value is always 1')
    const capacity = out.gauge(
      'node_nvme_namespace_capacity_bytes',
      'Capacity of the NVMe namespace in bytes. Computed as namespace_size * namespace_logical_block_size',
    )
    const size = out.gauge(
      'node_nvme_namespace_size_bytes',
      'Size of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/size',
    )
    const used = out.gauge(
      'node_nvme_namespace_used_bytes',
      'Used space of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/nuse',
    )
    const blockSize = out.gauge(
      'node_nvme_namespace_logical_block_size_bytes',
      'Logical block size of the NVMe namespace in bytes. Usually 4Kb. Available in /sys/class/nvme/<device>/<namespace>/queue/logical_block_size',
    )
    for (const device of devices) {
      const read = async (file: string) => (await files.attribute(`${base}/${device}/${file}`)) ?? ''
      info.add(
        1,
        labels(
          ...['cntlid', await read('cntlid'), 'device', device, 'firmware_revision', await read('firmware_rev')],
          ...['model', await read('model'), 'serial', await read('serial'), 'state', await read('state')],
        ),
      )
      for (const entry of (await files.list(`${base}/${device}`)) ?? []) {
        const nsid = /nvme\d+n(\d+)/.exec(entry)?.[1]
        if (nsid === undefined) continue
        const number = async (file: string) => toInteger(await read(`${entry}/${file}`)) ?? 0
        const bytes = await number('queue/logical_block_size')
        const blocks = await number('size')
        const label = labels('device', device, 'nsid', nsid)
        const state = (await read(`${entry}/ana_state`)) || 'unknown'
        namespaceInfo.add(1, labels('ana_state', state, 'device', device, 'nsid', nsid))
        capacity.add(blocks * bytes, label)
        size.add(blocks * bytes, label)
        used.add((await number('nuse')) * bytes, label)
        blockSize.add(bytes, label)
      }
    }
  }
}
