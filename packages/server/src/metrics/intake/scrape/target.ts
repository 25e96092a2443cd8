import { createHash } from 'node:crypto'
import { type Labels, labelsOf, labelValue } from '@binnacle/promql'
import { formatDurationMs, parseDurationMs } from '../../../config/index.ts'
import type { TargetGroup } from '../discovery/index.ts'
import type { ScrapeConfig } from '../prometheus-config/index.ts'
import { applyRules, LabelsBuilder } from '../relabel/index.ts'
import { targetUrl } from './target-url.ts'

/** One thing to scrape, after relabelling. */
export type Target = {
  /** Stable for the same pool, labels and URL. */
  readonly id: string
  /** All labels after relabelling, `__address__` and the like among them. */
  readonly labels: Labels
  /** What its series get: labels whose names do not begin with two underscores. */
  readonly publicLabels: Labels
  /** Labels before relabelling. */
  readonly discoveredLabels: Labels
  readonly url: string
  readonly intervalMs: number
  readonly timeoutMs: number
}

export type BuiltTarget =
  | { readonly kind: 'target'; readonly target: Target }
  /** `droppedBy` is the index of the relabel rule, undefined when no label was left. */
  | { readonly kind: 'dropped'; readonly discoveredLabels: Labels; readonly droppedBy: number | undefined }
  | { readonly kind: 'invalid'; readonly discoveredLabels: Labels; readonly reason: string }

/** Targets of a group by the rules of a job. Source: prometheus scrape/target.go and "Jobs and instances". */
export function buildTargets(
  group: Omit<TargetGroup, 'source'>,
  config: Pick<
    ScrapeConfig,
    'jobName' | 'scrapeIntervalMs' | 'scrapeTimeoutMs' | 'metricsPath' | 'scheme' | 'params' | 'relabelRules'
  >,
): BuiltTarget[] {
  return group.targets.map((own): BuiltTarget => {
    const builder = new LabelsBuilder()
    for (const [name, value] of Object.entries(own)) builder.set(name, value)
    for (const [name, value] of Object.entries(group.labels)) if (!Object.hasOwn(own, name)) builder.set(name, value)
    const defaults: [string, string][] = [
      ['job', config.jobName],
      ['__scrape_interval__', formatDurationMs(config.scrapeIntervalMs)],
      ['__scrape_timeout__', formatDurationMs(config.scrapeTimeoutMs)],
      ['__metrics_path__', config.metricsPath],
      ['__scheme__', config.scheme],
    ]
    for (const [name, values] of Object.entries(config.params)) {
      if (values[0] !== undefined) defaults.push([`__param_${name}`, values[0]])
    }
    for (const [name, value] of defaults) if (builder.get(name) === '') builder.set(name, value)
    const discoveredLabels = builder.labels()

    const droppedBy = applyRules(builder, config.relabelRules)
    if (droppedBy !== undefined) return { kind: 'dropped', discoveredLabels, droppedBy }
    const invalid = (reason: string): BuiltTarget => ({ kind: 'invalid', discoveredLabels, reason })

    const address = builder.get('__address__')
    if (address === '') return invalid('no address')
    if (address.includes('/')) return invalid(`"${address}" is not a valid hostname`)
    const intervalMs = parseDurationMs(builder.get('__scrape_interval__'))
    const timeoutMs = parseDurationMs(builder.get('__scrape_timeout__'))
    if (intervalMs === undefined) return invalid('__scrape_interval__ is not a valid duration')
    if (timeoutMs === undefined) return invalid('__scrape_timeout__ is not a valid duration')
    if (intervalMs === 0) return invalid('scrape interval cannot be 0')
    if (timeoutMs === 0) return invalid('scrape timeout cannot be 0')
    if (timeoutMs > intervalMs) return invalid('scrape timeout cannot be greater than scrape interval')

    for (const [name] of builder.entries()) if (name.startsWith('__meta_')) builder.delete(name)
    if (builder.get('instance') === '') builder.set('instance', address)
    const labels = builder.labels()
    const publicLabels = withoutReserved(labels)
    if (publicLabels.length === 0) return { kind: 'dropped', discoveredLabels, droppedBy: undefined }
    const url = targetUrl({
      scheme: labelValue(labels, '__scheme__'),
      address,
      path: labelValue(labels, '__metrics_path__'),
      params: paramsOf(labels, config.params),
    })
    const id = targetId(config.jobName, labels, url)
    return { kind: 'target', target: { id, labels, publicLabels, discoveredLabels, url, intervalMs, timeoutMs } }
  })
}

export function targetId(pool: string, labels: Labels, url: string): string {
  return createHash('sha256')
    .update(JSON.stringify([pool, labels, url]))
    .digest('hex')
    .slice(0, 24)
}

function withoutReserved(labels: Labels): Labels {
  const pairs: [string, string][] = []
  for (let i = 0; i < labels.length; i += 2) {
    if (!labels[i]!.startsWith('__')) pairs.push([labels[i]!, labels[i + 1]!])
  }
  return labelsOf(pairs)
}

/** A `__param_<name>` label replaces the first value of that parameter. */
function paramsOf(labels: Labels, given: ScrapeConfig['params']): Map<string, string[]> {
  const params = new Map(Object.entries(given).map(([name, values]) => [name, [...values]]))
  for (let i = 0; i < labels.length; i += 2) {
    if (!labels[i]!.startsWith('__param_')) continue
    const name = labels[i]!.slice('__param_'.length)
    const values = params.get(name)
    if (values && values.length > 0) values[0] = labels[i + 1]!
    else params.set(name, [labels[i + 1]!])
  }
  return params
}
