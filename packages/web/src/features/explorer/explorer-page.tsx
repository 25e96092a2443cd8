import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { gridOf, type InstantAnswer, metadata, metaOf, type RankBy } from '../../api/index.ts'
import { formatCount, formatDuration, unitOfQuery } from '../../ui/format/index.ts'
import { Grid, Sheet } from '../../ui/sheet.tsx'
import { intervalOf, useKeys, useTimeRange } from '../../view/index.ts'
import {
  DRAWN,
  DRAWN_AT_MOST,
  Graph,
  HeatView,
  heatQueries,
  namesOf,
  type RangeAnswer,
  Table,
  useInstantAnswers,
  useRangeAnswers,
} from './answer/index.ts'
import { asCurl } from './as-curl.ts'
import { asRules } from './as-rule.ts'
import { Breakdown } from './breakdown/index.ts'
import { Browser } from './browser.tsx'
import { ExplainPanel } from './explain/index.ts'
import classes from './explorer.module.css'
import { download, instantCsv, instantJson, rangeCsv, rangeJson } from './export-data.ts'
import { useKnowledge } from './knowledge.ts'
import { formatLegend } from './legend-format.ts'
import { QueryRow } from './query-row.tsx'
import { recentQueries, rememberQueries } from './recent-queries.ts'
import {
  type AppliedQuery,
  appliedOf,
  duplicate,
  followAddress,
  letterOf,
  MAX_ROWS,
  move,
  type Row,
  toSearch,
} from './rows.ts'
import type { ExplorerSearch, ExplorerView } from './search.ts'
import { Toolbar } from './toolbar.tsx'
import { ViewOptions } from './view-options.tsx'

