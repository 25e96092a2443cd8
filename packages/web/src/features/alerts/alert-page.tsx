import { IconBellOff, IconBook2, IconChartLine, IconCheck } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import {
  type AlertDetail,
  type AlertItem,
  alerts,
  type CareEvent,
  type NotificationRecord,
  type Transition,
  unacknowledge,
} from '../../api/index.ts'
import {
  AlertLine,
  CareWords,
  formatMatcher,
  matchersOf,
  StandingBadge,
  safeUrl,
  summaryOf,
  TransitionWords,
  titleOf,
  useAuthor,
  valueText,
} from '../../ui/alert/index.ts'
import { Button } from '../../ui/button.tsx'
import { formatDuration, formatNumber } from '../../ui/format/index.ts'
import { LabelChips } from '../../ui/label-chips.tsx'
import { Empty, Failed, Loading } from '../../ui/notice.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { SeverityBadge } from '../../ui/severity-badge.tsx'
import { Grid, Sheet } from '../../ui/sheet.tsx'
import { Age } from '../../ui/timestamp.tsx'
import { arrivedVia, useKeys, useRefresh } from '../../view/index.ts'
import { AcknowledgeForm } from './acknowledge-form.tsx'
import classes from './alerts.module.css'
import { EscalationSheet } from './escalation-sheet.tsx'
import { RuleGraph } from './rule-graph.tsx'
import { Sent } from './sent.tsx'
import { silenceSearch } from './silence-search.ts'

/** One alert: how bad, what to do, what became of it. Made for a phone that a notification woke up. */
export function AlertPage() {
  const { fingerprint } = useParams({ strict: false }) as { fingerprint: string }
  const { value: refresh } = useRefresh()
  const { data, error, refetch } = useQuery({
    ...alerts.one(fingerprint),
    refetchInterval: refresh === 'off' ? false : 5000,
  })
  if (data === undefined)
    return (
      <Grid>
        <PageHead title="Alert" />
        <Sheet>
          {error === null ? (
            <Loading label="Alert" height={200} />
          ) : (
            <Failed what="The alert could not be loaded" error={error} onRetry={refetch} height={200} />
          )}
        </Sheet>
      </Grid>
    )
  const last = data.transitions[0]
  if (data.alert === undefined && last === undefined)
    return (
      <Grid>
        <PageHead title="Alert" />
        <Sheet>
          <Empty title="No alert is known by this address" height={200}>
            <p>It may be older than what history keeps.</p>
            <Link to="/alerts">All alerts</Link>
          </Empty>
        </Sheet>
      </Grid>
    )
  return <Known fingerprint={fingerprint} detail={data} last={last} />
}

