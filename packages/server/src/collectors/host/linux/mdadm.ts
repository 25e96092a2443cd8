import { type CollectorFactory, NoDataError } from '../collector.ts'
import { labels } from '../metric-text.ts'
import { fields, toNumber } from '../parse.ts'

type RaidArray = {
  name: string
  state: string
  total: number
  active: number
  failed: number
  spare: number
  blocks: number
  synced: number
}

/** Words of /proc/mdstat and the values of the label `state`. */
const STATES = [
  ['active', 'active'],
  ['inactive', 'inactive'],
  ['recovering', 'recovering'],
  ['resync', 'resyncing'],
  ['check', 'checking'],
] as const

/** Software RAID from /proc/mdstat and /sys/block/md*. */
export const createMdadm: CollectorFactory = ({ files, proc, sys }) => {
  return async (out) => {
    const text = await files.textIfAny(proc('mdstat'))
    if (text === undefined) throw new NoDataError('software RAID')
    const required = out.gauge('node_md_disks_required', 'Total number of disks of device.')
    const disks = out.gauge('node_md_disks', 'Number of active/failed/spare disks of device.')
    const state = out.gauge('node_md_state', 'Indicates the state of md-device.')
    const blocks = out.gauge('node_md_blocks', 'Total number of blocks on device.')
    const synced = out.gauge('node_md_blocks_synced', 'Number of blocks synced on device.')
    for (const array of parseMdstat(text)) {
      const label = labels('device', array.name)
      required.add(array.total, label)
      disks.add(array.active, labels('device', array.name, 'state', 'active'))
      disks.add(array.failed, labels('device', array.name, 'state', 'failed'))
      disks.add(array.spare, labels('device', array.name, 'state', 'spare'))
      for (const [shown, word] of STATES) {
        state.add(array.state === word ? 1 : 0, labels('device', array.name, 'state', shown))
      }
      blocks.add(array.blocks, label)
      synced.add(array.synced, label)
    }
    const raidDisks = out.gauge('node_md_raid_disks', 'Number of raid disks on device.')
    const degraded = out.gauge('node_md_degraded', 'Number of degraded disks on device.')
    for (const device of ((await files.list(sys('block'))) ?? []).filter((name) => name.startsWith('md'))) {
      const dir = sys(`block/${device}/md`)
      const level = await files.attribute(`${dir}/level`)
      if (level === undefined) continue
      const label = labels('device', device)
      // While an array grows the file says "11 (10)".
      const count = Number.parseInt((await files.attribute(`${dir}/raid_disks`)) ?? '', 10)
      if (!['', 'container', 'imsm', 'ddf'].includes(level) && !Number.isNaN(count)) raidDisks.add(count, label)
      const missing = /^raid(?:1|4|5|6|10)$/.test(level) ? await files.attribute(`${dir}/degraded`) : '0'
      degraded.add(toNumber(missing, `degraded of ${device}`), label)
    }
  }
}

/**
 * One array is a line with its members, a line with its size, and lines about bitmap and synchronisation:
 *
 *     md0 : active raid1 sdb1[1] sda1[0](F)
 *           248896 blocks [2/1] [_U]
 *           [=>...................]  recovery =  9.8% (16775552/17004544) finish=0.2min speed=259783K/sec
 */
function parseMdstat(text: string): RaidArray[] {
  const arrays: RaidArray[] = []
  const all = text.split('\n')
  for (let i = 0; i < all.length; i++) {
    const line = all[i]!
    const [name, colon, word] = fields(line)
    if (name === undefined || line.startsWith(' ') || colon !== ':' || name === 'Personalities') continue
    if (name === 'unused' || word === undefined) continue
    const sizeLine = all[i + 1] ?? ''
    const array: RaidArray = {
      name,
      state: word,
      total: 0,
      active: 0,
      failed: line.split('(F)').length - 1,
      spare: line.split('(S)').length - 1,
      blocks: toNumber(fields(sizeLine)[0], `mdstat ${name}`),
      synced: 0,
    }
    array.synced = array.blocks
    const counts = /\[(\d+)\/(\d+)\] \[[U_]+\]/.exec(sizeLine)
    if (/\b(?:raid0|linear)\b/.test(line)) {
      array.total = array.active = line.split('[').length - 1
    } else if (word !== 'inactive') {
      if (!counts) throw new Error(`mdstat ${name}: no disk counts in ${JSON.stringify(sizeLine)}`)
      array.total = Number(counts[1])
      array.active = Number(counts[2])
    }
    const sync = all[i + 2]?.includes('bitmap') ? all[i + 3] : all[i + 2]
    readSync(array, sync?.startsWith(' ') ? sync : '')
    arrays.push(array)
  }
  return arrays
}

function readSync(array: RaidArray, line: string): void {
  if (line.includes('recovery')) array.state = 'recovering'
  else if (line.includes('reshape')) array.state = 'reshaping'
  else if (line.includes('check')) array.state = 'checking'
  else if (line.includes('resync')) array.state = 'resyncing'
  else return
  if (/PENDING|DELAYED/.test(line)) array.synced = 0
  else array.synced = toNumber(/\((\d+)\/\d+\)/.exec(line)?.[1], `mdstat ${array.name}`)
}
