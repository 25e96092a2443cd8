// Built-in collectors: what separate exporters would give, under their official metric names.
// In: the host's files and, later, the systems one names. Out: Prometheus text, which goes through the same intake as
// a scrape, or families in the registry for what Binnacle tells about itself.
// Promise: a collector that fails or hangs costs only its own metrics of that round.

export {
  createHostCollector,
  type HostCollector,
  type HostCollectorName,
  type HostDeps,
  type HostOptions,
  type HostOptionsInput,
  hostCollectorNames,
  hostOptionsSchema,
} from './host/index.ts'
export { type BinnacleProcess, type ProcessDeps, type ProcessMetrics, registerProcessMetrics } from './process/index.ts'