/** Metrics by query, or by browsing without one. What was run is in the address; what is being typed is not. */
export function ExplorerPage() {
  const search: ExplorerSearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const time = useTimeRange()
  const page = useRef<HTMLDivElement>(null)
  const { data: families } = useQuery(metadata.families())
  const knowledge = useKnowledge(families)
  const applied = useMemo(() => appliedOf(search), [search])
  const view: ExplorerView = search.view ?? 'lines'
  const stepS = search.step === undefined || !(Number(search.step) >= 1) ? undefined : Number(search.step)
  const limit = Number(search.top) > DRAWN ? DRAWN_AT_MOST : DRAWN
  const rank: RankBy = search.rank ?? 'last'

  const nextId = useRef(0)
  const newId = () => nextId.current++
  const [rows, setRows] = useState<readonly Row[]>(() => followAddress([], applied, newId))
  const recalled = useRef(-1)

  const go = (change: Partial<Record<keyof ExplorerSearch, unknown>>, replace = false) =>
    void navigate({
      to: '/explore',
      replace,
      search: (old: Record<string, unknown>) => ({ ...old, ...change }),
    } as never)

  // The address changed under the rows (back button, a link): follow it, and keep editors that already say the same.
  const appliedText = JSON.stringify(toSearchOf(applied))
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a change of the address counts
  useEffect(() => {
    setRows((old) => (JSON.stringify(toSearch(old)) === appliedText ? old : followAddress(old, applied, newId)))
  }, [appliedText])

  const run = (next: readonly Row[]) => {
    const asked = toSearch(next)
    rememberQueries(asked.q ?? [])
    recalled.current = -1
    const letters = asked.q?.map((_q, i) => letterOf(i)) ?? []
    go({
      q: undefined,
      hide: undefined,
      legend: undefined,
      ...asked,
      metric: undefined,
      find: undefined,
      ...(search.explain !== undefined && !letters.includes(search.explain) ? { explain: undefined } : {}),
    })
  }
  const change = (next: readonly Row[]) => {
    setRows(next)
    run(next)
  }
  const setOne = (id: number, part: Partial<Row>) => rows.map((row) => (row.id === id ? { ...row, ...part } : row))
  /** Takes a query that a view offers in the place of the one with this letter. */
  const replace = (letter: string, text: string) => {
    const place = applied.findIndex((query) => query.letter === letter)
    const filled = rows.filter((row) => row.text.trim() !== '')
    const target = filled[place] ?? rows[0]!
    change(setOne(target.id, { text }))
  }

  const active = useMemo(() => applied.filter(({ hidden }) => !hidden), [applied])
  const measured = useWidth(page)
  const width = measured ?? 1000
  const ranges = useRangeAnswers(view === 'heatmap' ? heatQueries(active) : active, {
    widthPx: width,
    stepS,
    keep: limit,
    rank,
    buckets: view === 'heatmap',
    // With two widths there would be two questions.
    enabled: view !== 'table' && measured !== undefined,
  })
  const instants = useInstantAnswers(active, view === 'table')
  const answerOf = (letter: string) => {
    const at = active.findIndex((query) => query.letter === letter)
    return view === 'table' ? instants[at] : ranges[at]
  }

  const add = () =>
    setRows((old) => (old.length >= MAX_ROWS ? old : [...old, { id: newId(), text: '', hidden: false, legend: '' }]))
  const explain = (letter: string) => go({ explain: search.explain === letter ? undefined : letter })
  const explained = applied.find(({ letter }) => letter === search.explain)
  const taken = active[0]
  useKeys([
    {
      keys: '/',
      label: 'Go to the query',
      group: 'This page',
      run: () => document.querySelector<HTMLElement>('[data-query-editor] .cm-content')?.focus(),
    },
    { keys: 'a', label: 'Add a query', group: 'This page', run: add },
    ...(taken === undefined
      ? []
      : [
          {
            keys: 'e',
            label: 'Explain the query',
            group: 'This page',
            run: () => explain(search.explain ?? taken.letter),
          },
          {
            keys: 'b',
            label: 'Take the answer apart by label',
            group: 'This page',
            run: () => go({ by: search.by === undefined ? '*' : undefined }),
          },
          {
            keys: 'x',
            label: 'Show exemplars',
            group: 'This page',
            run: () => go({ exemplars: search.exemplars === undefined ? 'yes' : undefined }, true),
          },
          ...(['lines', 'stacked', 'heatmap', 'table'] as const).map((as, i) => ({
            keys: `v ${i + 1}`,
            label: `Show as ${as}`,
            group: 'This page',
            run: () => go({ view: as === 'lines' ? undefined : as }),
          })),
        ]),
  ])

  const grid = () => gridOf({ range: time.range, widthPx: width, stepS }, Date.now())
  const graphProps = {
    stacked: view === 'stacked',
    exemplars: search.exemplars === 'yes',
    families,
    limit,
    rank,
    widthPx: width,
    stepS,
    onLimit: (top: number) => go({ top: top > DRAWN ? String(top) : undefined }),
    onRank: (by: RankBy) => go({ rank: by === 'last' ? undefined : by }),
    onQuery: replace,
  }
  return (
    <div ref={page}>
      <h1 className="bn-hidden">Metrics</h1>
      <Grid>
        <Sheet>
          {rows.map((row, i) => {
            const place = rows.slice(0, i).filter(({ text }) => text.trim() !== '').length
            const own = row.text.trim() === '' ? undefined : applied[place]
            const answer = own === undefined ? undefined : answerOf(own.letter)
            return (
              <QueryRow
                key={row.id}
                row={row}
                letter={letterOf(i)}
                applied={applied[i]?.expr}
                error={answer?.error ?? null}
                notes={answer?.data?.notes ?? []}
                facts={factsOf(answer)}
                families={families}
                knowledge={knowledge}
                place={{
                  isFirst: i === 0,
                  isLast: i === rows.length - 1,
                  canAdd: rows.length < MAX_ROWS,
                  canRemove: rows.length > 1 || applied.length > 0,
                }}
                autoFocus={i > 0 && row.text === ''}
                explained={own !== undefined && search.explain === own.letter}
                onChange={(part) => {
                  recalled.current = part.text === undefined ? recalled.current : -1
                  setRows((old) => old.map((o) => (o.id === row.id ? { ...o, ...part } : o)))
                }}
                onRun={() => run(rows)}
                onApply={(part) => change(setOne(row.id, part))}
                onMove={(by) => change(move(rows, row.id, by))}
                onDuplicate={() => change(duplicate(rows, row.id, newId()))}
                onRemove={() => {
                  const rest = rows.filter((o) => o.id !== row.id)
                  change(rest.length === 0 ? followAddress([], [], newId) : rest)
                }}
                onExplain={() => own !== undefined && explain(own.letter)}
                onRecall={(direction) => {
                  const recent = recentQueries()
                  const at = Math.min(recent.length - 1, Math.max(0, recalled.current - direction))
                  if (recent[at] === undefined) return
                  setRows((old) => old.map((o) => (o.id === row.id ? { ...o, text: recent[at]! } : o)))
                  // After the editor has told of the change, which ends a recall otherwise.
                  setTimeout(() => {
                    recalled.current = at
                  })
                }}
              />
            )
          })}
          <Toolbar
            canAdd={rows.length < MAX_ROWS}
            hasAnswer={applied.length > 0}
            onRun={() => run(rows)}
            onAdd={add}
            onBrowse={() => go({ q: undefined, hide: undefined, legend: undefined, explain: undefined, by: undefined })}
            onRecent={(query) => {
              const target = rows.find(({ text }) => text.trim() === '') ?? rows.at(-1)!
              change(setOne(target.id, { text: query }))
            }}
            link={() => permalink(time)}
            curl={(as) =>
              active.map(({ expr }) => asCurl(expr, as, { origin: window.location.origin, ...grid() })).join('\n\n')
            }
            rule={() => asRules(active.map(({ expr }) => expr))}
            onDownload={(as) => save(as, active, view === 'table' ? undefined : ranges, instants)}
          />
        </Sheet>
        {explained !== undefined && (
          <ExplainPanel
            query={explained}
            widthPx={width}
            stepS={stepS}
            as={view === 'table' ? 'instant' : 'range'}
            onQuery={(query) => replace(explained.letter, query)}
            onClose={() => go({ explain: undefined })}
          />
        )}
        {applied.length === 0 ? (
          <Browser
            find={search.find ?? ''}
            metric={search.metric}
            onFind={(find) => go({ find: find === '' ? undefined : find }, true)}
            onMetric={(metric) => go({ metric }, search.metric !== undefined)}
            onQuery={(query, as) => {
              const [row] = rows
              const next = [{ ...row!, text: query }]
              setRows(next)
              rememberQueries([query])
              go({ ...toSearch(next), metric: undefined, find: undefined, view: as })
            }}
          />
        ) : (
          <Sheet
            title="Answer"
            actions={
              <ViewOptions
                view={view}
                step={search.step}
                each={search.each === 'yes'}
                exemplars={search.exemplars === 'yes'}
                broken={search.by !== undefined}
                many={active.length > 1}
                onView={(next) => go({ view: next === 'lines' ? undefined : next })}
                onStep={(step) => go({ step })}
                onEach={(each) => go({ each: each ? 'yes' : undefined })}
                onExemplars={(on) => go({ exemplars: on ? 'yes' : undefined })}
                onBreakdown={() => go({ by: search.by === undefined ? '*' : undefined })}
              />
            }
          >
            {view === 'table' ? (
              <Table active={active} answers={instants} widthPx={width} stepS={stepS} onQuery={replace} />
            ) : view === 'heatmap' ? (
              <HeatView {...graphProps} active={active} answers={ranges} />
            ) : search.each === 'yes' && active.length > 1 ? (
              active.map((query, i) => (
                <section key={query.letter} className={classes.each} aria-label={`Query ${query.letter}`}>
                  <h3 className={classes.eachTitle}>
                    <b>{query.letter}</b> <code>{query.expr}</code>
                  </h3>
                  <Graph {...graphProps} active={[query]} answers={ranges.slice(i, i + 1)} />
                </section>
              ))
            ) : (
              <Graph {...graphProps} active={active} answers={ranges} />
            )}
          </Sheet>
        )}
        {search.by !== undefined && taken !== undefined && (
          <Breakdown
            query={taken}
            by={search.by}
            stepS={stepS}
            look={{ kind: 'lines', unit: unitOfQuery(taken.expr, (name) => metaOf(families, name)?.unit) }}
            onBy={(by) => go({ by })}
            onQuery={(query) => replace(taken.letter, query)}
          />
        )}
      </Grid>
    </div>
  )
}

