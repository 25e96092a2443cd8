// ClickHouse for the whole product: the client, the embedded engine as a supervised child process, migrations, writer.
// In: SQL by the `sql` tag and blocks of columns. Out: blocks, or BinnacleErrors with stable codes (`engine.*`).
// Nobody above this floor knows whether the engine is embedded or a server somewhere.
// Promise: an acknowledged insert is durable, a repeated one with its token counts once; a query that is aborted or
// past its limit stops in the engine; the host never outlives the watch.

export type { Block, Column, ColumnData, StringColumn } from './block.ts'
export {
  ClickHouseException,
  type CommandOptions,
  createEngineClient,
  describeEndpoint,
  type EngineCall,
  type EngineClient,
  type EngineClientOptions,
  type EngineEndpoint,
  type InsertOptions,
  isRetryable,
  type QueryLimits,
  type QueryOptions,
} from './client/index.ts'
export { type MigrateDeps, type MigrationStep, migrate } from './migrations/index.ts'
export { createBlockDecoder, decodeBlocks, encodeBlock } from './native/index.ts'
export type { SnapshotOptions } from './snapshot/index.ts'
export {
  createIdentifiers,
  Identifier,
  joinSql,
  Sql,
  type SqlValue,
  sql,
  type Words64,
  type Words64List,
} from './sql.ts'
export { createEngine, type Engine, type EngineDeps, type EngineOptions, type EngineState } from './supervisor/index.ts'
export {
  type BatchWriter,
  type BatchWriterDeps,
  type BatchWriterOptions,
  blockBytes,
  createBatchWriter,
  type WriterBatch,
} from './writer/index.ts'
