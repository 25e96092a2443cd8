// The way of rows into the engine: a bounded queue that tries again.
// In: prepared blocks with a table and a token. Out: a promise per block that resolves once the engine has it.
// Promise: blocks of a table arrive in order, none twice, none lost while the writer lives; memory stays bounded
// (`engine.writer_full`, kind overload). More than 100 partitions in one block is the caller's matter.

export {
  type BatchWriter,
  type BatchWriterDeps,
  type BatchWriterOptions,
  blockBytes,
  createBatchWriter,
  type WriterBatch,
} from './batch-writer.ts'
