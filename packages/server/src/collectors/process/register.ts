import type { Clock, Registry } from '../../telemetry/index.ts'
import { type BinnacleProcess, createMemoryReader } from './memory.ts'
import { registerOwnProcess } from './process-metrics.ts'
import { registerRuntime } from './runtime-metrics.ts'

export type ProcessDeps = {
  readonly clock: Clock
  /** Binnacle's processes as they are now (watch, engine); names come from a closed set, they become label values. */
  readonly processes: () => readonly BinnacleProcess[]
}

export type ProcessMetrics = {
  /** Takes the probes of the runtime off; the families stay in the registry with what they last had. */
  stop(): Promise<void>
}

/** Adds `process_*`, `nodejs_*` and `binnacle_process_memory_bytes` to the registry. Once per registry. */
export function registerProcessMetrics(registry: Registry, { clock, processes }: ProcessDeps): ProcessMetrics {
  registerOwnProcess(registry, clock)
  const stopRuntime = registerRuntime(registry, clock)
  const memory = createMemoryReader(clock, processes)
  registry.observe(
    'binnacle_process_memory_bytes',
    "Memory of Binnacle's processes: rss, or pss (shared pages divided among those who share them). Read every 15 s.",
    'gauge',
    ['process', 'kind'],
    function* () {
      for (const { name, rssBytes, pssBytes } of memory.latest()) {
        yield [[name, 'rss'], rssBytes]
        if (pssBytes !== undefined) yield [[name, 'pss'], pssBytes]
      }
    },
  )
  return {
    async stop() {
      stopRuntime()
      await memory.settled()
    },
  }
}
