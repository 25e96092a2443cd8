// What Binnacle's own processes use: CPU, memory, files, event loop, garbage collection.
// In: the registry of telemetry/ and the list of processes. Out: families in it, named as prom-client names them.
// Promise: reading is cheap enough for every scrape; what is not (PSS) is read at most every 15 s, off the event loop.

export type { BinnacleProcess } from './memory.ts'
export { type ProcessDeps, type ProcessMetrics, registerProcessMetrics } from './register.ts'
