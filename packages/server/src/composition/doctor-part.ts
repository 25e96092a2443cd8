import { labelRecord, labelsOf, type Matcher, quote } from '@binnacle/promql'
import { escalatedReceivers, readTemplateFiles, sendingsOf } from '../alerting/index.ts'
import { packFilesOf } from '../config/settings/index.ts'
import type { DoctorInput, SeriesSource } from '../doctor/index.ts'
import type { ScrapeManager } from '../metrics/intake/scrape/index.ts'
import { gatherJson, type LastSeen, type Querier } from '../metrics/query/index.ts'
import { type Clock, nextTurn } from '../telemetry/index.ts'
import type { CheckedFiles } from './checks-part.ts'
import { sentNoDataAlerts } from './no-data-alerts.ts'

type Answer = {
  readonly result: readonly { readonly metric: Record<string, string>; readonly value?: readonly [number, string] }[]
}

/** Families looked at between two looks at the event loop. */
const FAMILIES_SLICE = 5000

/** The store's series in the doctor's words. */
export function createSeriesSource(
  querier: Querier,
  lastSeen: LastSeen,
  scrape: Pick<ScrapeManager, 'metadata'>,
  clock: Clock,
): SeriesSource {
  return {
    async families() {
      const names = new Set<string>()
      let looked = 0
      for (const target of scrape.metadata()) {
        const families = target.families()
        for (const { metric } of families) names.add(metric)
        looked += families.length
        if (looked < FAMILIES_SLICE) continue
        looked = 0
        await nextTurn()
      }
      return names
    },
    series: (query, signal) => querier.series(query, { signal }),
    labelValues: (label, query, signal) => querier.labelValues(label, query, { signal }),
    lastSeen,
    async values(matchers, limit, signal) {
      const query = `{${matchers.map(matcherText).join(',')}}`
      const { dataJson } = await querier.instant({ query, timeMs: clock.now(), limit, isRehearsal: true }, signal)
      const { result } = JSON.parse((await gatherJson(dataJson)).toString()) as Answer
      return result.map(({ metric, value }) => ({ labels: labelsOf(metric), value: Number(value?.[1] ?? Number.NaN) }))
    },
  }
}

const matcherText = ({ name, op, value }: Matcher) => `${quote(name)}${op}${quote(value)}`

/** What is in force, as the doctor wants it. Without rules of one's own, alerts come from elsewhere. */
export function doctorInputOf({ alertmanager, rules, settings, alerting }: CheckedFiles): DoctorInput {
  const { source } = alertmanager
  return {
    rules: rules.sources,
    // What single entries of `alertmanagers` change, others get.
    sendings: sendingsOf(labelRecord(rules.config.externalLabels), { ...alerting, alertmanagers: [] }),
    others: sentNoDataAlerts(rules.config, alerting),
    slowestScrapeMs: rules.config.slowestScrapeMs,
    routing:
      source === undefined || rules.config.files.length <= packFilesOf(settings).length
        ? undefined
        : async () => {
            const files = await readTemplateFiles(source.checked.config?.templates ?? [])
            const escalated = escalatedReceivers(settings.escalation)
            return { ...source, escalated, templates: files.map(({ path, text }) => ({ file: path, text })) }
          },
  }
}
