import type { Clock, Logger, Registry } from '../telemetry/index.ts'
import type { HttpParts } from './parts.ts'

/** What the HTTP server stands on. */
export type HttpServerDeps = {
  readonly parts: HttpParts
  readonly log: Logger
  readonly registry: Registry
  readonly clock: Clock
}
