import { IconBellOff, IconBook2 } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import {
  ApiError,
  history,
  type RuleDetail,
  type RuleInstance,
  type RuleThreshold,
  routing,
  rules,
  runRuleTests,
} from '../../api/index.ts'
import { MessagePreview, StandingBadge, safeUrl, valueText } from '../../ui/alert/index.ts'
import { Button } from '../../ui/button.tsx'
import { formatCount, formatDuration, toPromDuration } from '../../ui/format/index.ts'
import { LabelChips } from '../../ui/label-chips.tsx'
import { Empty, Failed, Loading } from '../../ui/notice.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Grid, Sheet } from '../../ui/sheet.tsx'
import { StateBadge, StateMark } from '../../ui/state-badge.tsx'
import { Age } from '../../ui/timestamp.tsx'
import { VirtualRows } from '../../ui/virtual-rows.tsx'
import { useRefresh } from '../../view/index.ts'
import { fileName, Timeline } from './alert-page.tsx'
import classes from './alerts.module.css'
import { BackTestSheet } from './back-test-sheet.tsx'
import { RuleGraph } from './rule-graph.tsx'
import type { RuleSearch } from './search.ts'
import { silenceSearch } from './silence-search.ts'

/** One rule: what it measures, what it has now, what happened, what it would have done and would say. */
export function RulePage() {
  const { rule: id } = useParams({ strict: false }) as { rule: string }
  const { value: refresh } = useRefresh()
  const { data, error, refetch } = useQuery({ ...rules.one(id), refetchInterval: refresh === 'off' ? false : 5000 })
  if (data === undefined)
    return (
      <Grid>
        <PageHead title="Rule" />
        <Sheet>
          {error instanceof ApiError && error.status === 404 ? (
            <Empty title="No rule is known by this address" height={200}>
              <p>It was changed or removed since the link was made.</p>
              <Link to="/alerts/rules">All rules</Link>
            </Empty>
          ) : error === null ? (
            <Loading label="Rule" height={200} />
          ) : (
            <Failed what="The rule could not be loaded" error={error} onRetry={refetch} height={200} />
          )}
        </Sheet>
      </Grid>
    )
  return <Known detail={data} />
}

function Known({ detail }: { detail: RuleDetail }) {
  const { rule, group } = detail
  const search: RuleSearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const set = (change: Partial<Record<keyof RuleSearch, string | undefined>>) =>
    void navigate({
      to: '.',
      resetScroll: false,
      search: (old: Record<string, unknown>) => ({ ...old, ...change }),
    } as never)
  const runbook = safeUrl(rule.annotations.runbook_url ?? rule.annotations.runbook)
  const alerting = rule.kind === 'alerting'
  return (
    <Grid>
      <PageHead
        title={rule.name}
        keepTitle
        note={alerting ? `${formatCount(rule.firing)} firing · ${formatCount(rule.pending)} pending` : 'recording rule'}
      >
        {runbook !== undefined && (
          <a className={classes.linkButton} href={runbook} target="_blank" rel="noreferrer">
            <IconBook2 size={15} aria-hidden="true" /> Runbook
          </a>
        )}
        {alerting && (
          <Link
            className={classes.linkButton}
            to="/silences/new"
            search={silenceSearch([{ name: 'alertname', kind: '=', value: rule.name }]) as never}
          >
            <IconBellOff size={15} aria-hidden="true" /> Silence
          </Link>
        )}
      </PageHead>
      <Sheet title="Rule" span={5}>
        <Definition detail={detail} />
      </Sheet>
      <RuleGraph rule={rule} span={7} title={alerting ? 'Measured' : 'Recorded'} />
      {alerting && (
        <Sheet
          title="Instances"
          note={
            detail.instanceCount > detail.instances.length
              ? `the first ${formatCount(detail.instances.length)} of ${formatCount(detail.instanceCount)}`
              : undefined
          }
        >
          {detail.instances.length === 0 ? (
            rule.health === 'err' ? (
              <Empty title="Not known">Its last evaluation failed: whether the condition holds cannot be told.</Empty>
            ) : (
              <Empty title="Nothing is pending or firing">Its condition holds for no label set now.</Empty>
            )
          ) : (
            <VirtualRows
              label="Instances"
              count={detail.instances.length}
              estimate={() => 40}
              keyOf={(i) => detail.instances[i]!.fingerprint}
              render={(i) => <Instance instance={detail.instances[i]!} threshold={rule.threshold} />}
            />
          )}
        </Sheet>
      )}
      {alerting && <RuleHistory rule={detail} />}
      {alerting && (
        <BackTestSheet
          rule={rule}
          group={group}
          days={search.back}
          hold={search.hold}
          onChange={(change) => set(change)}
        />
      )}
      {alerting && <Messages detail={detail} receiver={search.preview} onReceiver={(preview) => set({ preview })} />}
      {detail.testFiles.length > 0 && <UnitTests detail={detail} />}
    </Grid>
  )
}

