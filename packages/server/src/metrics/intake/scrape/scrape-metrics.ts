import { BinnacleError } from '../../../config/index.ts'
import type { Registry } from '../../../telemetry/index.ts'

/** What scraping tells about itself. */
export type ScrapeMetrics = ReturnType<typeof createScrapeMetrics>

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function createScrapeMetrics(registry: Registry) {
  return {
    scrapes: registry.counter('binnacle_scrapes_total', 'Scrapes, failed ones included.'),
    failures: registry.counters('binnacle_scrape_failures_total', 'Failed scrapes by reason.', ['reason']),
    scraped: registry.counter('binnacle_scrape_samples_scraped_total', 'Samples on the pages of targets.'),
    appended: registry.counter('binnacle_scrape_samples_appended_total', 'Samples that the store took.'),
    rejected: registry.counters('binnacle_scrape_samples_rejected_total', 'Samples that were not stored, by reason.', [
      'reason',
    ]),
    bodyBytes: registry.counter('binnacle_scrape_body_bytes_total', 'Bytes of answers, after decompression.'),
    seconds: registry.histogram('binnacle_scrape_duration_seconds', 'From request to appended samples.', SECONDS),
    parseSeconds: registry.histogram('binnacle_scrape_parse_seconds', 'Parsing and appending one answer.', SECONDS),
    skipped: registry.counter(
      'binnacle_scrapes_skipped_total',
      'Scrapes left out because the one before took too long.',
    ),
  }
}

const REASONS: Readonly<Record<string, string>> = {
  'scrape.connect': 'connect',
  'scrape.tls': 'tls',
  'scrape.http': 'http',
  'scrape.http_status': 'http_status',
  'scrape.timeout': 'timeout',
  'scrape.body_size_limit': 'body_size_limit',
  'scrape.target_limit': 'target_limit',
  'exposition.content_type': 'content_type',
  'exposition.malformed': 'malformed',
  'exposition.sample_limit': 'sample_limit',
  'exposition.label_limit': 'label_limit',
  'exposition.label_name_length_limit': 'label_limit',
  'exposition.label_value_length_limit': 'label_limit',
  'scrape.invalid_name': 'invalid_name',
  'config.secret_file': 'secret_file',
}

/** A bounded word for a failure. */
export function reasonOf(error: unknown): string {
  return error instanceof BinnacleError ? (REASONS[error.code] ?? 'other') : 'other'
}
