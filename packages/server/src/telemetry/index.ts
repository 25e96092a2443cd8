// How Binnacle tells about itself: log lines, its own metrics, and time.
// Parts get a Logger, a Registry and a Clock passed in; nobody reads Date.now() or sets timers on their own.
// Promise: no secrets in any output; a repeated log line is limited and counted; metric label values are bounded.

export { type Clock, systemClock } from './clock.ts'
export { createDeadline, type Deadline, withDeadline } from './deadline.ts'
export { createLogger, type Logger, type LogLevel, silentLogger } from './logger.ts'
export { nextTurn } from './next-turn.ts'
export { createPacer, createPromptPacer, mayBegin, type Pacer } from './pacer.ts'
export {
  type Counter,
  createRegistry,
  type Family,
  type Gauge,
  type Histogram,
  type MetricFamily,
  type MetricType,
  type Registry,
  renderFamilies,
  type SampleLine,
} from './registry.ts'
export { smallestInSlices, sortInSlices } from './sort-in-slices.ts'
