import { BinnacleError } from '../../../config/index.ts'
import { createFileDiscoverer, createStaticDiscoverer, type Discoverer, type TargetGroup } from '../discovery/index.ts'
import { formatOf, SCRAPE_PROTOCOLS, type ScrapeProtocol } from '../exposition/index.ts'
import type { ScrapeConfig } from '../prometheus-config/index.ts'
import type { RelabelRule } from '../relabel/index.ts'
import { createHttpScraper, type HttpAnswer, type HttpScraper } from './http-scraper.ts'
import { createScrapeLoop, type LoopDeps, type LoopSettings, type ScrapeLoop } from './scrape-loop.ts'
import { buildTargets, type Target } from './target.ts'

/** The targets of one job. */
export type ScrapePool = {
  readonly config: ScrapeConfig
  /** Takes another configuration of the same job; what it does not change goes on undisturbed. */
  reload(config: ScrapeConfig): void
  /** Begins to scrape the targets that are new: to be called when those of all jobs are counted. */
  begin(): void
  active(): PoolTarget[]
  dropped(): readonly PoolDropped[]
  /** All that were dropped, also those that are not kept for looking at. */
  readonly droppedCount: number
  /** What is wrong with discovery and with single targets. */
  problems(): readonly BinnacleError[]
  /** Asks a target without storing the answer. */
  fetch(target: Target, signal: AbortSignal): Promise<HttpAnswer>
  stop(options: { departs: boolean }): Promise<void>
}

export type PoolTarget = { readonly target: Target; readonly loop: ScrapeLoop }
type Entry = PoolTarget & { readonly uncount: () => void }
export type PoolDropped = {
  readonly discoveredLabels: Target['discoveredLabels']
  /** The rule that dropped it and its index in `relabel_configs`; undefined when no label was left. */
  readonly rule: RelabelRule | undefined
  readonly ruleIndex: number | undefined
}

/** Without `keep_dropped_targets` this many are kept: enough to look at, bounded in memory. */
const KEEP_DROPPED = 10_000

