// Discovery: finds scrape targets. In: what a configuration names (addresses, files). Out: groups of targets with labels.
// A new mechanism is a function that returns a Discoverer.
// Promise: what cannot be read keeps the last good targets and is reported, it never empties a job.

export type { Discoverer } from './discoverer.ts'
export { createFileDiscoverer, type FileDiscoveryOptions, readTargetFile } from './file.ts'
export { findFiles, isPattern } from './glob.ts'
export { createStaticDiscoverer } from './static.ts'
export { type TargetGroup, targetGroupSchema } from './target-group.ts'
