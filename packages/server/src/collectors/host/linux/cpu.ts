import { mapBounded } from '../bounded.ts'
import { type CollectorFactory, READ_WIDTH } from '../collector.ts'
import { labels } from '../metric-text.ts'
import { toCpuList, toInteger, toNumber } from '../parse.ts'

/** Columns of a cpu line in /proc/stat. Source: proc(5). */
const MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const
const IDLE = 3
const GUEST = 8
const COLUMNS = 10
/** USER_HZ, which is 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100
/** An idle time that falls by so much means that the CPU was taken away and came back: its counters begin anew. */
const JUMP_BACK_SECONDS = 3

type Topology = { readonly pkg: number; readonly core: number; readonly dir: string }

/**
 * CPU time by mode, throttling, isolated and online CPUs. The kernel's idle and iowait counters sometimes step back by
 * a tick; a counter that falls would look like a restart, so what has been shown stays until it is passed.
 */
export const createCpu: CollectorFactory = ({ files, proc, sys }) => {
  const shown = new Map<string, { seconds: Float64Array; labels: readonly string[] }>()
  let isolated: readonly number[] | undefined
  let isolatedRead = false
  let cpuDirs = ''
  let throttled: readonly Topology[] = []

  async function readStat(): Promise<void> {
    const text = await files.text(proc('stat'))
    const present = new Set<string>()
    for (const line of text.split('\n')) {
      if (!line.startsWith('cpu')) break
      const columns = line.split(' ')
      const cpu = columns[0]!.slice(3)
      if (cpu === '') continue
      present.add(cpu)
      let entry = shown.get(cpu)
      if (!entry) {
        entry = {
          seconds: new Float64Array(COLUMNS),
          labels: [
            ...MODES.map((mode) => labels('cpu', cpu, 'mode', mode)),
            labels('cpu', cpu, 'mode', 'user'),
            labels('cpu', cpu, 'mode', 'nice'),
          ],
        }
        shown.set(cpu, entry)
      }
      const idle = toNumber(columns[IDLE + 1], `/proc/stat cpu${cpu}`) / TICKS_PER_SECOND
      if (entry.seconds[IDLE]! - idle >= JUMP_BACK_SECONDS) entry.seconds.fill(0)
      for (let i = 0; i < COLUMNS && i + 1 < columns.length; i++) {
        const seconds = toNumber(columns[i + 1], `/proc/stat cpu${cpu}`) / TICKS_PER_SECOND
        if (seconds > entry.seconds[i]!) entry.seconds[i] = seconds
      }
    }
    for (const cpu of shown.keys()) if (!present.has(cpu)) shown.delete(cpu)
  }

  /** Package and core of each CPU with a throttle counter; read anew only when the set of CPUs changes. */
  async function readTopology(dirs: readonly string[]): Promise<void> {
    const known = dirs.join()
    if (known === cpuDirs) return
    const found = await mapBounded(dirs, READ_WIDTH, async (dir): Promise<Topology | undefined> => {
      const base = sys(`devices/system/cpu/${dir}`)
      if ((await files.list(`${base}/thermal_throttle`)) === undefined) return undefined
      const pkg = toInteger(await files.attribute(`${base}/topology/physical_package_id`))
      const core = toInteger(await files.attribute(`${base}/topology/core_id`))
      return pkg === undefined || core === undefined ? undefined : { pkg, core, dir: `${base}/thermal_throttle` }
    })
    throttled = found.filter((one) => one !== undefined)
    cpuDirs = known
  }

  return async (out) => {
    await readStat()
    const time = out.counter('node_cpu_seconds_total', 'Seconds the CPUs spent in each mode.')
    const guest = out.counter('node_cpu_guest_seconds_total', 'Seconds the CPUs spent in guests (VMs) for each mode.')
    for (const entry of shown.values()) {
      for (let i = 0; i < MODES.length; i++) time.add(entry.seconds[i]!, entry.labels[i])
      for (let i = GUEST; i < COLUMNS; i++) guest.add(entry.seconds[i]!, entry.labels[i])
    }

    if (!isolatedRead) {
      const text = await files.attribute(sys('devices/system/cpu/isolated'))
      isolated = text === undefined ? undefined : toCpuList(text)
      isolatedRead = true
    }
    const isolatedFamily = out.gauge(
      'node_cpu_isolated',
      'Whether each core is isolated, information from /sys/devices/system/cpu/isolated.',
    )
    for (const cpu of isolated ?? []) isolatedFamily.add(1, labels('cpu', String(cpu)))

    const dirs = ((await files.list(sys('devices/system/cpu'))) ?? []).filter((name) => /^cpu\d+$/.test(name))
    await readTopology(dirs)
    const coreFamily = out.counter('node_cpu_core_throttles_total', 'Number of times this CPU core has been throttled.')
    const packageFamily = out.counter(
      'node_cpu_package_throttles_total',
      'Number of times this CPU package has been throttled.',
    )
    const seen = new Set<string>()
    for (const { pkg, core, dir } of throttled) {
      if (!seen.has(`${pkg} ${core}`)) {
        const count = toInteger(await files.attribute(`${dir}/core_throttle_count`))
        if (count !== undefined) {
          seen.add(`${pkg} ${core}`)
          coreFamily.add(count, labels('core', String(core), 'package', String(pkg)))
        }
      }
      if (!seen.has(`${pkg}`)) {
        const count = toInteger(await files.attribute(`${dir}/package_throttle_count`))
        if (count !== undefined) {
          seen.add(`${pkg}`)
          packageFamily.add(count, labels('package', String(pkg)))
        }
      }
    }

    // The first CPU without the file means a kernel that cannot switch CPUs off.
    const first = dirs[0] === undefined ? undefined : await files.attribute(sys(`devices/system/cpu/${dirs[0]}/online`))
    if (first === undefined) return
    const online = out.gauge('node_cpu_online', 'CPUs that are online and being scheduled.')
    const states = await mapBounded(dirs, READ_WIDTH, (dir) => files.attribute(sys(`devices/system/cpu/${dir}/online`)))
    dirs.forEach((dir, i) => {
      online.add(states[i] === '1' ? 1 : 0, labels('cpu', dir.slice(3)))
    })
  }
}
