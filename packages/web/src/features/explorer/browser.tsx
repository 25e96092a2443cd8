import { IconSearch, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useDeferredValue, useEffect, useMemo, useRef } from 'react'
import { labels, metadata, queryRange } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { type ChartLook, ChartView, HeatMap, paletteOf, Sparkline, seriesKey } from '../../ui/chart/index.ts'
import { formatCount, unitOfMetric, unitOfQuery } from '../../ui/format/index.ts'
import { Empty, Failed, Loading, TooMuch } from '../../ui/notice.tsx'
import { Sheet } from '../../ui/sheet.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { intervalOf, useKeys, useLiveRange, useTimeRange } from '../../view/index.ts'
import { heatOf, namesOf, useRangeAnswers } from './answer/index.ts'
import { defaultQuery, heatQuery, type MetricEntry, parseFilter, queryBy, toEntries } from './default-query.ts'
import classes from './explorer.module.css'
import type { ExplorerView } from './search.ts'
import { selectorsOf, selectorText } from './selectors.ts'
import { splitLabels } from './split-labels.ts'
import { Starters } from './starters.tsx'
import { UsedIn } from './used-in.tsx'

export type BrowserProps = {
  find: string
  metric: string | undefined
  onFind: (find: string) => void
  onMetric: (metric: string | undefined) => void
  /** Takes a query into the editor, shown as `view`. */
  onQuery: (query: string, view?: ExplorerView) => void
}

const ROW_PX = 44
const DRAWN = 20

/** All metrics without a query: filter by name or label, look at one, take it into the editor. */
export function Browser({ find, metric, onFind, onMetric, onQuery }: BrowserProps) {
  const { words, selector } = useMemo(() => parseFilter(find), [find])
  const asked = useDeferredValue(selector)
  const names = useQuery(metadata.names(asked === undefined ? [] : [asked]))
  const families = useQuery(metadata.families())
  const field = useRef<HTMLInputElement>(null)
  const scroller = useRef<HTMLDivElement>(null)
  const all = useMemo(() => toEntries(names.data ?? [], families.data), [names.data, families.data])
  const shown = useMemo(
    () =>
      all.filter((e) =>
        words.every((w) => e.name.toLowerCase().includes(w) || (e.meta?.help.toLowerCase().includes(w) ?? false)),
      ),
    [all, words],
  )
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 6,
  })
  const chosen =
    all.find((e) => e.name === metric) ?? (metric === undefined ? undefined : { name: metric, meta: undefined })
  const step = (by: number) => {
    const at = shown.findIndex((e) => e.name === metric)
    const next = shown[Math.min(shown.length - 1, Math.max(0, at + by))]
    if (next === undefined) return
    onMetric(next.name)
    virtual.scrollToIndex(shown.indexOf(next))
  }
  useKeys([
    { keys: 'f', label: 'Filter metrics', group: 'This page', run: () => field.current?.focus() },
    { keys: 'j', label: 'Next metric', group: 'This page', run: () => step(1) },
    { keys: 'k', label: 'Previous metric', group: 'This page', run: () => step(-1) },
  ])
  // Once, when the page opens with a metric in its address: bring its row into sight.
  const opened = useRef(false)
  useEffect(() => {
    if (opened.current || shown.length === 0) return
    opened.current = true
    const at = shown.findIndex((e) => e.name === metric)
    if (at > 5) virtual.scrollToIndex(at, { align: 'center' })
  }, [shown, metric, virtual])
  return (
    <div className={classes.browser} data-chosen={chosen !== undefined || undefined}>
      <Sheet
        title="Metrics"
        note={
          names.data === undefined
            ? undefined
            : `${formatCount(shown.length)}${shown.length === all.length ? '' : ` of ${formatCount(all.length)}`}`
        }
        span={5}
      >
        <TextField
          ref={field}
          label="Filter metrics"
          placeholder='Words, or a label such as job="host"'
          icon={<IconSearch size={15} aria-hidden="true" />}
          value={find}
          onChange={(event) => onFind(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
              event.preventDefault()
              step(event.key === 'ArrowDown' ? 1 : -1)
            } else if (event.key === 'Enter' && chosen !== undefined) onQuery(defaultQuery(chosen, selector))
            else if (event.key === 'Escape') event.currentTarget.blur()
          }}
        />
        {names.data === undefined && names.error === null && <Loading label="Metrics" height={320} />}
        {names.data === undefined && names.error !== null && (
          <Failed what="The metrics could not be listed" error={names.error} onRetry={names.refetch} />
        )}
        {names.data !== undefined && shown.length === 0 && (
          <Empty title={all.length === 0 && find === '' ? 'No metrics yet' : 'No metric fits'}>
            {find === '' ? 'They appear with the first scrape.' : 'Drop a word, or look for a label with name=value.'}
          </Empty>
        )}
        <div ref={scroller} className={classes.list}>
          <ul style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((item) => {
              const entry = shown[item.index]!
              return (
                <li key={entry.name} style={{ transform: `translateY(${item.start}px)`, height: ROW_PX }}>
                  <button
                    type="button"
                    aria-pressed={entry.name === metric}
                    onClick={() => onMetric(entry.name)}
                    onDoubleClick={() => onQuery(defaultQuery(entry, selector))}
                  >
                    <code title={entry.name}>{entry.name}</code>
                    <span>
                      {entry.meta === undefined ? 'unknown type' : entry.meta.type}
                      {entry.meta !== undefined && entry.meta.help !== '' && ` · ${entry.meta.help}`}
                    </span>
                    <Thumbnail entry={entry} selector={selector} />
                  </button>
                </li>
              )
            })}
          </ul>
        </div>
      </Sheet>
      {chosen === undefined ? (
        <Sheet span={7}>
          <Empty title="Choose a metric">
            <p>
              It is shown as makes sense first: a rate for counters, the 95th percentile for histograms, the value for
              gauges.
            </p>
            <p>
              <kbd>j</kbd> <kbd>k</kbd> move, <kbd>f</kbd> filters, <kbd>/</kbd> goes to the query.
            </p>
          </Empty>
          <Starters names={names.data ?? []} onQuery={onQuery} />
        </Sheet>
      ) : (
        <MetricDetail
          key={chosen.name}
          entry={chosen}
          selector={selector}
          onQuery={onQuery}
          onClose={() => onMetric(undefined)}
        />
      )}
    </div>
  )
}

