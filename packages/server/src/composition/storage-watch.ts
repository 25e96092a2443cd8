import { messageOf } from '../config/index.ts'
import type { EngineClient } from '../engine/index.ts'
import { readStorage, type StorageFacts } from '../metrics/store/index.ts'
import type { Clock, Logger, Registry } from '../telemetry/index.ts'

const EVERY_MS = 30_000
/** The read itself costs the engine something that grows with the data: at most this share of the time. */
const MAX_SHARE = 0.01

/** Knows what the engine keeps, from a read every half minute or so; the pages ask far more often than that. */
export type StorageWatch = {
  start(signal: AbortSignal): void
  readonly latest: StorageFacts | undefined
  /** Reads now. */
  read(signal: AbortSignal): Promise<StorageFacts>
}

export function createStorageWatch(deps: {
  readonly client: EngineClient
  readonly clock: Clock
  readonly log: Logger
  readonly registry: Registry
}): StorageWatch {
  const { client, clock, log, registry } = deps
  let latest: StorageFacts | undefined

  registry.observe(
    'binnacle_storage_bytes',
    'Bytes on disk by table, after compression. Read every 30 s.',
    'gauge',
    ['table'],
    () => (latest?.tables ?? []).map(({ name, bytes }) => [[name], bytes] as const),
  )
  registry.observe('binnacle_storage_rows', 'Rows by table. Read every 30 s.', 'gauge', ['table'], () =>
    (latest?.tables ?? []).map(({ name, rows }) => [[name], rows] as const),
  )
  registry.observe('binnacle_storage_parts', 'Active parts of all tables.', 'gauge', [], () =>
    latest ? [[[], latest.parts]] : [],
  )
  registry.observe('binnacle_storage_samples', 'Samples in the engine, chunks and log.', 'gauge', [], () =>
    latest ? [[[], latest.samples]] : [],
  )

  async function read(signal: AbortSignal): Promise<StorageFacts> {
    latest = await readStorage(client, signal)
    return latest
  }

  return {
    start(signal) {
      void (async () => {
        while (!signal.aborted) {
          const from = clock.monotonic()
          await read(signal).catch((error: unknown) => {
            if (!signal.aborted) log.debug({ reason: messageOf(error) }, 'storage facts could not be read')
          })
          const took = clock.monotonic() - from
          await clock.sleep(Math.max(EVERY_MS, took / MAX_SHARE), signal).catch(() => {})
        }
      })()
    },
    get latest() {
      return latest
    },
    read,
  }
}
