import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { LabelMap, RouteExplanation } from '../../api/index.ts'
import { routing } from '../../api/index.ts'
import { MessagePreview, titleOf } from '../../ui/alert/index.ts'
import { LabelChips } from '../../ui/label-chips.tsx'
import { Failed, Loading } from '../../ui/notice.tsx'
import { Sheet } from '../../ui/sheet.tsx'
import { StateMark } from '../../ui/state-badge.tsx'
import classes from './routing.module.css'

/** What becomes of an alert with these labels: whom it reaches, in which group, what keeps it quiet, what it says. */
export function PathSheet({
  labels,
  annotations,
  explanation,
  placeOf,
}: {
  labels: LabelMap
  annotations: LabelMap | undefined
  explanation: RouteExplanation
  /** File and line of a route. */
  placeOf: (routeId: string) => string | undefined
}) {
  const { routes, silencedBy, inhibitedBy } = explanation
  const receivers = [...new Set(routes.map((r) => r.receiver))]
  const messages = useQuery({
    ...routing.messages({ receivers, labels, ...(annotations === undefined ? {} : { annotations }) }),
    enabled: receivers.length > 0,
    staleTime: 30_000,
  })
  const quiet = silencedBy.length > 0 || inhibitedBy.length > 0
  return (
    <>
      <Sheet title="What becomes of it" span={6}>
        {quiet && (
          <p className={classes.verdict}>
            <StateMark tone="warning" /> Nobody is told
            {inhibitedBy.length > 0 && (
              <>
                {' '}
                while{' '}
                {inhibitedBy.slice(0, 3).map((other, i) => (
                  <span key={other.fingerprint}>
                    {i > 0 && ', '}
                    <Link to="/alerts/$fingerprint" params={{ fingerprint: other.fingerprint }}>
                      {titleOf(other.labels)}
                    </Link>
                  </span>
                ))}{' '}
                {inhibitedBy.length === 1 ? 'inhibits' : 'inhibit'} it
              </>
            )}
            {silencedBy.length > 0 && (
              <>
                {' '}
                while{' '}
                {silencedBy.slice(0, 3).map((id, i) => (
                  <span key={id}>
                    {i > 0 && ', '}
                    <Link to="/silences" search={{ open: id } as never}>
                      silence {id.slice(0, 8)}
                    </Link>
                  </span>
                ))}{' '}
                {silencedBy.length === 1 ? 'is' : 'are'} active
              </>
            )}
            .
          </p>
        )}
        <ol className={classes.path}>
          {routes.map((route) => (
            <li key={route.routeId}>
              <p>
                <b>{route.receiver}</b>{' '}
                <span className={classes.inherited}>
                  by the route in <code>{placeOf(route.routeId) ?? route.routeId}</code>
                </span>
              </p>
              <dl>
                <dt>group</dt>
                <dd>
                  {Object.keys(route.groupLabels).length === 0 ? (
                    <span className={classes.inherited}>one for all</span>
                  ) : (
                    <LabelChips labels={route.groupLabels} whole />
                  )}
                </dd>
                <dt>group key</dt>
                <dd>
                  <code>{route.groupKey}</code>
                </dd>
                {route.mutedBy.length > 0 && (
                  <>
                    <dt>muted now by</dt>
                    <dd>{route.mutedBy.join(', ')}</dd>
                  </>
                )}
              </dl>
            </li>
          ))}
        </ol>
      </Sheet>
      <Sheet title="What is said" note="rendered as it would be sent; nothing is sent" span={6}>
        {messages.data === undefined && messages.error === null && <Loading label="Messages" height={100} />}
        {messages.data === undefined && messages.error !== null && (
          <Failed what="The messages could not be rendered" error={messages.error} onRetry={messages.refetch} />
        )}
        <div className={classes.messages}>
          {messages.data?.receivers.map((answer) => (
            <MessagePreview key={answer.receiver} answer={answer} />
          ))}
        </div>
      </Sheet>
    </>
  )
}
