// For tests of intake: a metrics store in plain memory with the face of the real one.
// In: what any intake appends. Out: windows to look at samples, exemplars, metadata, and switches for overload and loss.
// Promise: same rules as the store's face (first sample of a time stays, refs are void after an epoch); never in the product.

export { createMemoryStore, type MemoryStore, type MemoryStoreOptions, type StoredSample } from './memory-store.ts'
