import { IconX } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useRef, useState } from 'react'
import {
  alerts,
  type DoctorFinding,
  doctor,
  type InhibitRule,
  type LabelMap,
  type RouteNode,
  type RoutingFinding,
  routing,
} from '../../api/index.ts'
import { formatMatcher, parseMatchers, titleOf } from '../../ui/alert/index.ts'
import { Button } from '../../ui/button.tsx'
import { formatCount } from '../../ui/format/index.ts'
import { Empty, Failed, Loading, TooMuch } from '../../ui/notice.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { SelectField } from '../../ui/select-field.tsx'
import { Grid, Sheet } from '../../ui/sheet.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { useKeys, useRefresh } from '../../view/index.ts'
import { PathSheet } from './path-sheet.tsx'
import { ReceiversSheet } from './receivers-sheet.tsx'
import { placeOfId, RouteTree } from './route-tree.tsx'
import classes from './routing.module.css'
import type { RoutingSearch } from './search.ts'

const PICKABLE = 60

/** Where alerts go: the tree, the path of one of them, who is told, and what is wrong with it. */
export function RoutingPage() {
  const search: RoutingSearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const { value: refresh } = useRefresh()
  const field = useRef<HTMLInputElement>(null)
  const { data, error, refetch } = useQuery({ ...routing.tree(), refetchInterval: refresh === 'off' ? false : 5000 })
  // What it says of routes may be some minutes old, and is absent where nobody has looked yet.
  const looked = useQuery({ ...doctor.view(), staleTime: 30_000 })
  const list = useQuery({ ...alerts.page(ALL, 0), staleTime: 5000 })
  const picked = useQuery({ ...alerts.one(search.alert ?? ''), enabled: search.alert !== undefined })
  const asked = useMemo<LabelMap | undefined>(() => {
    if (search.alert !== undefined) return picked.data?.alert?.labels ?? picked.data?.transitions[0]?.labels
    if (search.label === undefined) return undefined
    const matchers = parseMatchers(search.label.join(','))
    return matchers === undefined ? undefined : Object.fromEntries(matchers.map((m) => [m.name, m.value]))
  }, [search.alert, search.label, picked.data])
  const explanation = useQuery({
    ...routing.explain(asked ?? {}),
    enabled: asked !== undefined,
    placeholderData: keepPreviousData,
    refetchInterval: refresh === 'off' ? false : 15_000,
  })
  const shown = asked === undefined ? undefined : explanation.data
  const taken = useMemo(() => (shown === undefined ? undefined : new Set(shown.routes.map((r) => r.routeId))), [shown])
  const findings = useMemo(
    () => withDoctor(data?.findings ?? [], looked.data?.report?.routing ?? []),
    [data, looked.data],
  )
  const set = (change: { alert?: string | undefined; label?: readonly string[] | undefined }) =>
    void navigate({
      to: '.',
      resetScroll: false,
      search: (old: Record<string, unknown>) => ({ ...old, alert: undefined, label: undefined, ...change }),
    } as never)
  useKeys([{ keys: '/', label: 'Type labels', group: 'This page', run: () => field.current?.focus() }])
  return (
    <Grid>
      <PageHead
        title="Routing"
        note={data && `${plural(countOf(data.root), 'route')} · ${plural(data.receivers.length, 'receiver')}`}
      />
      {data === undefined && (
        <Sheet>
          {error === null ? (
            <Loading label="Routing" height={220} />
          ) : (
            <Failed what="Routing could not be loaded" error={error} onRetry={refetch} height={220} />
          )}
        </Sheet>
      )}
      {data?.receivers.every(({ integrations }) => integrations.length === 0) && (
        <div className={classes.wide}>
          <TooMuch>
            Nobody is told of anything: no receiver sends. An <code>alertmanager.yml</code> beside where Binnacle
            starts, or named by <code>--alertmanager-config</code>, says who is; one that Alertmanager takes works
            unchanged.
          </TooMuch>
        </div>
      )}
      {findings.length > 0 && <FindingsSheet findings={findings} />}
      {data !== undefined && (
        <Sheet title="Follow an alert">
          <div className={classes.ask}>
            <AskField
              key={asked === undefined ? '' : JSON.stringify(asked)}
              ref={field}
              labels={asked}
              onAsk={(label) => set({ label })}
            />
            <SelectField
              label="Pick a live alert"
              value={search.alert ?? ''}
              options={[
                { value: '', text: 'or pick a live alert' },
                ...(list.data?.items ?? []).slice(0, PICKABLE).map((a) => ({
                  value: a.fingerprint,
                  text: `${titleOf(a.labels)} ${otherLabels(a.labels)}`.slice(0, 90),
                })),
              ]}
              onChange={(fingerprint) => set({ alert: fingerprint || undefined })}
            />
            {asked !== undefined && (
              <Button look="quiet" onClick={() => set({})}>
                <IconX size={14} aria-hidden="true" /> Clear
              </Button>
            )}
          </div>
          {explanation.error !== null && asked !== undefined && (
            <Failed what="Its path could not be found" error={explanation.error} onRetry={explanation.refetch} />
          )}
          {search.alert !== undefined && picked.error !== null && (
            <Failed what="The alert could not be loaded" error={picked.error} />
          )}
          <RouteTree root={data.root} taken={taken} />
        </Sheet>
      )}
      {data !== undefined && shown !== undefined && asked !== undefined && (
        <PathSheet
          labels={asked}
          annotations={picked.data?.alert?.annotations}
          explanation={shown}
          placeOf={(id) => placeOfId(data.root, id)}
        />
      )}
      {data !== undefined && <ReceiversSheet receivers={data.receivers} />}
      {data !== undefined && data.inhibitRules.length > 0 && <Inhibitions rules={data.inhibitRules} />}
    </Grid>
  )
}