function Known({
  fingerprint,
  detail,
  last,
}: {
  fingerprint: string
  detail: AlertDetail
  last: Transition | undefined
}) {
  const { alert, rule } = detail
  const labels = alert?.labels ?? last!.labels
  const annotations = alert?.annotations ?? last!.annotations
  const [acknowledging, setAcknowledging] = useState(false)
  const navigate = useNavigate()
  const client = useQueryClient()
  const [author] = useAuthor()
  const takeBack = useMutation({
    mutationFn: () => unacknowledge([fingerprint], { by: author, via: arrivedVia() }),
    onSettled: () => client.invalidateQueries({ queryKey: alerts.all }),
  })
  const silence = () => void navigate({ to: '/silences/new', search: silenceSearch(matchersOf(labels)) as never })
  const canAcknowledge = alert !== undefined && (alert.standing === 'firing' || alert.standing === 'nodata')
  useKeys([
    { keys: 's', label: 'Silence it', group: 'This page', run: silence },
    ...(canAcknowledge
      ? [{ keys: 'a', label: 'Acknowledge it', group: 'This page', run: () => setAcknowledging(true) }]
      : []),
  ])
  const runbook = safeUrl(annotations.runbook_url ?? annotations.runbook)
  const summary = summaryOf(annotations)
  const texts = [annotations.description, annotations.message, annotations.remediation].filter(
    (text): text is string => text !== undefined && text !== summary,
  )
  return (
    <Grid>
      <PageHead title={titleOf(labels)} keepTitle />
      <div className={classes.stand}>
        {alert === undefined ? (
          last !== undefined && <TransitionWords transition={last} />
        ) : (
          <>
            <StandingBadge alert={alert} />
            <span className={classes.quiet}>
              for <Age atMs={alert.startsAtMs} suffix="" />
            </span>
          </>
        )}
        <div>
          {canAcknowledge && (
            <Button look="primary" onClick={() => setAcknowledging(true)} title="a">
              <IconCheck size={16} aria-hidden="true" /> Acknowledge
            </Button>
          )}
          {alert?.acknowledged !== undefined && (
            <Button disabled={takeBack.isPending} onClick={() => takeBack.mutate()}>
              Take acknowledgement back
            </Button>
          )}
          {alert !== undefined && (
            <Button onClick={silence} title="s">
              <IconBellOff size={16} aria-hidden="true" /> Silence
            </Button>
          )}
          {runbook !== undefined && (
            <a className={classes.linkButton} href={runbook} target="_blank" rel="noreferrer">
              <IconBook2 size={16} aria-hidden="true" /> Runbook
            </a>
          )}
          {rule !== undefined && (
            <Link className={classes.linkButton} to="/alerts/rules/$rule" params={{ rule: rule.id }}>
              <IconChartLine size={16} aria-hidden="true" /> Its rule
            </Link>
          )}
        </div>
      </div>
      {(summary !== '' || texts.length > 0) && (
        <Sheet>
          {summary !== '' && <p className={classes.said}>{summary}</p>}
          {texts.map((text) => (
            <p key={text} className={classes.said}>
              {text}
            </p>
          ))}
        </Sheet>
      )}
      <Sheet title="Where it stands" span={rule === undefined ? 12 : 5}>
        <Facts detail={detail} labels={labels} />
      </Sheet>
      {rule !== undefined && (
        <RuleGraph
          rule={rule}
          only={labels}
          transitions={detail.transitions}
          title="Its value"
          span={7}
          sinceMs={alert?.startsAtMs ?? last?.atMs}
        />
      )}
      {(detail.escalations ?? []).map((chain) => (
        <EscalationSheet key={chain.id} chain={chain} />
      ))}
      {detail.inhibitors.length > 0 && (
        <Sheet title="Inhibited by" note="these fire and keep it quiet">
          {detail.inhibitors.map((other) => (
            <AlertLine key={other.fingerprint} alert={other} />
          ))}
        </Sheet>
      )}
      <Sheet title="What happened" note="newest first">
        <Timeline transitions={detail.transitions} care={detail.care} notifications={detail.notifications} />
      </Sheet>
      <Sheet title="Labels and annotations">
        <dl className={classes.facts2}>
          <dt>labels</dt>
          <dd>
            <LabelChips
              whole
              labels={labels}
              verb="Show alerts with"
              onPick={(name, value) =>
                void navigate({ to: '/alerts', search: { filter: formatMatcher({ name, kind: '=', value }) } as never })
              }
            />
          </dd>
          {Object.entries(annotations).map(([name, text]) => (
            <Annotation key={name} name={name} text={text} />
          ))}
        </dl>
      </Sheet>
      {acknowledging && (
        <AcknowledgeForm
          fingerprints={[fingerprint]}
          what={titleOf(labels)}
          onDone={() => setAcknowledging(false)}
          onCancel={() => setAcknowledging(false)}
        />
      )}
    </Grid>
  )
}

function Annotation({ name, text }: { name: string; text: string }) {
  const url = safeUrl(text)
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {url === undefined ? (
          text
        ) : (
          <a href={url} target="_blank" rel="noreferrer">
            {text}
          </a>
        )}
      </dd>
    </>
  )
}

