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

/** Refuses an empty list, unknown and repeated protocols. */
export function checkProtocols(protocols: readonly string[] | undefined, refuse: (message: string) => void): void {
  if (protocols === undefined) return
  const unknown = protocols.find((protocol) => !(SCRAPE_PROTOCOLS as readonly string[]).includes(protocol))
  if (protocols.length === 0) refuse('scrape_protocols cannot be empty')
  else if (unknown !== undefined) {
    refuse(`scrape_protocols: unknown scrape protocol ${unknown}, supported: ${[...SCRAPE_PROTOCOLS].sort().join(' ')}`)
  } else if (new Set(protocols.map((protocol) => protocol.toLowerCase())).size < protocols.length) {
    refuse(`duplicated protocol in scrape_protocols, got ${protocols.join(' ')}`)
  }
}