/** What reading the file finds, and what the doctor adds who knows which alerts can come. */
function withDoctor(findings: readonly RoutingFinding[], more: readonly DoctorFinding[]): readonly RoutingFinding[] {
  const told = new Set(findings.map(({ message }) => message))
  const added = more.flatMap(({ severity, message, hint, place }) =>
    severity === 'note' || told.has(message)
      ? []
      : [{ severity, message, ...place, ...(hint === undefined ? {} : { hint }) }],
  )
  return [...findings, ...added]
}

const ALL = { filter: '', receiver: '', group: [], state: '' } as const

const countOf = (route: RouteNode): number => route.routes.reduce((sum, child) => sum + countOf(child), 1)

const plural = (count: number, word: string) => `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`

const otherLabels = (labels: LabelMap) =>
  Object.entries(labels)
    .filter(([name]) => name !== 'alertname')
    .map(([name, value]) => `${name}="${value}"`)
    .join(' ')

/** Labels as `name="value"` pairs. Enter follows them. */
function AskField({
  labels,
  onAsk,
  ref,
}: {
  labels: LabelMap | undefined
  onAsk: (labels: readonly string[] | undefined) => void
  ref: React.Ref<HTMLInputElement>
}) {
  const [text, setText] = useState(
    labels === undefined
      ? ''
      : Object.entries(labels)
          .map(([name, value]) => formatMatcher({ name, kind: '=', value }))
          .join(', '),
  )
  const [wrong, setWrong] = useState(false)
  const ask = () => {
    if (text.trim() === '') return onAsk(undefined)
    const matchers = parseMatchers(text)
    const good = matchers?.every((m) => m.kind === '=') ?? false
    setWrong(!good)
    if (good) onAsk(matchers!.map(formatMatcher))
  }
  return (
    <form
      className={classes.askField}
      onSubmit={(event) => {
        event.preventDefault()
        ask()
      }}
    >
      <TextField
        ref={ref}
        label="Labels of an alert"
        placeholder={'alertname="HighErrorRate", severity="critical"'}
        value={text}
        aria-invalid={wrong || undefined}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" look="primary">
        Follow
      </Button>
      {wrong && <p className={classes.bad}>Write labels as name="value", with commas between them.</p>}
    </form>
  )
}

function FindingsSheet({ findings }: { findings: readonly RoutingFinding[] }) {
  return (
    <Sheet id="findings" title="Findings" note="what reading the configuration shows, and the doctor">
      <ul className={classes.findings}>
        {findings.map((f) => (
          <li key={`${f.file}:${f.line}:${f.message}`}>
            <StateBadge tone={f.severity === 'error' ? 'critical' : 'warning'}>{f.severity}</StateBadge>
            <code>
              {f.file === undefined
                ? ''
                : `${f.file.split('/').slice(-2).join('/')}${f.line === undefined ? '' : `:${f.line}`}`}
            </code>
            <span>
              {f.message}
              {f.hint !== undefined && <i> {f.hint}</i>}
            </span>
          </li>
        ))}
      </ul>
    </Sheet>
  )
}

function Inhibitions({ rules }: { rules: readonly InhibitRule[] }) {
  const texts = (matchers: InhibitRule['sourceMatchers']) => (
    <ul className={classes.matchers}>
      {matchers.map((m) => (
        <li key={formatMatcher(m)}>{formatMatcher(m)}</li>
      ))}
    </ul>
  )
  return (
    <Sheet id="inhibitions" title="Inhibitions" note="while the left fires, the right is told to nobody">
      {rules.length === 0 && <Empty title="None" />}
      <ul className={classes.inhibitions}>
        {rules.map((rule, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: their place is what they are called by
          <li key={i}>
            {texts(rule.sourceMatchers)}
            <span className={classes.mutes}>mutes</span>
            {texts(rule.targetMatchers)}
            <span className={classes.inherited}>
              {rule.equal.length === 0 ? 'whatever their labels' : `with equal ${rule.equal.join(', ')}`}
            </span>
          </li>
        ))}
      </ul>
    </Sheet>
  )
}
