import { IconEye, IconEyeOff, IconX } from '@tabler/icons-react'
import type { MetricMeta } from '../../api/index.ts'
import { ApiError } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { StateMark } from '../../ui/state-badge.tsx'
import { Editor } from './editor.tsx'
import classes from './explorer.module.css'
import { usePromqlFeatures } from './promql-features.ts'
import { problemOf } from './selectors.ts'

export type QueryRowProps = {
  letter: string
  text: string
  /** What was run; the row is marked while its text differs. */
  applied: string | undefined
  hidden: boolean
  error: Error | null
  /** Series, time, step: said under the editor when there is an answer. */
  facts: string | undefined
  families: ReadonlyMap<string, MetricMeta> | undefined
  autoFocus: boolean
  onChange: (text: string) => void
  onRun: () => void
  onHide: () => void
  onRemove: (() => void) | undefined
}

/** One query: its letter, its editor, what came of it. */
export function QueryRow({ letter, text, applied, hidden, error, facts, onHide, onRemove, ...editor }: QueryRowProps) {
  const dirty = applied !== undefined && applied !== text
  return (
    <div className={classes.query} data-hidden={hidden || undefined}>
      <span className={classes.letter} aria-hidden="true">
        {letter}
      </span>
      <div className={classes.field}>
        <Editor label={`Query ${letter}`} value={text} {...editor} />
      </div>
      <div className={classes.rowTools}>
        {onRemove !== undefined && applied !== undefined && (
          <Button
            icon
            look="quiet"
            aria-label={hidden ? `Show query ${letter}` : `Hide query ${letter}`}
            aria-pressed={hidden}
            title={hidden ? 'Show' : 'Hide'}
            onClick={onHide}
          >
            {hidden ? <IconEyeOff size={16} aria-hidden="true" /> : <IconEye size={16} aria-hidden="true" />}
          </Button>
        )}
        {onRemove !== undefined && (
          <Button icon look="quiet" aria-label={`Remove query ${letter}`} title="Remove" onClick={onRemove}>
            <IconX size={16} aria-hidden="true" />
          </Button>
        )}
      </div>
      <div className={classes.facts}>
        {error !== null && !hidden && applied !== undefined ? (
          <QueryError error={error} query={applied} />
        ) : (
          <span>{hidden ? 'hidden' : facts}</span>
        )}
        {dirty && (
          <span>
            changed: <kbd>Enter</kbd> runs it
          </span>
        )}
      </div>
    </div>
  )
}

/** The server's words, and the place in the query where they apply. */
function QueryError({ error, query }: { error: Error; query: string }) {
  const place = problemOf(query, usePromqlFeatures())
  const hint = error instanceof ApiError ? error.hint : undefined
  return (
    <div className={classes.error} role="alert">
      <p>
        <StateMark tone="critical" /> {error.message.replace(/^invalid parameter "query": /, '')}
      </p>
      {place !== undefined && (
        <pre>
          {query.slice(Math.max(0, place.from - 40), place.from)}
          <mark>{query.slice(place.from, place.to)}</mark>
          {query.slice(place.to, place.to + 40)}
        </pre>
      )}
      {hint !== undefined && <p>{hint}</p>}
    </div>
  )
}