/** The metric's curve, all series together; only rows in sight exist, so only they ask. */
function Thumbnail({ entry, selector }: { entry: MetricEntry; selector: string | undefined }) {
  const query = defaultQuery(entry, selector)
  const { range } = useTimeRange()
  const { data } = useQuery({
    queryKey: ['thumbnail', query, range] as const,
    // Whoever scrolls past a row does not ask for it.
    queryFn: async ({ signal }) => {
      await new Promise((resolve) => setTimeout(resolve, 250))
      signal.throwIfAborted()
      return queryRange(
        { expr: entry.meta?.type === 'histogram' ? query : `avg(${query})`, range, widthPx: 100 },
        signal,
      )
    },
    staleTime: 60_000,
    retry: false,
  })
  return <i aria-hidden="true">{data?.series[0] !== undefined && <Sparkline values={data.series[0].values} />}</i>
}

function MetricDetail({
  entry,
  selector,
  onQuery,
  onClose,
}: {
  entry: MetricEntry
  selector: string | undefined
  onQuery: (query: string, view?: ExplorerView) => void
  onClose: () => void
}) {
  const heat = heatQuery(entry, selector)
  const query = defaultQuery(entry, selector)
  const time = useTimeRange()
  const { data, error, isPlaceholderData, refetch } = useLiveRange(query, { widthPx: 700 })
  const frame = useMemo(() => {
    if (data === undefined) return undefined
    const names = namesOf(data.series, query)
    const keys = data.series.map((s) => seriesKey(s.labels))
    const places = paletteOf(keys)
    return {
      times: data.times,
      series: data.series
        .slice(0, DRAWN)
        .map((s, i) => ({ key: keys[i]!, name: names[i]!, color: `s${places[i]! + 1}`, values: s.values })),
    }
  }, [data, query])
  const scope = useMemo(() => {
    const { fromMs, toMs } = intervalOf(time.range, Date.now())
    return { start: Math.floor(fromMs / 60_000) * 60, end: Math.ceil(toMs / 60_000) * 60 }
  }, [time.range])
  // A quantile is one series; what it can be split by, its buckets know.
  const named = useQuery({
    ...labels.names({
      matches: heat === undefined ? [] : selectorsOf(heat).map((one) => selectorText(one)),
      limit: 50,
      ...scope,
    }),
    enabled: heat !== undefined && time.isKnown,
  })
  const splits = useMemo(
    () =>
      heat === undefined
        ? splitLabels(data?.series.map((s) => s.labels) ?? [])
        : (named.data?.items ?? [])
            .filter((label) => label !== '__name__' && label !== 'le')
            .map((label) => ({ label, values: undefined })),
    [data, heat, named.data],
  )
  const look: ChartLook = useMemo(() => ({ kind: 'lines', unit: unitOfQuery(query) }), [query])
  return (
    <Sheet
      title={<code className={classes.metric}>{entry.name}</code>}
      span={7}
      actions={
        <Button icon small look="quiet" aria-label="Close the metric" onClick={onClose}>
          <IconX size={15} aria-hidden="true" />
        </Button>
      }
    >
      <p className={classes.help}>
        <b>{entry.meta?.type ?? 'unknown type'}</b>
        {entry.meta !== undefined && entry.meta.unit !== '' && `, in ${entry.meta.unit}`}
        {entry.meta !== undefined && entry.meta.help !== '' && ` · ${entry.meta.help}`}
      </p>
      <div className={classes.take}>
        <code>{query}</code>
        <Button look="primary" onClick={() => onQuery(query)}>
          Use this query
        </Button>
      </div>
      {heat !== undefined && <MetricHeat entry={entry} query={heat} onUse={() => onQuery(heat, 'heatmap')} />}
      {data !== undefined && data.series.length > DRAWN && (
        <TooMuch>
          {DRAWN} of {formatCount(data.series.length)} series are drawn (limit of this preview). Split by a label below,
          or use the query.
        </TooMuch>
      )}
      {frame === undefined && error === null && <Loading label={entry.name} height={240} />}
      {frame === undefined && error !== null && (
        <Failed what={`${entry.name} could not be loaded`} error={error} onRetry={refetch} />
      )}
      {frame !== undefined && frame.series.length === 0 && (
        <Empty title="No samples in this range" height={200}>
          <Button onClick={() => time.zoom(4)}>Look at a longer range</Button>
        </Empty>
      )}
      {frame !== undefined && frame.series.length > 0 && (
        <ChartView
          label={entry.name}
          frame={frame}
          look={look}
          from={data!.fromMs / 1000}
          to={data!.toMs / 1000}
          height={220}
          dimmed={isPlaceholderData}
          onZoom={(from, to) => time.setInterval({ fromMs: from * 1000, toMs: to * 1000 })}
          onZoomOut={() => time.zoom(2)}
        />
      )}
      {splits.length > 0 && (
        <div className={classes.splits}>
          <span>Split by</span>
          {splits.map(({ label, values }) => (
            <Button key={label} small onClick={() => onQuery(queryBy(entry, label))}>
              <code>{label}</code> {values !== undefined && <i>{formatCount(values)}</i>}
            </Button>
          ))}
        </div>
      )}
      <UsedIn metric={entry.name} />
    </Sheet>
  )
}

