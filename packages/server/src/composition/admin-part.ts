import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine/index.ts'
import type { AdminPart } from '../http/index.ts'
import { LOG_TABLES, type MetricsStorePart, SETTLED_TABLES } from '../metrics/store/index.ts'
import type { Clock } from '../telemetry/index.ts'

/** Prometheus's admin API over store and engine. Snapshots lie in `snapshots` below the data directory. */
export function createAdminPart(deps: {
  readonly store: MetricsStorePart
  readonly engine: Engine
  readonly clock: Clock
  readonly dataDir: string
}): AdminPart {
  const { store, engine, clock } = deps
  const folder = join(deps.dataDir, 'snapshots')
  return {
    deleteSeries: (query, signal) => store.deleteMatching(query, signal),
    cleanTombstones: () => store.cleanTombstones(),
    async snapshot({ skipHead }, signal) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const name = snapshotName(clock.now())
      const tables = skipHead ? SETTLED_TABLES : [...LOG_TABLES, ...SETTLED_TABLES]
      await store.undisturbed(() => engine.snapshot({ into: join(folder, name), tables }, signal), signal)
      return { name }
    },
  }
}

/** Time in UTC and 64 bits at random, as Prometheus names its snapshots: `20171210T211224Z-2be650b6d019eb54`. */
function snapshotName(nowMs: number): string {
  const time = new Date(nowMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '')
  return `${time}-${randomBytes(8).toString('hex')}`
}
