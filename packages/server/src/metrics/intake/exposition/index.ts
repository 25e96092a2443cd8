// Exposition formats: what a scraped target answers becomes samples, metadata and exemplars.
// In: the bytes of an answer in Prometheus text 0.0.4 or OpenMetrics 1.0. Out: a filled SampleBatch and a report (series
// added, gone, duplicate, refused), or an error with line and column. One ScrapeCache a target remembers the last answer.
// Promise: an answer is taken whole or not at all; what was seen before costs one comparison a line, no allocation.

export { ByteStrings } from '../byte-table/index.ts'
export { checkLabelLimits, type LabelLimits } from './label-limits.ts'
export {
  acceptHeader,
  type EscapingScheme,
  type ExpositionFormat,
  formatOf,
  SCRAPE_PROTOCOLS,
  type ScrapeProtocol,
} from './negotiate.ts'
export {
  createScrapeCache,
  type ExposedFamily,
  type ParseInput,
  type ScrapeCache,
  type ScrapeCacheDeps,
  type ScrapeCacheOptions,
  type ScrapeCounts,
  type ScrapeResult,
} from './scrape-cache.ts'