function toSearchOf(applied: readonly AppliedQuery[]) {
  return toSearch(applied.map(({ expr, hidden, legend }, id) => ({ id, text: expr, hidden, legend })))
}

/** What came of a query, in a few words. */
function factsOf(
  answer: { data?: RangeAnswer['data'] | InstantAnswer | undefined; isFetching: boolean } | undefined,
): string | undefined {
  const data = answer?.data
  if (data === undefined) return answer?.isFetching === true ? 'asking…' : undefined
  const isRange = 'series' in data
  const count = isRange ? data.total : data.samples.length
  const facts = [
    `${formatCount(count)}${isRange && data.truncated ? ' or more' : ''} series`,
    formatDuration(data.durationMs),
  ]
  if (isRange) {
    facts.push(`a point every ${formatDuration(data.stepS * 1000)}`)
    const cached =
      data.cachedPoints > 0 ? ` (${formatCount(data.cachedPoints)} of ${formatCount(data.times.length)} points)` : ''
    const sources = data.sources.map((source) => (source === 'cache' ? `cache${cached}` : source))
    if (sources.length > 0) facts.push(`from ${sources.join(' and ')}`)
  }
  return facts.join(' · ')
}

function save(
  as: 'csv' | 'json',
  active: readonly AppliedQuery[],
  ranges: readonly RangeAnswer[] | undefined,
  instants: ReturnType<typeof useInstantAnswers>,
): void {
  const type = as === 'csv' ? 'text/csv' : 'application/json'
  const name = `metrics-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.${as}`
  if (ranges === undefined) {
    const samples = instants.flatMap((answer) => answer.data?.samples ?? [])
    download(name, as === 'csv' ? instantCsv(samples) : instantJson(samples), type)
    return
  }
  const frames = active.flatMap((query, i) => (ranges[i]?.data === undefined ? [] : [{ query, frame: ranges[i].data }]))
  const times = frames[0]?.frame.times ?? []
  const series = frames.flatMap(({ query, frame }) => {
    const names = namesOf(frame.series, query.expr)
    return frame.series.map(({ labels, values }, i) => ({
      query: query.expr,
      labels,
      name: formatLegend(query.legend, labels) ?? names[i]!,
      values,
    }))
  })
  download(name, as === 'csv' ? rangeCsv(times, series) : rangeJson(times, series), type)
}

/** Width of the page in steps of 100 px, once it is known: decides how many points are asked for. */
function useWidth(ref: React.RefObject<HTMLElement | null>): number | undefined {
  const [width, setWidth] = useState<number>()
  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return
    const measure = () => setWidth(Math.max(300, Math.round(element.clientWidth / 100) * 100))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [ref])
  return width
}

type Time = ReturnType<typeof useTimeRange>

/** The address with both ends fixed, so that who opens it later sees the same. */
function permalink(time: Time): string {
  const { fromMs, toMs } = intervalOf(time.range, Date.now())
  const url = new URL(window.location.href)
  url.searchParams.set('from', String(Math.round(fromMs)))
  url.searchParams.set('to', String(Math.round(toMs)))
  return url.href
}
