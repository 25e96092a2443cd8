import { BinnacleError, formatDurationMs, messageOf } from '../config/index.ts'
import type { ScrapeManager } from '../metrics/intake/scrape/index.ts'
import type { TargetsPart } from './parts.ts'

type Dropped = ReturnType<ScrapeManager['targets']>['dropped'][number]

/** What the HTTP floor shows of the scrape manager. */
export function scrapeTargets(manager: Pick<ScrapeManager, 'targets' | 'scrapeNow'>): TargetsPart {
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
        lastScrapeMs: target.lastScrapeMs === 0 ? undefined : target.lastScrapeMs,
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
        droppedBy: describeDrop(target),
      })),
    droppedCounts: () => Object.fromEntries(manager.targets().pools.map((pool) => [pool.name, pool.droppedCount])),
    pools: () => manager.targets().pools.map((pool) => pool.name),
    async scrapeNow(id, signal) {
      try {
        const answer = await manager.scrapeNow(id, signal)
        return {
          status: 200,
          durationMs: answer.durationMs,
          contentType: answer.contentType ?? '',
          body: answer.text,
          truncated: answer.truncated,
        }
      } catch (error) {
        // A target that does not answer is what the reader wants to see, not a failure of this request.
        if (signal.aborted || (error instanceof BinnacleError && error.kind === 'missing')) throw error
        return { status: 0, durationMs: 0, contentType: '', body: '', truncated: false, error: messageOf(error) }
      }
    },
  }
}

/** Such as `relabel_configs[1]: drop on __address__ by (.*):9100`. */
function describeDrop({ rule, ruleIndex }: Dropped): string {
  if (rule === undefined || ruleIndex === undefined) return 'no labels were left'
  const source = rule.sourceLabels.length > 0 ? ` on ${rule.sourceLabels.join(', ')}` : ''
  const byRegex = rule.action === 'keep' || rule.action === 'drop'
  return `relabel_configs[${ruleIndex}]: ${rule.action}${source}${byRegex ? ` by ${rule.regex.source}` : ''}`
}
