// Scraping: asks targets for their metrics on a schedule and appends the answers to the store.
// In: jobs of a configuration, and parts of Binnacle that are scraped in-process. Out: samples, `up` and its kind,
// staleness markers, the state of every target.
// Promise: a scrape is stored whole or not at all; a bad target harms no other; a reload disturbs only what it changes.

export { createDepartedSeries, type DepartedSeries } from './departed-series.ts'
export type { InternalTarget } from './internal-target.ts'
export { createScrapePlaces, type ScrapePlaces, type ScrapePlacesOptions } from './places.ts'
export type { LoopState } from './scrape-loop.ts'
export {
  type ActiveTarget,
  createScrapeManager,
  type DroppedTarget,
  type RawAnswer,
  type ScrapeManager,
  type ScrapeManagerDeps,
  type ScrapeManagerOptions,
  type TargetMetadata,
  type Targets,
} from './scrape-manager.ts'
