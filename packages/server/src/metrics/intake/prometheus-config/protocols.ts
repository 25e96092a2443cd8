/** Exposition formats by their names in configuration files. Source: prometheus.io "Configuration", `scrape_protocols`. */
export const SCRAPE_PROTOCOLS = [
  'PrometheusProto',
  'OpenMetricsText0.0.1',
  'OpenMetricsText1.0.0',
  'PrometheusText0.0.4',
  'PrometheusText1.0.0',
] as const

export type ScrapeProtocol = (typeof SCRAPE_PROTOCOLS)[number]

/** In the order in which Prometheus 3.5 asks for them. */
export const DEFAULT_SCRAPE_PROTOCOLS: readonly ScrapeProtocol[] = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
]

export const NAME_VALIDATIONS = ['utf8', 'legacy'] as const
export const NAME_ESCAPINGS = ['allow-utf-8', 'underscores', 'dots', 'values'] as const
