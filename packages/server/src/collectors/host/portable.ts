import os from 'node:os'
import type { CollectorFactory } from './collector.ts'
import { labels } from './metric-text.ts'

const MS_PER_SECOND = 1000

/**
 * What Node knows on any platform, under the names node exporter has on macOS: load, CPU time, memory, boot time,
 * clock and uname.
 */
export const createPortable: CollectorFactory = ({ clock }) => {
  return async (out, nowMs) => {
    const [load1 = 0, load5 = 0, load15 = 0] = os.loadavg()
    out.gauge('node_load1', '1m load average.').add(load1)
    out.gauge('node_load5', '5m load average.').add(load5)
    out.gauge('node_load15', '15m load average.').add(load15)
    const time = out.counter('node_cpu_seconds_total', 'Seconds the CPUs spent in each mode.')
    os.cpus().forEach(({ times }, cpu) => {
      for (const [mode, ms] of [
        ['idle', times.idle],
        ['nice', times.nice],
        ['system', times.sys],
        ['user', times.user],
      ] as const) {
        time.add(ms / MS_PER_SECOND, labels('cpu', String(cpu), 'mode', mode))
      }
    })
    out.gauge('node_memory_total_bytes', 'Memory information field total_bytes.').add(os.totalmem())
    out.gauge('node_memory_free_bytes', 'Memory information field free_bytes.').add(os.freemem())
    out
      .gauge('node_boot_time_seconds', 'Unix time of last boot, including microseconds.')
      .add(Math.round(clock.now() / MS_PER_SECOND - os.uptime()))
    out.gauge('node_time_seconds', 'System time in seconds since epoch (1970).').add(nowMs / MS_PER_SECOND)
    out
      .gauge('node_uname_info', 'Labeled system information as provided by the uname system call.')
      .add(
        1,
        labels(
          ...['domainname', '(none)', 'machine', os.machine(), 'nodename', os.hostname()],
          ...['release', os.release(), 'sysname', os.type(), 'version', os.version()],
        ),
      )
  }
}
