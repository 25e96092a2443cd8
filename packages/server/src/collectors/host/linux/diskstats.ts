import type { CollectorFactory } from '../collector.ts'
import { labels, type SampleType } from '../metric-text.ts'
import { createNameFilter } from '../name-filter.ts'
import { fields, lines, toNumber } from '../parse.ts'

/** A sector of /proc/diskstats is 512 bytes whatever the device. Source: kernel, Documentation/block/stat.rst. */
const SECTOR_BYTES = 512
const SECONDS_PER_MS = 1 / 1000

/** Columns of /proc/diskstats after major, minor and name; kernels before 5.5 have fewer. */
const COLUMNS: readonly (readonly [name: string, type: SampleType, help: string, unit: number])[] = [
  ['reads_completed_total', 'counter', 'The total number of reads completed successfully.', 1],
  ['reads_merged_total', 'counter', 'The total number of reads merged.', 1],
  ['read_bytes_total', 'counter', 'The total number of bytes read successfully.', SECTOR_BYTES],
  ['read_time_seconds_total', 'counter', 'The total number of seconds spent by all reads.', SECONDS_PER_MS],
  ['writes_completed_total', 'counter', 'The total number of writes completed successfully.', 1],
  ['writes_merged_total', 'counter', 'The number of writes merged.', 1],
  ['written_bytes_total', 'counter', 'The total number of bytes written successfully.', SECTOR_BYTES],
  ['write_time_seconds_total', 'counter', 'This is the total number of seconds spent by all writes.', SECONDS_PER_MS],
  ['io_now', 'gauge', 'The number of I/Os currently in progress.', 1],
  ['io_time_seconds_total', 'counter', 'Total seconds spent doing I/Os.', SECONDS_PER_MS],
  ['io_time_weighted_seconds_total', 'counter', 'The weighted # of seconds spent doing I/Os.', SECONDS_PER_MS],
  ['discards_completed_total', 'counter', 'The total number of discards completed successfully.', 1],
  ['discards_merged_total', 'counter', 'The total number of discards merged.', 1],
  ['discarded_sectors_total', 'counter', 'The total number of sectors discarded successfully.', 1],
  [
    'discard_time_seconds_total',
    'counter',
    'This is the total number of seconds spent by all discards.',
    SECONDS_PER_MS,
  ],
  ['flush_requests_total', 'counter', 'The total number of flush requests completed successfully', 1],
  [
    'flush_requests_time_seconds_total',
    'counter',
    'This is the total number of seconds spent by all flush requests.',
    SECONDS_PER_MS,
  ],
]

const ATA: readonly (readonly [property: string, name: string, help: string])[] = [
  ['ID_ATA_WRITE_CACHE', 'node_disk_ata_write_cache', 'ATA disk has a write cache.'],
  ['ID_ATA_WRITE_CACHE_ENABLED', 'node_disk_ata_write_cache_enabled', 'ATA disk has its write cache enabled.'],
  ['ID_ATA_ROTATION_RATE_RPM', 'node_disk_ata_rotation_rate_rpm', 'ATA disk rotation rate in RPMs (0 for SSDs).'],
]

/** Traffic of block devices from /proc/diskstats, who they are from udev's data base. */
export const createDiskstats: CollectorFactory = ({ files, proc, sys, options }) => {
  const excluded = createNameFilter(options.diskstats.device_exclude)

  /** What udev knows: lines `E:NAME=value`. Empty where udev does not run, as in containers. */
  async function udevProperties(device: string): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>()
    for (const line of ((await files.fresh(`${options.udev_data}/b${device}`)) ?? '').split('\n')) {
      const equals = line.indexOf('=')
      if (line.startsWith('E:') && equals > 0) found.set(line.slice(2, equals), line.slice(equals + 1))
    }
    return found
  }

  return async (out) => {
    const info = out.gauge('node_disk_info', 'Info of /sys/block/<block_device>.')
    for (const line of lines(await files.text(proc('diskstats')))) {
      const [major = '', minor = '', device, ...values] = fields(line)
      if (device === undefined || excluded(device)) continue
      const label = labels('device', device)
      for (let i = 0; i < COLUMNS.length && i < values.length; i++) {
        const [name, type, help, unit] = COLUMNS[i]!
        out.family(`node_disk_${name}`, type, help).add(toNumber(values[i], `diskstats ${device}`) * unit, label)
      }
      const udev = await udevProperties(`${major}:${minor}`)
      const get = (property: string) => udev.get(property) ?? ''
      const rotational = await files.attribute(sys(`block/${device}/queue/rotational`))
      info.add(
        1,
        labels(
          ...['device', device, 'major', major, 'minor', minor],
          ...['model', get('ID_MODEL'), 'path', get('ID_PATH'), 'revision', get('ID_REVISION')],
          ...['rotational', rotational === '1' ? '1' : '0'],
          ...['serial', get('SCSI_IDENT_SERIAL') || get('ID_SERIAL_SHORT') || get('ID_SERIAL'), 'wwn', get('ID_WWN')],
        ),
      )
      if (get('ID_FS_TYPE') !== '') {
        out
          .gauge('node_disk_filesystem_info', 'Info about disk filesystem.')
          .add(
            1,
            labels(
              ...['device', device, 'type', get('ID_FS_TYPE'), 'usage', get('ID_FS_USAGE')],
              ...['uuid', get('ID_FS_UUID'), 'version', get('ID_FS_VERSION')],
            ),
          )
      }
      if (get('DM_NAME') !== '') {
        out
          .gauge('node_disk_device_mapper_info', 'Info about disk device mapper.')
          .add(
            1,
            labels(
              ...['device', device, 'lv_layer', get('DM_LV_LAYER'), 'lv_name', get('DM_LV_NAME')],
              ...['name', get('DM_NAME'), 'uuid', get('DM_UUID'), 'vg_name', get('DM_VG_NAME')],
            ),
          )
      }
      if (get('ID_ATA') === '') continue
      for (const [property, name, help] of ATA) {
        const value = Number.parseFloat(get(property))
        if (!Number.isNaN(value)) out.gauge(name, help).add(value, label)
      }
    }
  }
}
