// Prometheus' configuration file: a prometheus.yml as it is becomes jobs that Binnacle scrapes.
// In: text and its file name. Out: checked jobs with all defaults, or every error with its place; and warnings for what
// Prometheus does and Binnacle does not yet.
// Promise: a file that Prometheus 3.5 takes is taken, and one that it refuses is refused.

export type { HttpClientConfig, TlsConfig, TlsVersion } from '../../../config/go-yaml/index.ts'
export { type AlertmanagersConfig, NO_ALERTMANAGERS, type PrometheusAlerting } from './alertmanagers-config.ts'
export {
  type CheckedPrometheusConfig,
  type ConfigWarning,
  checkPrometheusConfig,
  type PrometheusConfig,
  type RuleFilePattern,
} from './check-prometheus-config.ts'
export type { GlobalConfig } from './global-config.ts'
export { DEFAULT_SCRAPE_PROTOCOLS, SCRAPE_PROTOCOLS, type ScrapeProtocol } from './protocols.ts'
export type { ScrapeConfig } from './scrape-config.ts'
