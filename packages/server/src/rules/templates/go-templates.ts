import {
  type RuleTemplate as Compiled,
  createRuleTemplates,
  expansionFailure,
  histogramValue,
  type PrometheusHost,
  TemplateError,
  type Value,
} from '@binnacle/gotemplate'
import { type FloatHistogram, formatHistogram, type Labels, labelPairs, labelRecord } from '@binnacle/promql'
import type { Logger } from '../../telemetry/index.ts'
import type { RuleVector } from '../rule-query.ts'
import type { RuleTemplates, TemplateInput } from '../rule-templates.ts'
import { variesBy } from './varies.ts'

export type GoTemplatesDeps = {
  /** Answers `query`: an instant query. */
  readonly query: (text: string, timeMs: number) => Promise<RuleVector>
  readonly log: Logger
}

export type GoTemplatesOptions = {
  readonly externalUrl: string
  readonly externalLabels: Labels
}

/** Labels and annotations as Go templates, with Prometheus's functions and data. */
export function createGoTemplates({ query, log }: GoTemplatesDeps, options: GoTemplatesOptions): RuleTemplates {
  const host: PrometheusHost = {
    externalURL: options.externalUrl,
    query: async (text, timeMs) => {
      const { labels, values, histograms } = await query(text, timeMs)
      return labels.map((set, i) => ({ labels: labelRecord(set), value: toValue(values[i]!, histograms?.[i]) }))
    },
  }
  const templates = createRuleTemplates({ ...host, externalLabels: labelRecord(options.externalLabels) })

  function failed(alert: string, text: string, error: unknown): string {
    if (!(error instanceof TemplateError)) throw error
    log.warn({ alert, template: text, error: error.message }, 'a template of an alert could not be expanded')
    return expansionFailure(alert, error)
  }

  return {
    prepare(alert, text) {
      const varies = variesBy(text)
      if (varies === 'never') return { varies, tellsReason: false, expand: () => text }
      let compiled: Compiled
      try {
        compiled = templates.compile(alert, text)
      } catch (error) {
        const failure = failed(alert, text, error)
        return { varies: 'never', tellsReason: false, expand: () => failure }
      }
      return {
        varies,
        tellsReason: /esolvedReason\b/.test(text),
        expand({ labels, value, histogram, timeMs, resolvedReason }: TemplateInput) {
          try {
            const made = compiled(labelPairs(labels), toValue(value, histogram), timeMs, resolvedReason)
            return typeof made === 'string' ? made : made.catch((error: unknown) => failed(alert, text, error))
          } catch (error) {
            return failed(alert, text, error)
          }
        },
      }
    },
  }
}

function toValue(value: number, histogram: FloatHistogram | undefined): number | Value {
  return histogram === undefined ? value : histogramValue(formatHistogram(histogram))
}
