import { BinnacleError } from '../../../config/index.ts'

/** How a body is to be read: Prometheus text 0.0.4 (and 1.0.0), or OpenMetrics 1.0 (and 0.0.1). */
export type ExpositionFormat = 'text' | 'openmetrics'

/** Names of `scrape_protocols` in prometheus.yml that we speak. Source: Prometheus 3.5 configuration, scrape_config. */
export const SCRAPE_PROTOCOLS = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
] as const

export type ScrapeProtocol = (typeof SCRAPE_PROTOCOLS)[number]

/** `metric_name_escaping_scheme` of prometheus.yml. */
export type EscapingScheme = 'allow-utf-8' | 'underscores' | 'dots' | 'values'

const MEDIA: Record<ScrapeProtocol, { readonly type: string; readonly escapes: boolean; format: ExpositionFormat }> = {
  'OpenMetricsText1.0.0': { type: 'application/openmetrics-text;version=1.0.0', escapes: true, format: 'openmetrics' },
  'OpenMetricsText0.0.1': { type: 'application/openmetrics-text;version=0.0.1', escapes: false, format: 'openmetrics' },
  'PrometheusText1.0.0': { type: 'text/plain;version=1.0.0', escapes: true, format: 'text' },
  'PrometheusText0.0.4': { type: 'text/plain;version=0.0.4', escapes: false, format: 'text' },
}

/**
 * The Accept header of a scrape: protocols in the order of preference, then anything.
 * Source: recorded from Prometheus 3.5.3 on 2026-11-21.
 */
export function acceptHeader(
  protocols: readonly ScrapeProtocol[] = SCRAPE_PROTOCOLS,
  escaping: EscapingScheme = 'allow-utf-8',
): string {
  // Prometheus counts its five protocols (protobuf is the fifth), so the first weight is 6 even when fewer are asked for.
  let weight = 6
  const parts: string[] = []
  for (const protocol of protocols) {
    const { type, escapes } = MEDIA[protocol]
    parts.push(`${type}${escapes ? `;escaping=${escaping}` : ''};q=0.${weight--}`)
  }
  parts.push(`*/*;q=0.${weight}`)
  return parts.join(',')
}

/**
 * The format of an answer by its Content-Type, as Prometheus 3 decides it: a missing, unreadable or unknown type fails
 * the scrape unless `fallback_scrape_protocol` is set. Throws `BinnacleError` (`exposition.content_type`).
 */
export function formatOf(contentType: string | undefined, fallback?: ScrapeProtocol): ExpositionFormat {
  const mediaType = contentType === undefined ? undefined : mediaTypeOf(contentType)
  if (mediaType === 'text/plain') return 'text'
  if (mediaType === 'application/openmetrics-text') return 'openmetrics'
  if (mediaType === 'application/vnd.google.protobuf') {
    throw new BinnacleError(
      'exposition.content_type',
      'the target answered in protobuf, which Binnacle does not read',
      {
        hint: 'let the target honour the Accept header, which asks for text formats',
      },
    )
  }
  if (fallback !== undefined) return MEDIA[fallback].format
  const what =
    contentType === undefined || contentType.trim() === ''
      ? 'the target sent no Content-Type'
      : mediaType === undefined
        ? `the target sent an unreadable Content-Type ${JSON.stringify(contentType.slice(0, 100))}`
        : `the target sent the unknown Content-Type ${JSON.stringify(contentType.slice(0, 100))}`
  throw new BinnacleError('exposition.content_type', what, {
    hint: 'set fallback_scrape_protocol (such as PrometheusText0.0.4) for this job, or correct the target',
  })
}

/** Media type in lower case, undefined when it does not have the shape of one (Source: RFC 9110 §8.3.1). */
function mediaTypeOf(contentType: string): string | undefined {
  const [type = '', ...parameters] = contentType.split(';')
  const mediaType = type.trim().toLowerCase()
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+\/[!#$%&'*+.^_`|~0-9a-z-]+$/.test(mediaType)) return undefined
  // Go's reader, which Prometheus uses, drops parameters that are malformed only at the very end (a stray ";").
  const readable = parameters.every(
    (parameter, i) =>
      /^\s*[!#$%&'*+.^_`|~0-9A-Za-z-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*$/.test(parameter) ||
      (i === parameters.length - 1 && parameter.trim() === ''),
  )
  return readable ? mediaType : undefined
}
