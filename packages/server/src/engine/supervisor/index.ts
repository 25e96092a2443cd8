// The embedded engine's process, started, watched and replaced; or a remote engine, asked whether it is there.
// In: the data directory, or a URL. Out: a client that works whenever the engine is up, its state, and a call each time
// it comes up. Promise: one Binnacle per data directory; a host that dies or hangs is replaced within seconds; no host
// outlives its watch, and one that did is found and killed by the next start.

export { createEngine, type Engine, type EngineDeps, type EngineOptions, type EngineState } from './engine.ts'
