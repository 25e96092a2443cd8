import { useMantineColorScheme } from '@mantine/core'
import { createSpotlight, Spotlight } from '@mantine/spotlight'
import '@mantine/spotlight/styles.css'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { alerts, metadata, metaOf, rules } from '../../api/index.ts'
import { formatMatcher, matchersOf } from '../../ui/alert/index.ts'
import { useReturnFocus } from '../../ui/use-return-focus.ts'
import { useRefresh, useTimeRange } from '../../view/index.ts'
import { INNER_PAGES, PAGES } from './pages.ts'
import classes from './palette.module.css'

type Entry = { id: string; name: string; note?: string | undefined; group: string; keys?: string; run: () => void }

const MAX_METRICS = 12
const [palette, spotlight] = createSpotlight()

/** Pages, metrics and actions by their name. Every word typed must be in it, in any order. */
export function Palette({ onClose, takeTyped }: { onClose: () => void; takeTyped: () => string }) {
  useReturnFocus()
  const [query, setQuery] = useState('')
  const navigate = useNavigate()
  const time = useTimeRange()
  const refresh = useRefresh()
  const { setColorScheme } = useMantineColorScheme()
  const names = useQuery(metadata.names())
  const families = useQuery(metadata.families())
  const ruleList = useQuery({ ...rules.list(), retry: false, staleTime: 30_000 })
  const summary = useQuery(alerts.summary())
  useEffect(() => spotlight.open(), [])

  const fixed: Entry[] = [
    ...PAGES.map((p) => ({
      id: p.to,
      name: p.name,
      group: 'Pages',
      keys: `g ${p.key}`,
      run: () => void navigate({ to: p.to }),
    })),
    ...INNER_PAGES.map((p) => ({
      id: p.to,
      name: p.name,
      group: p.to === '/silences/new' ? 'Actions' : 'Pages',
      run: () => void navigate({ to: p.to }),
    })),
    {
      id: 'test-receiver',
      name: 'Send a test to a receiver',
      group: 'Actions',
      run: () => void navigate({ to: '/routing', hash: 'receivers' }),
    },
    {
      id: 'follow',
      name: 'Follow an alert through routing',
      group: 'Actions',
      run: () => void navigate({ to: '/routing' }),
    },
    { id: 'dark', name: 'Dark theme', group: 'Actions', run: () => setColorScheme('dark') },
    { id: 'light', name: 'Light theme', group: 'Actions', run: () => setColorScheme('light') },
    { id: 'auto', name: 'Theme as the system', group: 'Actions', run: () => setColorScheme('auto') },
    {
      id: 'pause',
      name: refresh.value === 'off' ? 'Go live' : 'Pause refreshing',
      group: 'Actions',
      run: () => refresh.set(refresh.value === 'off' ? '5s' : 'off'),
    },
    { id: 'out', name: 'Zoom out in time', group: 'Actions', keys: 't -', run: () => time.zoom(2) },
    { id: 'in', name: 'Zoom in in time', group: 'Actions', keys: 't +', run: () => time.zoom(0.5) },
    { id: 'copy', name: 'Copy the time range', group: 'Actions', keys: 't c', run: () => time.copy() },
  ]
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const matches = (text: string) => words.every((word) => text.toLowerCase().includes(word))
  const metrics: Entry[] =
    words.length === 0
      ? []
      : (names.data ?? [])
          .filter(matches)
          .slice(0, MAX_METRICS)
          .map((name) => ({
            id: `metric:${name}`,
            name,
            note: metaOf(families.data, name)?.help,
            group: 'Metrics',
            run: () => void navigate({ to: '/explore', search: { metric: name } as never }),
          }))
  // Alerts that fire now can be silenced from here; rules lead to their page.
  const found: Entry[] =
    words.length === 0
      ? []
      : [
          ...(summary.data?.items ?? []).map((alert) => ({
            id: `silence:${alert.fingerprint}`,
            name: `Silence ${alert.labels.alertname ?? 'alert'}`,
            note: alert.labels.instance ?? alert.labels.service,
            group: 'Actions',
            run: () =>
              void navigate({
                to: '/silences/new',
                search: { m: matchersOf(alert.labels).map(formatMatcher) } as never,
              }),
          })),
          ...(ruleList.data?.groups ?? [])
            .flatMap((g) => g.rules)
            .map((rule) => ({
              id: `rule:${rule.id}`,
              name: rule.name,
              note: rule.annotations.summary ?? rule.query,
              group: 'Rules',
              run: () => void navigate({ to: '/alerts/rules/$rule', params: { rule: rule.id } }),
            })),
        ]
          .filter((e) => matches(`${e.name} ${e.note ?? ''}`))
          .slice(0, MAX_METRICS)
  const entries = [...fixed.filter((e) => matches(`${e.name} ${e.group}`)), ...found, ...metrics]
  const groups = [...new Set(entries.map((e) => e.group))]
  // Mantine selects the first entry when the query changes; when metrics arrive later than the query, nobody does.
  useEffect(() => {
    const list = document.querySelector('.mantine-Spotlight-actionsList')
    if (query === '' || entries.length === 0 || list === null || list.querySelector('[data-selected]') !== null) return
    list.querySelector('[data-action]')?.setAttribute('data-selected', 'true')
    palette.updateState((state) => ({ ...state, selected: 0 }))
  }, [query, entries.length])
  return (
    <Spotlight.Root
      store={palette}
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={onClose}
      shortcut={null}
      scrollable
      maxHeight={420}
      overlayProps={{ blur: 0 }}
      transitionProps={{ duration: 0 }}
    >
      <Spotlight.Search
        placeholder="Page, rule, metric or action"
        aria-label="Page, rule, metric or action"
        // What was typed before the field was there.
        onFocus={({ currentTarget: field }) => {
          const typed = takeTyped()
          if (typed === '') return
          field.setRangeText(typed, field.value.length, field.value.length, 'end')
          field.dispatchEvent(new Event('input', { bubbles: true }))
        }}
      />
      <Spotlight.ActionsList className={classes.list}>
        {groups.map((group) => (
          <Spotlight.ActionsGroup key={group} label={group}>
            {entries
              .filter((e) => e.group === group)
              .map((e) => (
                <Spotlight.Action key={e.id} onClick={e.run} className={classes.action}>
                  <span className={group === 'Metrics' || group === 'Rules' ? classes.mono : undefined}>{e.name}</span>
                  {e.note !== undefined && <span className={classes.note}>{e.note}</span>}
                  {e.keys !== undefined && <kbd className={classes.keys}>{e.keys}</kbd>}
                </Spotlight.Action>
              ))}
          </Spotlight.ActionsGroup>
        ))}
        {entries.length === 0 && <Spotlight.Empty>Nothing is called “{query}”</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  )
}
