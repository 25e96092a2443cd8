import { type CollectorFactory, NoDataError } from '../collector.ts'
import { labels, type MetricText } from '../metric-text.ts'
import { fields, lines, toNumber } from '../parse.ts'

/** Files of /proc/spl/kstat/zfs and the part of the name that stands for them. */
const SUBSYSTEMS = [
  ['abd', 'abdstats'],
  ['arc', 'arcstats'],
  ['dbuf', 'dbufstats'],
  ['dmu_tx', 'dmu_tx'],
  ['dnode', 'dnodestats'],
  ['fm', 'fm'],
  ['vdev_cache', 'vdev_cache_stats'],
  ['vdev_mirror', 'vdev_mirror_stats'],
  ['xuio', 'xuio_stats'],
  ['zfetch', 'zfetchstats'],
  ['zil', 'zil'],
] as const
const POOL_STATES = ['online', 'degraded', 'faulted', 'offline', 'removed', 'unavail', 'suspended']
/** Types of a kstat value. Source: OpenZFS, include/os/linux/spl/sys/kstat.h. */
const INT64 = '3'
const UINT64 = '4'

/** ZFS: its caches, pools and datasets. Every number becomes a metric, so new versions of ZFS bring new ones. */
export const createZfs: CollectorFactory = ({ files, proc }) => {
  return async (out) => {
    const base = proc('spl/kstat/zfs')
    const entries = await files.list(base)
    if (entries === undefined) throw new NoDataError('ZFS')
    for (const [subsystem, file] of SUBSYSTEMS) {
      // Which of them exist depends on the version.
      if (!entries.includes(file)) continue
      for (const { name, type, value } of parseKstat((await files.fresh(`${base}/${file}`)) ?? '')) {
        if (type === INT64 || type === UINT64) write(out, { prefix: `zfs_${subsystem}`, file, name, value, label: '' })
      }
    }
    for (const pool of entries) {
      const parts = await files.list(`${base}/${pool}`)
      for (const part of parts ?? []) {
        // A pool may be exported between the two.
        const text = await files.fresh(`${base}/${pool}/${part}`)
        if (text === undefined) continue
        if (part === 'io') writeIo(out, pool, text)
        else if (part === 'state') writeState(out, pool, text)
        else if (part.startsWith('objset-')) writeDataset(out, pool, text)
      }
    }
  }
}

type Entry = { readonly name: string; readonly type: string; readonly value: string }

/** Lines `name type data` under a line of these words; data may have blanks. */
function parseKstat(text: string): Entry[] {
  const entries: Entry[] = []
  let begun = false
  for (const line of lines(text)) {
    const [, name = '', type = '', value = ''] = /^(\S+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    if (begun && value !== '') entries.push({ name, type, value })
    else if (name === 'name' && type === 'type') begun = true
  }
  return entries
}

type Sample = {
  readonly prefix: string
  readonly file: string
  readonly name: string
  readonly value: string | undefined
  readonly label: string
}

function write(out: MetricText, { prefix, file, name, value, label }: Sample): void {
  const key = `kstat.zfs.misc.${file}.${name}`
  out.untyped(`node_${prefix}_${name.replaceAll('-', '_')}`, key).add(toNumber(value, key), label)
}

/** A line of names that begins with `nread` and a line of numbers; before OpenZFS 2.0. */
function writeIo(out: MetricText, pool: string, text: string): void {
  const all = lines(text).map(fields)
  const head = all.findIndex(([first]) => first === 'nread')
  const values = all[head + 1]
  if (head < 0 || values === undefined) return
  all[head]!.forEach((name, i) => {
    write(out, { prefix: 'zfs_zpool', file: 'io', name, value: values[i], label: labels('zpool', pool) })
  })
}

function writeState(out: MetricText, pool: string, text: string): void {
  const state = text.trim().toLowerCase()
  const family = out.gauge('node_zfs_zpool_state', 'kstat.zfs.misc.state')
  for (const one of POOL_STATES) family.add(one === state ? 1 : 0, labels('state', one, 'zpool', pool))
}

function writeDataset(out: MetricText, pool: string, text: string): void {
  let label = ''
  for (const { name, type, value } of parseKstat(text)) {
    if (name === 'dataset_name') label = labels('dataset', value, 'zpool', pool)
    else if (type === UINT64) write(out, { prefix: 'zfs_zpool_dataset', file: 'objset', name, value, label })
  }
}