/** The buckets of a histogram over time, beside its quantile. */
function MetricHeat({ entry, query, onUse }: { entry: MetricEntry; query: string; onUse: () => void }) {
  const time = useTimeRange()
  const [answer] = useRangeAnswers([{ expr: query }], {
    widthPx: 700,
    stepS: undefined,
    keep: DRAWN,
    rank: 'last',
    buckets: true,
    enabled: true,
  })
  const data = answer?.data
  const heat = useMemo(() => (data === undefined ? undefined : heatOf(data)), [data])
  if (data === undefined && answer?.error == null) return <Loading label={`${entry.name} as a heatmap`} height={200} />
  if (data === undefined || heat === undefined) return null
  return (
    <div className={classes.metricHeat}>
      <HeatMap
        label={entry.name}
        frame={heat}
        unit={unitOfMetric(entry.name.replace(/_bucket$/, ''), entry.meta?.unit ?? '')}
        countUnit="/s"
        from={data.fromMs / 1000}
        to={data.toMs / 1000}
        height={200}
        onZoom={(from, to) => time.setInterval({ fromMs: from * 1000, toMs: to * 1000 })}
        onZoomOut={() => time.zoom(2)}
      />
      <Button small onClick={onUse}>
        Use the heatmap
      </Button>
    </div>
  )
}
