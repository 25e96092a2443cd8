// Metrics by PromQL (several queries, chart or table) or by browsing without one.
// In: the Prometheus API, the address (queries, view, browser's filter). Out: `ExplorerPage`, loaded when it is visited.
// Promise: what was run is a permalink; a new run cancels the one before; an empty answer says why it is empty.

export { ExplorerPage } from './explorer-page.tsx'
