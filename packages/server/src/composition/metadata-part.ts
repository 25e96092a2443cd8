import type { MetadataPart } from '../http/index.ts'
import type { ScrapeManager } from '../metrics/intake/scrape/index.ts'
import type { MetricMetadata, MetricsReadView } from '../metrics/store/index.ts'
import { nextTurn } from '../telemetry/index.ts'

/** Families looked at before other work of the watch gets its turn: about a millisecond. */
const SLICE = 4_000

/**
 * What is known of metric families: what active targets declare now, every different entry of a family; and of families
 * that none of them declares (remote write, targets that are gone) what was told last.
 */
export function createMetadataPart(scrape: Pick<ScrapeManager, 'metadata'>, view: MetricsReadView): MetadataPart {
  return {
    async find({ metric, limit, limitPerMetric }) {
      const found = new Map<string, MetricMetadata[]>()
      let looked = 0
      for (const target of scrape.metadata()) {
        const families = target.families()
        looked += families.length
        for (const { metric: name, type, help, unit } of families) {
          if (metric !== undefined && name !== metric) continue
          const known = found.get(name)
          if (known === undefined) found.set(name, [{ type, help, unit }])
          else if (limitPerMetric > 0 && known.length >= limitPerMetric) continue
          else if (!known.some((one) => one.type === type && one.help === help && one.unit === unit)) {
            known.push({ type, help, unit })
          }
        }
        if (looked < SLICE) continue
        looked = 0
        await nextTurn()
      }
      for (const [name, entry] of view.metadata.entries()) {
        if ((metric === undefined || name === metric) && !found.has(name)) found.set(name, [entry])
      }
      return limit === undefined ? found : new Map([...found].slice(0, limit))
    },
  }
}
