import type { Counter, Family, Registry } from '../../telemetry/index.ts'
import type { EngineCall } from '../client/index.ts'

export type EngineMetrics = {
  readonly restarts: Family<Counter>
  observe(call: EngineCall): void
}

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30]

/** What Binnacle says about its engine. Label values: kinds of calls, error codes of `engine.*`, reasons of restarts. */
export function createEngineMetrics(
  registry: Registry,
  read: () => { readonly up: boolean; readonly memoryBytes: number | undefined },
): EngineMetrics {
  registry.observe('binnacle_engine_up', '1 while the engine answers.', 'gauge', [], () => [[[], read().up ? 1 : 0]])
  registry.observe(
    'binnacle_engine_host_resident_memory_bytes',
    "Resident memory of the embedded engine's process, its mapped library included.",
    'gauge',
    [],
    () => {
      const { memoryBytes } = read()
      return memoryBytes === undefined ? [] : [[[], memoryBytes]]
    },
  )
  const seconds = registry.histograms(
    'binnacle_engine_call_duration_seconds',
    'Time of calls to the engine, from the first byte sent to the last one read.',
    ['kind'],
    SECONDS,
  )
  const failures = registry.counters('binnacle_engine_call_failures_total', 'Failed calls to the engine.', [
    'kind',
    'code',
  ])
  const sent = registry.counters('binnacle_engine_sent_bytes_total', 'Bytes sent to the engine.', ['kind'])
  const received = registry.counters('binnacle_engine_received_bytes_total', 'Bytes received from the engine.', [
    'kind',
  ])
  return {
    restarts: registry.counters('binnacle_engine_restarts_total', 'Replacements of the engine host, by reason.', [
      'reason',
    ]),
    observe({ kind, durationMs, sentBytes, receivedBytes, code }) {
      seconds.with(kind).observe(durationMs / 1000)
      sent.with(kind).inc(sentBytes)
      received.with(kind).inc(receivedBytes)
      if (code !== undefined) failures.with(kind, code).inc()
    },
  }
}
