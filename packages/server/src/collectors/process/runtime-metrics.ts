import { constants, monitorEventLoopDelay, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'
import type { Clock, Registry } from '../../telemetry/index.ts'

const NS = 1e9
/** prom-client's default. The recorded delay of a free loop is about this long. */
const RESOLUTION_MS = 10
/** Percentiles are of a window of at least this length: two readers must not halve each other's windows. */
const MIN_WINDOW_MS = 4000
const GC_BUCKETS = [0.001, 0.01, 0.1, 1, 2, 5]
const GC_KINDS = new Map<number, string>([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

const DELAYS = [
  ['nodejs_eventloop_lag_min_seconds', 'The minimum recorded event loop delay.'],
  ['nodejs_eventloop_lag_max_seconds', 'The maximum recorded event loop delay.'],
  ['nodejs_eventloop_lag_mean_seconds', 'The mean of the recorded event loop delays.'],
  ['nodejs_eventloop_lag_stddev_seconds', 'The standard deviation of the recorded event loop delays.'],
  ['nodejs_eventloop_lag_p50_seconds', 'The 50th percentile of the recorded event loop delays.'],
  ['nodejs_eventloop_lag_p90_seconds', 'The 90th percentile of the recorded event loop delays.'],
  ['nodejs_eventloop_lag_p99_seconds', 'The 99th percentile of the recorded event loop delays.'],
] as const

const HEAP_SPACES = [
  ['total', 'space_size'],
  ['used', 'space_used_size'],
  ['available', 'space_available_size'],
] as const

/** What Node adds to an entry of type gc; its type definitions do not have it. */
type GcEntry = PerformanceEntry & { detail?: { kind?: number } }

/** The two lists that Node has kept without documenting them since 0.9, and that prom-client shows. */
type Undocumented = { _getActiveHandles?: () => object[]; _getActiveRequests?: () => object[] }

/** `nodejs_*` with the names, labels and help of prom-client 15. The returned function takes the probes off. */
export function registerRuntime(registry: Registry, clock: Clock): () => void {
  const stopDelays = registerEventLoop(registry, clock)
  const stopGc = registerGc(registry)
  registerHeap(registry)
  registerActive(registry)
  const [major = '', minor = '', patch = ''] = process.version.slice(1).split('.')
  registry.observe(
    'nodejs_version_info',
    'Node.js version info.',
    'gauge',
    ['version', 'major', 'minor', 'patch'],
    () => [[[process.version, major, minor, patch], 1]],
  )
  return () => {
    stopDelays()
    stopGc()
  }
}

function registerEventLoop(registry: Registry, clock: Clock): () => void {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  let windowStartMs = clock.monotonic()
  let shown = DELAYS.map(() => 0)
  const delays = (): readonly number[] => {
    // Nothing was recorded yet: the histogram would give NaN and 2^63.
    if (histogram.count === 0) return shown
    const full = clock.monotonic() - windowStartMs >= MIN_WINDOW_MS
    if (full || shown.every((value) => value === 0)) {
      const { min, max, mean, stddev } = histogram
      const percentiles = [50, 90, 99].map((p) => histogram.percentile(p))
      shown = [min, max, mean, stddev, ...percentiles].map((ns) => ns / NS)
    }
    if (full) {
      histogram.reset()
      windowStartMs = clock.monotonic()
    }
    return shown
  }

  let lagSeconds = 0
  registry.observe('nodejs_eventloop_lag_seconds', 'Lag of event loop in seconds.', 'gauge', [], () => {
    const askedMs = clock.monotonic()
    setImmediate(() => {
      lagSeconds = (clock.monotonic() - askedMs) / 1000
    })
    return [[[], lagSeconds]]
  })
  DELAYS.forEach(([name, help], i) => {
    registry.observe(name, help, 'gauge', [], () => [[[], delays()[i]!]])
  })
  return () => histogram.disable()
}

function registerGc(registry: Registry): () => void {
  const durations = registry.histograms(
    'nodejs_gc_duration_seconds',
    'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    ['kind'],
    GC_BUCKETS,
  )
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const kind = GC_KINDS.get((entry as GcEntry).detail?.kind ?? -1)
      if (kind !== undefined) durations.with(kind).observe(entry.duration / 1000)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => observer.disconnect()
}

function registerHeap(registry: Registry): void {
  const memory = (name: string, help: string, key: 'heapTotal' | 'heapUsed' | 'external') =>
    registry.observe(name, help, 'gauge', [], () => [[[], process.memoryUsage()[key]]])
  memory('nodejs_heap_size_total_bytes', 'Process heap size from Node.js in bytes.', 'heapTotal')
  memory('nodejs_heap_size_used_bytes', 'Process heap size used from Node.js in bytes.', 'heapUsed')
  memory('nodejs_external_memory_bytes', 'Node.js external memory size in bytes.', 'external')
  for (const [kind, key] of HEAP_SPACES) {
    registry.observe(
      `nodejs_heap_space_size_${kind}_bytes`,
      `Process heap space size ${kind} from Node.js in bytes.`,
      'gauge',
      ['space'],
      () => getHeapSpaceStatistics().map((space) => [[space.space_name.replace(/_space$/, '')], space[key]] as const),
    )
  }
}

function registerActive(registry: Registry): void {
  const undocumented = process as unknown as Undocumented
  const classNames = (objects: object[] | undefined) => (objects ?? []).map((one) => one.constructor?.name ?? 'Object')
  const lists = [
    [
      'nodejs_active_resources',
      'Number of active resources that are currently keeping the event loop alive, grouped by async resource type.',
      'Total number of active resources.',
      () => process.getActiveResourcesInfo(),
    ],
    [
      'nodejs_active_handles',
      'Number of active libuv handles grouped by handle type. Every handle type is C++ class name.',
      'Total number of active handles.',
      () => classNames(undocumented._getActiveHandles?.()),
    ],
    [
      'nodejs_active_requests',
      'Number of active libuv requests grouped by request type. Every request type is C++ class name.',
      'Total number of active requests.',
      () => classNames(undocumented._getActiveRequests?.()),
    ],
  ] as const
  for (const [name, help, totalHelp, read] of lists) {
    registry.observe(name, help, 'gauge', ['type'], () => {
      const counts = new Map<string, number>()
      for (const type of read()) counts.set(type, (counts.get(type) ?? 0) + 1)
      return Array.from(counts, ([type, count]) => [[type], count] as const)
    })
    registry.observe(`${name}_total`, totalHelp, 'gauge', [], () => [[[], read().length]])
  }
}
