// The one client of the engine, for the embedded host and for any ClickHouse server alike.
// In: SQL by the `sql` tag, blocks of columns. Out: blocks as they stream in, or a BinnacleError with a stable code.
// Promise: nothing that broke off passes as a success; what is aborted here stops in the engine too. Holds no global
// state and its endpoint is plain data, so worker threads make their own.

export { describeEndpoint, type EngineEndpoint } from './endpoint.ts'
export {
  type CommandOptions,
  createEngineClient,
  type EngineCall,
  type EngineClient,
  type EngineClientOptions,
  type InsertOptions,
  type QueryLimits,
  type QueryOptions,
} from './engine-client.ts'
export { ClickHouseException, isRetryable } from './engine-error.ts'
