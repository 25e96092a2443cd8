import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ActiveTarget, scrapeNow } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code-block.tsx'
import { formatDuration } from '../../ui/format/index.ts'
import { Failed } from '../../ui/notice.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { changesOf } from './group-targets.ts'
import classes from './targets.module.css'

/** Labels before and after relabelling, and the raw answer when asked for now. */
export function TargetDetail({ target }: { target: ActiveTarget }) {
  const scrape = useMutation({ mutationFn: (id: string) => scrapeNow(id) })
  const answer = scrape.data
  const changes = changesOf(target.discoveredLabels, target.labels)
  return (
    <div className={classes.detail}>
      <div className={classes.detailHead}>
        {target.scrapeUrl === '' ? (
          <span>built in, read without a network</span>
        ) : (
          <code className={classes.url}>{target.scrapeUrl}</code>
        )}
        <span>
          every {target.scrapeInterval}, at most {target.scrapeTimeout}
        </span>
        <Link
          to="/explore"
          search={{ q: [`{job="${target.labels.job}",instance="${target.labels.instance}"}`], view: 'table' } as never}
        >
          Its series
        </Link>
        {target.id !== undefined && (
          <Button small disabled={scrape.isPending} onClick={() => scrape.mutate(target.id!)}>
            {scrape.isPending ? 'Scraping…' : 'Scrape now'}
          </Button>
        )}
      </div>
      {scrape.error !== null && <Failed what="The scrape could not be asked for" error={scrape.error} />}
      {answer !== undefined && (
        <section className={classes.answer} aria-label="Raw answer">
          <p>
            {answer.error !== undefined ? (
              <StateBadge tone="critical">failed</StateBadge>
            ) : (
              <StateBadge tone={answer.status === 200 ? 'ok' : 'critical'}>{`HTTP ${answer.status}`}</StateBadge>
            )}
            <span>{formatDuration(answer.durationMs)}</span>
            {answer.contentType !== undefined && <code>{answer.contentType}</code>}
          </p>
          {answer.error !== undefined && <p className={classes.error}>{answer.error}</p>}
          {answer.body !== '' && <CodeBlock text={answer.body} label="raw answer" />}
          <p className={classes.quiet}>Shown only: nothing of this answer was stored.</p>
        </section>
      )}
      <table className={classes.labels}>
        <thead>
          <tr>
            <th>label</th>
            <th>as discovered</th>
            <th>after relabelling</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((c) => (
            <tr key={c.name} data-changed={c.before !== c.after || undefined}>
              <th scope="row">{c.name}</th>
              <td>{c.before ?? '–'}</td>
              <td>{c.after ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