function Facts({ detail, labels }: { detail: AlertDetail; labels: Readonly<Record<string, string>> }) {
  const { alert, rule, silences } = detail
  const last = detail.transitions[0]
  const value = valueText(alert?.value ?? last?.value, rule?.threshold)
  const source = alert === undefined ? undefined : safeUrl(alert.generatorUrl)
  return (
    <dl className={classes.facts2}>
      {value !== '' && (
        <>
          <dt>value</dt>
          <dd>{value}</dd>
        </>
      )}
      <dt>severity</dt>
      <dd>
        <SeverityBadge severity={labels.severity ?? ''} />
      </dd>
      {alert !== undefined && <Fates alert={alert} />}
      {alert?.acknowledged !== undefined && (
        <>
          <dt>acknowledged</dt>
          <dd>
            by <b>{alert.acknowledged.by}</b> <Age atMs={alert.acknowledged.atMs} />
            {alert.acknowledged.comment !== '' && <p className={classes.quiet}>{alert.acknowledged.comment}</p>}
          </dd>
        </>
      )}
      {silences.length > 0 && (
        <>
          <dt>silenced</dt>
          <dd>
            {silences.map((s) => (
              <p key={s.id}>
                <Link to="/silences" search={{ open: s.id } as never}>
                  {s.comment || s.id}
                </Link>{' '}
                <span className={classes.quiet}>
                  by {s.createdBy}, ends in {formatDuration(Math.max(0, s.endsAtMs - Date.now()))}
                </span>
              </p>
            ))}
          </dd>
        </>
      )}
      {rule !== undefined ? (
        <>
          <dt>rule</dt>
          <dd>
            <Link to="/alerts/rules/$rule" params={{ rule: rule.id }}>
              {rule.group}
            </Link>{' '}
            <span className={classes.quiet}>
              {fileName(rule.file)}
              {rule.line !== undefined && `:${rule.line}`}
            </span>
          </dd>
        </>
      ) : (
        source !== undefined && (
          <>
            <dt>source</dt>
            <dd>
              <a href={source} target="_blank" rel="noreferrer">
                {source}
              </a>
            </dd>
          </>
        )
      )}
    </dl>
  )
}

function Fates({ alert }: { alert: AlertItem }) {
  return (
    <>
      <dt>goes to</dt>
      <dd>
        {alert.receivers.length === 0 ? (
          <span className={classes.quiet}>
            {alert.standing === 'pending' ? 'nobody while it is pending' : 'nobody'}
          </span>
        ) : (
          <Link to="/routing" search={{ alert: alert.fingerprint } as never}>
            {alert.receivers.join(', ')}
          </Link>
        )}
      </dd>
      {alert.mutedBy.length > 0 && (
        <>
          <dt>muted by</dt>
          <dd>{alert.mutedBy.join(', ')}</dd>
        </>
      )}
    </>
  )
}

/** Changes of state and notifications in one row of events, newest first. */
export function Timeline({
  transitions,
  care = [],
  notifications,
  withName = false,
}: {
  transitions: readonly Transition[]
  care?: readonly CareEvent[] | undefined
  notifications: readonly NotificationRecord[]
  /** Events of several alerts: each says whose. */
  withName?: boolean
}) {
  const events = [
    ...transitions.map((t) => ({ atMs: t.atMs, key: `t${t.id}`, transition: t, cared: undefined, sent: undefined })),
    ...care.map((c) => ({ atMs: c.atMs, key: `c${c.id}`, transition: undefined, cared: c, sent: undefined })),
    ...notifications.map((n) => ({ atMs: n.atMs, key: `n${n.id}`, transition: undefined, cared: undefined, sent: n })),
  ].sort((a, b) => b.atMs - a.atMs)
  const [all, setAll] = useState(false)
  if (events.length === 0)
    return (
      <Empty title="Nothing is recorded yet">
        What becomes of it, what is done about it and who is told stands here.
      </Empty>
    )
  return (
    <>
      <ol className={classes.timeline}>
        {(all ? events : events.slice(0, FIRST_EVENTS)).map(({ key, atMs, transition, cared, sent }) => (
          <li key={key}>
            <span>
              <Age atMs={atMs} />
            </span>
            {transition !== undefined ? (
              <div>
                <TransitionWords transition={transition} />
                {transition.value !== undefined && (
                  <span className={classes.quiet}> at {numberText(transition.value)}</span>
                )}
                {withName && <LabelChips labels={transition.labels} without={['alertname', 'severity']} most={6} />}
              </div>
            ) : cared !== undefined ? (
              <div>
                <CareWords event={cared} />
              </div>
            ) : (
              <Sent record={sent!} />
            )}
          </li>
        ))}
      </ol>
      {!all && events.length > FIRST_EVENTS && (
        <Button small look="quiet" onClick={() => setAll(true)}>
          Show {events.length - FIRST_EVENTS} more
        </Button>
      )}
    </>
  )
}

const FIRST_EVENTS = 10

const numberText = (text: string) => {
  const number = Number(text)
  return Number.isFinite(number) ? formatNumber(number) : text
}

export const fileName = (path: string) => path.split('/').slice(-2).join('/')
