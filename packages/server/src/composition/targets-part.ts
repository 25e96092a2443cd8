import { formatDurationMs } from '../config/index.ts'
import type { TargetsPart } from '../http/index.ts'
import type { DroppedTarget, ScrapeManager } from '../metrics/intake/scrape/index.ts'

/** The scrape manager's knowledge in the words of the Targets API. */
export function createTargetsPart(manager: ScrapeManager): TargetsPart {
  return {
    active: () =>
      manager.targets().active.map((target) => ({
        id: target.id,
        discoveredLabels: target.discoveredLabels,
        labels: target.labels,
        scrapePool: target.scrapePool,
        scrapeUrl: target.scrapeUrl,
        globalUrl: target.globalUrl,
        lastError: target.lastError,
        lastScrapeMs: target.lastScrapeMs > 0 ? target.lastScrapeMs : undefined,
        lastScrapeDurationMs: target.lastDurationMs,
        health: target.health,
        scrapeInterval: formatDurationMs(target.intervalMs),
        scrapeTimeout: formatDurationMs(target.timeoutMs),
        lastSamples: target.samplesScraped,
      })),
    dropped: () =>
      manager.targets().dropped.map((target) => ({
        discoveredLabels: target.discoveredLabels,
        scrapePool: target.scrapePool,
        droppedBy: reasonOf(target),
      })),
    droppedCounts: () =>
      Object.fromEntries(manager.targets().pools.map(({ name, droppedCount }) => [name, droppedCount])),
    pools: () => manager.targets().pools.map(({ name }) => name),
    metadata: () => manager.metadata(),
    async scrapeNow(id, signal) {
      const answer = await manager.scrapeNow(id, signal)
      return {
        status: 200,
        durationMs: answer.durationMs,
        contentType: answer.contentType ?? '',
        body: answer.text,
        truncated: answer.truncated,
      }
    },
  }
}

function reasonOf({ rule, ruleIndex }: DroppedTarget): string {
  if (!rule || ruleIndex === undefined) return 'no label was left'
  const from = rule.sourceLabels.length > 0 ? ` of ${rule.sourceLabels.join(', ')}` : ''
  return `relabel_configs[${ruleIndex}]: ${rule.action}${from}`
}
