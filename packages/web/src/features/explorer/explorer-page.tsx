import { IconLink, IconListSearch, IconPlayerPlay, IconPlus, IconTerminal2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, useRef, useState } from 'react'
import { metadata } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Grid, Sheet } from '../../ui/sheet.tsx'
import { useCopy } from '../../ui/use-copy.ts'
import { intervalOf, useKeys, useTimeRange } from '../../view/index.ts'
import { asCurl } from './as-curl.ts'
import { Browser } from './browser.tsx'
import classes from './explorer.module.css'
import { QueryRow } from './query-row.tsx'
import { factsOf, Graph, Table, useInstantAnswers, useRangeAnswers } from './results.tsx'
import type { ExplorerSearch, ExplorerView } from './search.ts'

const MAX_QUERIES = 8
const letterOf = (i: number) => String.fromCharCode(65 + i)

type Draft = { readonly id: number; readonly text: string }

/** Metrics by query, or by browsing without one. What was run is in the address; what is being typed is not. */
export function ExplorerPage() {
  const search: ExplorerSearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const time = useTimeRange()
  const page = useRef<HTMLDivElement>(null)
  const { data: families } = useQuery(metadata.families())
  const applied = useMemo(() => search.q ?? [], [search.q])
  const hidden = useMemo(() => new Set((search.hide ?? []).map(Number)), [search.hide])
  const view: ExplorerView = search.view ?? 'lines'
  const nextId = useRef(0)
  const draft = (text: string): Draft => ({ id: nextId.current++, text })
  const [drafts, setDrafts] = useState<readonly Draft[]>(() =>
    applied.length === 0 ? [draft('')] : applied.map(draft),
  )

  const go = (change: Partial<Record<keyof ExplorerSearch, unknown>>, replace = false) =>
    void navigate({
      to: '/explore',
      replace,
      search: (old: Record<string, unknown>) => ({ ...old, ...change }),
    } as never)

  // The address changed under the drafts (back button, a link): follow it, and keep editors that already say the same.
  const appliedText = JSON.stringify(applied)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a change of the address counts
  useEffect(() => {
    setDrafts((old) => {
      const filled = old.filter((d) => d.text.trim() !== '')
      if (JSON.stringify(filled.map((d) => d.text)) === appliedText) return old
      const next = applied.length === 0 ? [''] : applied
      return next.map((text, i) => (old[i] === undefined ? draft(text) : { ...old[i], text }))
    })
  }, [appliedText])

  const run = (texts: readonly string[]) => {
    const q = texts.filter((text) => text.trim() !== '')
    go({
      q: q.length === 0 ? undefined : q,
      metric: undefined,
      find: undefined,
      hide: q.length === applied.length ? search.hide : undefined,
    })
  }
  const active = applied.map((expr, i) => ({ letter: letterOf(i), expr })).filter((_q, i) => !hidden.has(i))
  const width = useWidth(page)
  const ranges = useRangeAnswers(active, width, view !== 'table')
  const instants = useInstantAnswers(active, view === 'table')
  const answers = view === 'table' ? instants : ranges
  const answerOf = (i: number) => answers[active.findIndex((q) => q.letter === letterOf(i))]

  const link = useCopy()
  const curl = useCopy()
  useKeys([
    {
      keys: '/',
      label: 'Go to the query',
      group: 'This page',
      run: () => document.querySelector<HTMLElement>('[data-query-editor] .cm-content')?.focus(),
    },
  ])
  return (
    <div ref={page}>
      <h1 className="bn-hidden">Metrics</h1>
      <Grid>
        <Sheet>
          {drafts.map((d, i) => (
            <QueryRow
              key={d.id}
              letter={letterOf(i)}
              text={d.text}
              applied={applied[i]}
              hidden={hidden.has(i)}
              error={answerOf(i)?.error ?? null}
              facts={factsOf(answerOf(i))}
              families={families}
              autoFocus={i > 0 && d.text === ''}
              onChange={(text) => setDrafts((old) => old.map((o) => (o.id === d.id ? { ...o, text } : o)))}
              onRun={() => run(drafts.map((o) => o.text))}
              onHide={() => {
                const next = new Set(hidden)
                if (!next.delete(i)) next.add(i)
                go({ hide: next.size === 0 ? undefined : [...next].map(String) })
              }}
              onRemove={
                drafts.length > 1 || applied.length > 0
                  ? () => {
                      const rest = drafts.filter((o) => o.id !== d.id)
                      setDrafts(rest.length === 0 ? [draft('')] : rest)
                      run(rest.map((o) => o.text))
                    }
                  : undefined
              }
            />
          ))}
          <div className={classes.bar}>
            <Button look="primary" onClick={() => run(drafts.map((d) => d.text))} title="Enter">
              <IconPlayerPlay size={14} aria-hidden="true" /> Run
            </Button>
            {drafts.length < MAX_QUERIES && (
              <Button onClick={() => setDrafts((old) => [...old, draft('')])}>
                <IconPlus size={14} aria-hidden="true" /> Add query
              </Button>
            )}
            {applied.length > 0 && (
              <>
                <Button look="quiet" onClick={() => go({ q: undefined, hide: undefined })}>
                  <IconListSearch size={15} aria-hidden="true" /> Browse metrics
                </Button>
                <span className={classes.right}>
                  <Button
                    look="quiet"
                    onClick={() => link.copy(permalink(time))}
                    title="A link that shows exactly this range"
                  >
                    <IconLink size={15} aria-hidden="true" /> {link.copied ? 'Copied' : 'Copy link'}
                  </Button>
                  <Button
                    look="quiet"
                    onClick={() =>
                      curl.copy(
                        asCurl(
                          active.map((q) => q.expr),
                          {
                            origin: window.location.origin,
                            asked: intervalOf(time.range, Date.now()),
                            widthPx: width,
                            view,
                          },
                        ),
                      )
                    }
                    title="The same question for a shell"
                  >
                    <IconTerminal2 size={15} aria-hidden="true" /> {curl.copied ? 'Copied' : 'Copy as curl'}
                  </Button>
                </span>
              </>
            )}
          </div>
        </Sheet>
        {applied.length === 0 ? (
          <Browser
            find={search.find ?? ''}
            metric={search.metric}
            onFind={(find) => go({ find: find === '' ? undefined : find }, true)}
            onMetric={(metric) => go({ metric }, search.metric !== undefined)}
            onQuery={(query) => run([query])}
          />
        ) : (
          <Sheet
            title="Answer"
            actions={
              <Segmented<ExplorerView>
                label="Shown as"
                value={view}
                options={[
                  { value: 'lines', text: 'Lines' },
                  { value: 'stacked', text: 'Stacked' },
                  { value: 'table', text: 'Table' },
                ]}
                onChange={(next) => go({ view: next === 'lines' ? undefined : next })}
              />
            }
          >
            {view === 'table' ? (
              <Table active={active} answers={instants} />
            ) : (
              <Graph active={active} answers={ranges} view={view} />
            )}
          </Sheet>
        )}
      </Grid>
    </div>
  )
}

/** Width of the page in steps of 100 px: decides how many points are asked for. */
function useWidth(ref: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(1000)
  useEffect(() => {
    if (ref.current === null) return
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.max(300, Math.round((entry?.contentRect.width ?? 1000) / 100) * 100)),
    )
    observer.observe(ref.current)
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
