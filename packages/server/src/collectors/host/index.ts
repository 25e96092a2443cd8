// The observed host in the words of node exporter.
// In: /proc, /sys and the root file system, each under a prefix of one's choice. Out: Prometheus text, on request.
// Promise: a file that fails or hangs costs only its collector, only for that round; the event loop is never blocked.

export { createHostCollector, type HostCollector, type HostDeps } from './collect.ts'
export {
  type HostCollectorName,
  type HostOptions,
  type HostOptionsInput,
  hostCollectorNames,
  hostOptionsSchema,
} from './config.ts'
