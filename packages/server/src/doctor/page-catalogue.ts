import { compileMatcher, type Labels, labelValue, type Matcher } from '@binnacle/promql'
import { BinnacleError } from '../config/index.ts'
import { createSampleBatch } from '../metrics/intake/batch/index.ts'
import { createScrapeCache } from '../metrics/intake/exposition/index.ts'
import { type Catalogue, isAmong, MAX_SETS } from './catalogue.ts'
import { keepNeeded } from './label-need.ts'
import { ANY_VALUE, distinct, setLabel } from './label-sets.ts'

/** What a target exposed, as text. */
export type Page = {
  /** For messages, and the instance of its series. */
  readonly file: string
  /** Whose page it is; undefined: the page does not say, and every job is taken for it. */
  readonly job: string | undefined
  readonly body: Buffer
}

/** A job that is scraped, whether or not there is a page of it. */
export type KnownJob = { readonly job: string; readonly instances: readonly Labels[] }

type Series = { readonly labels: Labels; value: number }

/** Series that Prometheus makes of every scrape. Source: its documentation, "Jobs and instances". */
const OF_SCRAPES = [
  ['up', 1],
  ['scrape_duration_seconds', 0.01],
  ['scrape_samples_scraped', 1],
  ['scrape_samples_post_metric_relabeling', 1],
  ['scrape_series_added', 0],
] as const
const MOST_VALUES = 50

/**
 * The series of some pages in the text format (or OpenMetrics), and of the scrapes of some jobs. Throws `BinnacleError` with
 * file, line and column for a page that is none. Labels `job` and `instance` that a page has itself are kept.
 */
export function createPageCatalogue(pages: readonly Page[], jobs: readonly KnownJob[] = []): Catalogue {
  const byMetric = new Map<string, Series[]>()
  const add = (labels: Labels, value: number) => {
    const metric = labelValue(labels, '__name__')
    const list = byMetric.get(metric)
    if (list === undefined) byMetric.set(metric, [{ labels, value }])
    else list.push({ labels, value })
  }
  const withPage = new Set<string>()
  const families = new Set<string>()
  for (const page of pages) {
    const read = readPage(page, families)
    for (const { labels, value } of read) add(labels, value)
    const job = page.job ?? ANY_VALUE
    withPage.add(job)
    const target = setLabel(setLabel([], 'instance', page.file), 'job', job)
    // A page of another Prometheus has the series of its scrapes already.
    if (!read.some(({ labels }) => labelValue(labels, '__name__') === 'up')) addScrape(target, add)
  }
  for (const { job, instances } of jobs) {
    if (withPage.has(job)) continue
    for (const labels of instances.length === 0 ? [setLabel([], 'instance', ANY_VALUE)] : instances) {
      addScrape(setLabel(labels, 'job', job), add)
    }
  }
  const names = [...byMetric.keys()].sort()

  function find(matchers: readonly Matcher[]): Series[] {
    const name = matchers.find((matcher) => matcher.name === '__name__' && matcher.op === '=')
    const tests = matchers
      .filter((matcher) => matcher !== name)
      .map((matcher) => ({ label: matcher.name, test: compileMatcher(matcher) }))
    const from = name === undefined ? [...byMetric.values()].flat() : (byMetric.get(name.value) ?? [])
    return from.filter(({ labels }) =>
      tests.every(({ label, test }) => {
        const value = labelValue(labels, label)
        return value === ANY_VALUE || test(value)
      }),
    )
  }

  return {
    select(matchers) {
      const found = find(matchers)
      return { sets: found.slice(0, MAX_SETS).map(({ labels }) => labels), open: found.length > MAX_SETS }
    },
    selectNeeded: (matchers, need) => ({
      sets: distinct(find(matchers).map(({ labels }) => keepNeeded(labels, need))),
      open: false,
    }),
    names: () => names,
    declares: (metric) => isAmong(families, metric),
    labelValues(metric, label) {
      const values = new Set((byMetric.get(metric) ?? []).map(({ labels }) => labelValue(labels, label)))
      values.delete('')
      values.delete(ANY_VALUE)
      return [...values].sort().slice(0, MOST_VALUES)
    },
    values: find,
  }
}

function addScrape(target: Labels, add: (labels: Labels, value: number) => void): void {
  for (const [name, value] of OF_SCRAPES) add(setLabel(target, '__name__', name), value)
}

function readPage({ file, job, body }: Page, families: Set<string>): Series[] {
  const series: Series[] = []
  const store = {
    epoch: 1,
    describe() {},
    refOf(labels: Labels) {
      let own = labels
      if (job !== undefined || labelValue(own, 'job') === '') own = setLabel(own, 'job', job ?? ANY_VALUE)
      if (labelValue(own, 'instance') === '') own = setLabel(own, 'instance', file)
      series.push({ labels: own, value: Number.NaN })
      return series.length - 1
    },
  }
  const out = createSampleBatch()
  const format = /(^|\n)# EOF\s*$/.test(body.subarray(-16).toString('latin1')) ? 'openmetrics' : 'text'
  try {
    const cache = createScrapeCache({ store, relabel: (labels) => labels }, { honorTimestamps: false })
    cache.parse(body, { format, atMs: 0, out })
    for (const { metric } of cache.families()) families.add(metric)
  } catch (error) {
    if (!(error instanceof BinnacleError)) throw error
    const { code, message, place, hint, kind } = error
    const more = hint === undefined ? {} : { hint }
    throw new BinnacleError(code, message, { place: { ...place, file }, kind, cause: error, ...more })
  }
  for (let i = 0; i < out.length; i++) series[out.refs[i]!]!.value = out.values[i]!
  return series
}
