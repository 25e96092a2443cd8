import { IconSend } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type Receiver, routing, testReceiver } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { Empty, Failed } from '../../ui/notice.tsx'
import { Sheet } from '../../ui/sheet.tsx'
import { StateBadge, StateMark } from '../../ui/state-badge.tsx'
import { Age } from '../../ui/timestamp.tsx'
import classes from './routing.module.css'

/** Everybody who can be told, with the last word of the other side, and a test that really goes out. */
export function ReceiversSheet({ receivers }: { receivers: readonly Receiver[] }) {
  return (
    <Sheet id="receivers" title="Receivers" note="a test is marked as such and goes out once">
      {receivers.length === 0 && <Empty title="No receiver is configured" />}
      <ul className={classes.receivers}>
        {receivers.map((receiver) => (
          <ReceiverRow key={receiver.name} receiver={receiver} />
        ))}
      </ul>
    </Sheet>
  )
}

function ReceiverRow({ receiver }: { receiver: Receiver }) {
  const client = useQueryClient()
  const test = useMutation({
    mutationFn: () => testReceiver(receiver.name),
    onSettled: () => client.invalidateQueries({ queryKey: routing.all }),
  })
  const { integrations } = receiver
  return (
    <li className={classes.receiverRow}>
      <h3>{receiver.name}</h3>
      <div className={classes.integrations}>
        {integrations.length === 0 && (
          <p className={classes.inherited}>Sends nothing: its alerts are shown here and nowhere else.</p>
        )}
        {integrations.map((integration) => {
          const { kind, index, lastSuccessMs, lastFailure } = integration
          const failing = lastFailure !== undefined && (lastSuccessMs === undefined || lastFailure.atMs > lastSuccessMs)
          const tone = failing ? 'critical' : lastSuccessMs === undefined ? 'unknown' : 'ok'
          return (
            <div key={`${kind}:${index}`} className={classes.integration}>
              <StateBadge tone={tone}>
                {failing ? 'fails' : lastSuccessMs === undefined ? 'not used' : 'works'}
              </StateBadge>
              <span>
                {kind}
                {index > 0 && ` ${index + 1}`}
                {!integration.sendResolved && <span className={classes.inherited}> · not told of the end</span>}
              </span>
              <span className={classes.inherited}>
                {lastSuccessMs !== undefined && (
                  <>
                    last sent <Age atMs={lastSuccessMs} />
                  </>
                )}
                {lastFailure !== undefined && (
                  <>
                    {lastSuccessMs !== undefined && ' · '}
                    {failing ? 'first failed' : 'last failed'}{' '}
                    <Age atMs={failing ? lastFailure.sinceMs : lastFailure.atMs} />:{' '}
                    <span className={failing ? classes.bad : undefined}>{lastFailure.answer}</span>
                  </>
                )}
              </span>
            </div>
          )
        })}
        {test.error !== null && <Failed what="The test could not be sent" error={test.error} />}
        {test.data?.deliveries.map((d) => (
          <div key={`${d.kind}:${d.index}`} className={classes.answer} role="status">
            <StateMark tone={d.ok ? 'ok' : 'critical'} />
            <span>
              <b>
                {d.kind}
                {d.index > 0 && ` ${d.index + 1}`} {d.ok ? 'took the test' : 'did not take the test'}
              </b>
              {d.status !== undefined && ` (HTTP ${d.status})`}
              {d.answer !== '' && (
                <>
                  : <code>{d.answer}</code>
                </>
              )}
            </span>
          </div>
        ))}
      </div>
      {integrations.length > 0 && (
        <Button
          small
          disabled={test.isPending}
          onClick={() => test.mutate()}
          aria-label={`Send a test to ${receiver.name}`}
        >
          <IconSend size={14} aria-hidden="true" /> {test.isPending ? 'Sending…' : 'Send a test'}
        </Button>
      )}
    </li>
  )
}