function Definition({ detail }: { detail: RuleDetail }) {
  const { rule, group } = detail
  return (
    <dl className={classes.facts2}>
      <dt>query</dt>
      <dd>
        <pre className={classes.query}>{rule.query}</pre>
      </dd>
      {rule.kind === 'alerting' && (
        <>
          <dt>for</dt>
          <dd>
            {rule.forMs === 0 ? 'at once' : toPromDuration(rule.forMs)}
            {rule.keepFiringForMs > 0 && (
              <span className={classes.quiet}>, kept firing for {toPromDuration(rule.keepFiringForMs)}</span>
            )}
          </dd>
        </>
      )}
      <dt>health</dt>
      <dd>
        {rule.health === 'ok' && <StateBadge tone="ok">ok</StateBadge>}
        {rule.health === 'unknown' && <StateBadge tone="unknown">not evaluated yet</StateBadge>}
        {rule.health === 'err' && (
          <>
            <StateBadge tone="critical">fails</StateBadge>
            <p className={classes.error}>{rule.lastError}</p>
          </>
        )}
      </dd>
      <dt>evaluated</dt>
      <dd>
        {rule.lastEvaluationMs === undefined ? 'never' : <Age atMs={rule.lastEvaluationMs} />}
        <span className={classes.quiet}>
          {' '}
          in {formatDuration(rule.evaluationDurationMs)}, every {formatDuration(group.intervalMs)}
        </span>
        {group.missedIterations > 0 && (
          <p>
            <StateMark tone="warning" /> its group missed {formatCount(group.missedIterations)} evaluations since the
            start
          </p>
        )}
      </dd>
      <dt>from</dt>
      <dd>
        <code>
          {fileName(rule.file)}
          {rule.line !== undefined && `:${rule.line}`}
        </code>{' '}
        <span className={classes.quiet}>group {group.name}</span>
      </dd>
      {rule.kind === 'alerting' && (
        <>
          <dt>goes to</dt>
          <dd>
            {detail.receivers.length === 0 ? (
              <span className={classes.quiet}>nobody</span>
            ) : (
              <Link to="/routing" search={{ label: labelTexts(detail) } as never}>
                {detail.receivers.join(', ')}
              </Link>
            )}
          </dd>
        </>
      )}
      {Object.keys(rule.labels).length > 0 && (
        <>
          <dt>labels</dt>
          <dd>
            <LabelChips labels={rule.labels} />
          </dd>
        </>
      )}
      {Object.entries(rule.annotations).map(([name, text]) => (
        <AnnotationLine key={name} name={name} text={text} />
      ))}
    </dl>
  )
}

function AnnotationLine({ name, text }: { name: string; text: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </>
  )
}

const labelTexts = ({ rule, instances }: RuleDetail) =>
  Object.entries(instances[0]?.labels ?? { alertname: rule.name, ...rule.labels }).map(([n, v]) => `${n}="${v}"`)

function Instance({ instance, threshold }: { instance: RuleInstance; threshold: RuleThreshold | undefined }) {
  return (
    <div className={classes.rule}>
      <StandingBadge
        alert={{
          standing: instance.state,
          severity: instance.labels.severity ?? '',
        }}
      />
      <Link to="/alerts/$fingerprint" params={{ fingerprint: instance.fingerprint }}>
        <LabelChips labels={instance.labels} without={['alertname', 'severity']} />
      </Link>
      <span>{valueText(instance.value, threshold).replace(/ \(.*\)$/, '')}</span>
      <span>
        <Age atMs={instance.activeAtMs} suffix="" />
      </span>
    </div>
  )
}

const PAST_MS = 30 * 86_400_000

