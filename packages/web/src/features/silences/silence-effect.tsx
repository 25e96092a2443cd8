import { Link } from '@tanstack/react-router'
import type { SilencePreview } from '../../api/index.ts'
import { AlertLine, TransitionWords, titleOf } from '../../ui/alert/index.ts'
import { formatCount } from '../../ui/format/index.ts'
import { LabelChips } from '../../ui/label-chips.tsx'
import { Empty, Failed, Loading, TooMuch } from '../../ui/notice.tsx'
import { Sheet } from '../../ui/sheet.tsx'
import { Age } from '../../ui/timestamp.tsx'
import classes from './silences.module.css'

const FIRST = 12

export type SilenceEffectProps = {
  preview: SilencePreview | undefined
  error: Error | null
  dimmed: boolean
  onRetry: () => void
}

/** What a silence would do: the alerts that it mutes now, and what it would have muted in the last 7 days. */
export function SilenceEffect({ preview, error, dimmed, onRetry }: SilenceEffectProps) {
  if (preview === undefined)
    return (
      <Sheet title="What it would do">
        {error === null ? (
          <Loading label="What it would do" height={120} />
        ) : (
          <Failed what="What it would mute could not be found out" error={error} onRetry={onRetry} height={120} />
        )}
      </Sheet>
    )
  const { now, past } = preview
  const services = [...new Set([...now.services, ...past.services])]
  return (
    <>
      {services.length > 1 && (
        <div className={classes.crosses}>
          <TooMuch>
            It crosses services: {services.slice(0, 6).join(', ')}
            {services.length > 6 && ` and ${services.length - 6} more`}. Is that meant? A matcher on one of them narrows
            it.
          </TooMuch>
        </div>
      )}
      <Sheet title="Mutes now" note={plural(now.count, 'alert')} span={6}>
        <div className={classes.list} data-dimmed={dimmed || undefined}>
          {now.count === 0 && <Empty title="Nothing that is pending or firing">It would mute what comes later.</Empty>}
          {now.items.slice(0, FIRST).map((alert) => (
            <AlertLine
              key={alert.fingerprint}
              alert={alert}
              rule={alert.rule === undefined ? undefined : preview.rules[alert.rule]}
            />
          ))}
          {now.count > FIRST && (
            <p className={classes.quiet}>and {formatCount(now.count - Math.min(FIRST, now.items.length))} more</p>
          )}
        </div>
      </Sheet>
      <Sheet
        title="Would have muted in the last 7 days"
        note={`${plural(past.count, 'alert')}${past.services.length > 0 ? ` of ${past.services.slice(0, 4).join(', ')}${past.services.length > 4 ? ' …' : ''}` : ''}`}
        span={6}
      >
        <div className={classes.list} data-dimmed={dimmed || undefined}>
          {past.count === 0 && <Empty title="Nothing began to fire that it would have muted" />}
          {past.items.slice(0, FIRST).map((event) => (
            <div key={event.id} className={classes.past}>
              <TransitionWords transition={event} />
              <span className={classes.what}>
                <Link to="/alerts/$fingerprint" params={{ fingerprint: event.fingerprint }}>
                  {titleOf(event.labels)}
                </Link>{' '}
                <LabelChips labels={event.labels} without={['alertname', 'severity']} most={3} />
              </span>
              <Age atMs={event.atMs} />
            </div>
          ))}
          {past.count > FIRST && <p className={classes.quiet}>and {formatCount(past.count - FIRST)} more</p>}
        </div>
      </Sheet>
    </>
  )
}

const plural = (count: number, word: string) => `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`
