import { readdirSync, readFileSync } from 'node:fs'
import type { Clock, Registry } from '../../telemetry/index.ts'

const MICROSECONDS = 1e6

/**
 * `process_*` of this process, as every Prometheus client gives them. Files of /proc/self are read when somebody asks:
 * they come from memory and cannot block.
 */
export function registerOwnProcess(registry: Registry, clock: Clock): void {
  const startedAt = Math.round(clock.now() / 1000 - process.uptime())
  const one = (value: number | undefined): (readonly [readonly string[], number])[] =>
    value === undefined ? [] : [[[], value]]
  const status = (key: string) => kibibytes(readOr('/proc/self/status', ''), key)

  registry.observe('process_cpu_user_seconds_total', 'Total user CPU time spent in seconds.', 'counter', [], () =>
    one(process.cpuUsage().user / MICROSECONDS),
  )
  registry.observe('process_cpu_system_seconds_total', 'Total system CPU time spent in seconds.', 'counter', [], () =>
    one(process.cpuUsage().system / MICROSECONDS),
  )
  registry.observe(
    'process_cpu_seconds_total',
    'Total user and system CPU time spent in seconds.',
    'counter',
    [],
    () => {
      const { user, system } = process.cpuUsage()
      return one((user + system) / MICROSECONDS)
    },
  )
  registry.observe(
    'process_start_time_seconds',
    'Start time of the process since unix epoch in seconds.',
    'gauge',
    [],
    () => one(startedAt),
  )
  registry.observe('process_resident_memory_bytes', 'Resident memory size in bytes.', 'gauge', [], () =>
    one(process.memoryUsage.rss()),
  )
  registry.observe('process_virtual_memory_bytes', 'Virtual memory size in bytes.', 'gauge', [], () =>
    one(status('VmSize')),
  )
  registry.observe('process_heap_bytes', 'Process heap size in bytes.', 'gauge', [], () => one(status('VmData')))
  registry.observe('process_open_fds', 'Number of open file descriptors.', 'gauge', [], () => one(countOpenFiles()))
  registry.observe('process_max_fds', 'Maximum number of open file descriptors.', 'gauge', [], () =>
    one(readMaxFiles()),
  )
}

function countOpenFiles(): number | undefined {
  try {
    // One of them is the directory itself while it is read.
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return undefined
  }
}

function readMaxFiles(): number | undefined {
  const found = /^Max open files\s+(\d+|unlimited)/m.exec(readOr('/proc/self/limits', ''))?.[1]
  if (found === undefined) return undefined
  return found === 'unlimited' ? Number.POSITIVE_INFINITY : Number(found)
}

function kibibytes(text: string, key: string): number | undefined {
  const found = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]
  return found === undefined ? undefined : Number(found) * 1024
}

/** `otherwise` where there is no /proc. */
function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}