function RuleHistory({ rule: { rule } }: { rule: RuleDetail }) {
  const request = () => ({
    fromMs: Date.now() - PAST_MS,
    toMs: Date.now() + 60_000,
    filter: '',
    from: '',
    to: '',
    reason: '',
    rule: rule.name,
  })
  // To look through history costs something: at once when the rule's alerts change, and now and then for what is sent later.
  const every = useRefresh().value === 'off' ? (false as const) : 60_000
  const key = ['rule', rule.id, rule.firing, rule.pending]
  const often = { refetchInterval: every, placeholderData: keepPreviousData }
  const transitions = useInfiniteQuery({ ...history.transitions(key, request), ...often })
  const notifications = useInfiniteQuery({ ...history.notifications(key, request), ...often })
  const error = transitions.error ?? notifications.error
  return (
    <Sheet
      title="What happened"
      note="changes of state and notifications, newest first"
      actions={
        <Link to="/alerts/history" search={{ filter: `alertname=${JSON.stringify(rule.name)}` } as never}>
          All history
        </Link>
      }
    >
      {transitions.data === undefined && error === null && <Loading label="History" height={120} />}
      {transitions.data === undefined && error !== null && (
        <Failed what="Its history could not be loaded" error={error} onRetry={transitions.refetch} height={120} />
      )}
      {transitions.data !== undefined && (
        <Timeline
          withName
          transitions={transitions.data.pages[0]!.items.slice(0, 40)}
          notifications={(notifications.data?.pages[0]?.items ?? []).slice(0, 40)}
        />
      )}
    </Sheet>
  )
}

function Messages({
  detail,
  receiver,
  onReceiver,
}: {
  detail: RuleDetail
  receiver: string | undefined
  onReceiver: (receiver: string | undefined) => void
}) {
  const { rule, instances, receivers } = detail
  const chosen = receiver !== undefined && receivers.includes(receiver) ? receiver : undefined
  const sample = instances[0]
  const { data, error, isFetching, refetch } = useQuery({
    ...routing.messages({
      receivers: chosen === undefined ? [] : [chosen],
      labels: sample?.labels ?? { alertname: rule.name, ...rule.labels },
      annotations: sample?.annotations ?? rule.annotations,
    }),
    enabled: chosen !== undefined,
    staleTime: 30_000,
  })
  return (
    <Sheet
      title="What it says"
      note={
        sample === undefined
          ? 'made up: nothing of it is pending or firing'
          : 'for the first of its instances; nothing is sent'
      }
      actions={
        receivers.length > 0 && (
          <Segmented
            label="Receiver"
            value={chosen ?? ''}
            options={receivers.slice(0, 6).map((name) => ({ value: name, text: name }))}
            onChange={(name) => onReceiver(name === chosen ? undefined : name)}
          />
        )
      }
    >
      {receivers.length === 0 && <Empty title="Its alerts go to nobody">No route leads them to a receiver.</Empty>}
      {receivers.length > 0 && chosen === undefined && (
        <Empty title="Choose a receiver">Its message is rendered as it would be sent, secrets hidden.</Empty>
      )}
      {chosen !== undefined && data === undefined && isFetching && <Loading label="Message" height={100} />}
      {chosen !== undefined && data === undefined && error !== null && (
        <Failed what="The message could not be rendered" error={error} onRetry={refetch} />
      )}
      {chosen !== undefined &&
        data?.receivers.map((answer) => <MessagePreview key={answer.receiver} answer={answer} />)}
    </Sheet>
  )
}

function UnitTests({ detail }: { detail: RuleDetail }) {
  const run = useMutation({ mutationFn: () => runRuleTests(detail.rule.id) })
  return (
    <Sheet
      title="Unit tests"
      note={detail.testFiles.map(fileName).join(', ')}
      actions={
        <Button small disabled={run.isPending} onClick={() => run.mutate()}>
          {run.isPending ? 'Running…' : 'Run them'}
        </Button>
      }
    >
      {run.error !== null && <Failed what="The tests could not be run" error={run.error} />}
      {run.data === undefined && run.error === null && (
        <Empty title="Not run yet">Run them to see whether the rule does what its tests say.</Empty>
      )}
      {run.data?.files.map((file) => (
        <section key={file.file}>
          <p className={classes.sent}>
            <StateBadge tone={file.ok ? 'ok' : 'critical'}>{file.ok ? 'passed' : 'failed'}</StateBadge>
            <code>{fileName(file.file)}</code>
            <span className={classes.quiet}>
              {formatCount(file.tests)} {file.tests === 1 ? 'test' : 'tests'}
            </span>
          </p>
          {file.failures.map((failure) => (
            <pre key={failure.message} className={classes.query}>
              {failure.line === undefined ? '' : `line ${failure.line}: `}
              {failure.message}
            </pre>
          ))}
        </section>
      ))}
    </Sheet>
  )
}