export function createScrapePool(
  deps: LoopDeps & { readonly userAgent: string },
  first: ScrapeConfig,
  signal: AbortSignal,
): ScrapePool {
  const { clock, log, places } = deps
  let config = first
  let scraper = newScraper()
  let discoverers: Discoverer[] = []
  let groups = new Map<string, TargetGroup>()
  let entries = new Map<string, Entry>()
  let fresh: Entry[] = []
  let dropped: PoolDropped[] = []
  let droppedCount = 0
  let invalid: BinnacleError[] = []
  let stopping: Promise<void> | undefined
  const leaving = new Set<Promise<void>>()

  function newScraper(): HttpScraper {
    return createHttpScraper({ ...config, userAgent: deps.userAgent })
  }

  function discover(): void {
    for (const discoverer of discoverers) discoverer.stop()
    groups = new Map()
    discoverers = [
      createStaticDiscoverer(config.staticGroups),
      ...config.fileDiscoveries.map((options) => createFileDiscoverer({ clock, log }, options)),
    ]
    let together = true
    for (const [i, discoverer] of discoverers.entries()) {
      discoverer.start(signal, (found) => {
        for (const group of found) {
          const key = `${i}/${group.source}`
          if (group.targets.length === 0) groups.delete(key)
          else groups.set(key, group)
        }
        if (together) return
        sync()
        begin()
      })
    }
    together = false
  }

  /** Makes, keeps and ends loops, so that they are those of the targets known now. */
  function sync(): void {
    if (stopping || signal.aborted) return
    const wanted = new Map<string, Target>()
    const keep = config.keepDroppedTargets || KEEP_DROPPED
    dropped = []
    droppedCount = 0
    invalid = []
    for (const group of groups.values()) {
      for (const built of buildTargets(group, config)) {
        if (built.kind === 'target') wanted.set(built.target.id, built.target)
        else if (built.kind === 'invalid') {
          if (invalid.length < 100) {
            invalid.push(
              new BinnacleError('scrape.invalid_target', `job "${config.jobName}": ${built.reason} (${group.source})`),
            )
          }
        } else {
          droppedCount++
          if (dropped.length < keep) {
            const { discoveredLabels, droppedBy: ruleIndex } = built
            const rule = ruleIndex === undefined ? undefined : config.relabelRules[ruleIndex]
            dropped.push({ discoveredLabels, rule, ruleIndex })
          }
        }
      }
    }
    const forcedError =
      config.targetLimit > 0 && wanted.size > config.targetLimit
        ? new BinnacleError(
            'scrape.target_limit',
            `target_limit exceeded (number of targets: ${wanted.size}, limit: ${config.targetLimit})`,
            { kind: 'limit' },
          )
        : undefined
    for (const [id, entry] of entries) if (!wanted.has(id)) leave(entry)
    const next: typeof entries = new Map()
    for (const [id, target] of wanted) {
      const settings = settingsOf(target, forcedError)
      const known = entries.get(id)
      if (known) {
        known.loop.configure(settings)
        next.set(id, { ...known, target })
      } else {
        const entry = { target, loop: createScrapeLoop(deps, target, settings), uncount: places.count(target.url) }
        next.set(id, entry)
        fresh.push(entry)
      }
    }
    entries = next
  }

  function begin(): void {
    for (const { loop } of fresh) loop.start(signal)
    fresh = []
  }

  function leave({ loop, uncount }: Entry): void {
    uncount()
    const left = loop.stop({ departs: true }).finally(() => leaving.delete(left))
    leaving.add(left)
  }

  function settingsOf(target: Target, forcedError: BinnacleError | undefined): LoopSettings {
    const cacheOptions = {
      honorTimestamps: config.honorTimestamps,
      trackTimestampsStaleness: config.trackTimestampsStaleness,
      sampleLimit: config.sampleLimit,
      labelLimit: config.labelLimit,
      labelNameLengthLimit: config.labelNameLengthLimit,
      labelValueLengthLimit: config.labelValueLengthLimit,
    }
    const { honorLabels, metricRelabelRules } = config
    const legacyNames = config.nameValidation === 'legacy'
    const fallback = spoken(config.fallbackScrapeProtocol)
    return {
      timeoutMs: target.timeoutMs,
      honorLabels,
      legacyNames,
      metricRelabelRules,
      cacheOptions,
      // Of a rule's regex its text takes part: the rest are functions.
      seriesKey: JSON.stringify([honorLabels, legacyNames, metricRelabelRules, cacheOptions]),
      forcedError,
      async fetch(_atMs, fetchSignal) {
        const { body, contentType } = await scraper.get(target.url, target.timeoutMs, fetchSignal)
        return { body, format: () => formatOf(contentType, fallback) }
      },
    }
  }

  discover()
  sync()

  return {
    get config() {
      return config
    },
    reload(next) {
      if (next.fingerprint === config.fingerprint) return
      const before = config
      config = next
      scraper.close()
      scraper = newScraper()
      if (discoveryKey(next) !== discoveryKey(before)) discover()
      sync()
    },
    begin,
    active: () => [...entries.values()],
    dropped: () => dropped,
    get droppedCount() {
      return droppedCount
    },
    problems: () => [...discoverers.flatMap((discoverer) => discoverer.problems()), ...invalid],
    fetch: (target, fetchSignal) => scraper.get(target.url, target.timeoutMs, fetchSignal),
    stop(options) {
      stopping ??= (async () => {
        for (const discoverer of discoverers) discoverer.stop()
        for (const { uncount } of entries.values()) uncount()
        await Promise.all([...leaving, ...[...entries.values()].map(({ loop }) => loop.stop(options))])
        scraper.close()
      })()
      return stopping
    },
  }
}

function discoveryKey(config: ScrapeConfig): string {
  return JSON.stringify([config.staticGroups, config.fileDiscoveries])
}

function spoken(protocol: string | undefined): ScrapeProtocol | undefined {
  return SCRAPE_PROTOCOLS.find((name) => name === protocol)
}
