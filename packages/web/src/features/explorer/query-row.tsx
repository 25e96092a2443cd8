import type { HintKnowledge } from '@binnacle/promql'
import { formatPretty, parseExpr } from '@binnacle/promql'
import { Menu } from '@mantine/core'
import {
  IconArrowDown,
  IconArrowUp,
  IconCopy,
  IconCopyPlus,
  IconDots,
  IconEye,
  IconEyeOff,
  IconIndentIncrease,
  IconListTree,
  IconTag,
  IconX,
} from '@tabler/icons-react'
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { ApiError, type MetricMeta } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { StateMark } from '../../ui/state-badge.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { useCopy } from '../../ui/use-copy.ts'
import { Editor, hintsOf, placedRemark, problemOf, type QueryProblem } from './editor/index.ts'
import classes from './explorer.module.css'
import { usePromqlFeatures } from './promql-features.ts'
import type { Row } from './rows.ts'

export type QueryRowProps = {
  row: Row
  letter: string
  /** What was run; the row is marked while its text differs. */
  applied: string | undefined
  error: Error | null
  /** Remarks of the server on the answer, with their place in it. */
  notes: readonly string[]
  /** Series, time, step: said under the editor when there is an answer. */
  facts: string | undefined
  families: ReadonlyMap<string, MetricMeta> | undefined
  knowledge: HintKnowledge
  /** Where the row stands among the others, for what can be done with it. */
  place: { readonly isFirst: boolean; readonly isLast: boolean; readonly canAdd: boolean; readonly canRemove: boolean }
  autoFocus: boolean
  explained: boolean
  onChange: (change: Partial<Pick<Row, 'text' | 'legend'>>) => void
  onRun: () => void
  /** Takes a change over and runs it. */
  onApply: (change: Partial<Pick<Row, 'text' | 'legend' | 'hidden'>>) => void
  onMove: (by: 1 | -1) => void
  onDuplicate: () => void
  onRemove: () => void
  onExplain: () => void
  onRecall: (direction: 1 | -1) => void
}

/** One query: its letter, its editor, what can be done with it, what came of it. */
export function QueryRow({
  row,
  letter,
  applied,
  error,
  notes,
  facts,
  families,
  knowledge,
  place,
  autoFocus,
  explained,
  onChange,
  onRun,
  onApply,
  onMove,
  onDuplicate,
  onRemove,
  onExplain,
  onRecall,
}: QueryRowProps) {
  const { text, hidden, legend } = row
  const features = usePromqlFeatures()
  const [legendOpen, setLegendOpen] = useState(false)
  const legendField = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (!legendOpen) return
    // The menu that it was opened from gives the focus back to its button first.
    const timer = setTimeout(() => legendField.current?.focus(), 200)
    return () => clearTimeout(timer)
  }, [legendOpen])
  const { copied, copy } = useCopy()
  const written = useDeferredValue(text)
  const hints = useMemo(() => hintsOf(written, features, knowledge), [written, features, knowledge])
  const problems = useMemo((): QueryProblem[] => {
    const own = problemOf(written, features)
    if (own !== undefined) return [own]
    if (written !== applied) return hints
    const refused = error === null ? undefined : placedRemark(written, error.message, 'error')
    const remarks = notes.flatMap((note) => {
      const severity = note.startsWith('PromQL warning') ? 'warning' : 'info'
      return placedRemark(written, note, severity) ?? []
    })
    return [...(refused === undefined ? [] : [refused]), ...remarks, ...hints]
  }, [written, applied, features, hints, error, notes])
  const format = () => {
    try {
      onChange({ text: formatPretty(parseExpr(text, { features })) })
    } catch {
      // What does not parse is marked already; it stays as it is.
      return
    }
  }
  const dirty = applied !== undefined && applied !== text
  const showLegend = legendOpen || legend !== ''
  return (
    <div className={classes.query} data-hidden={hidden || undefined}>
      <span className={classes.letter} aria-hidden="true">
        {letter}
      </span>
      <div className={classes.field}>
        <Editor
          label={`Query ${letter}`}
          value={text}
          families={families}
          problems={problems}
          autoFocus={autoFocus}
          onChange={(next) => onChange({ text: next })}
          onRun={onRun}
          onRecall={onRecall}
          onFormat={format}
        />
      </div>
      <div className={classes.rowTools}>
        {applied !== undefined && (
          <>
            <Button
              icon
              look="quiet"
              active={explained}
              aria-label={`Explain query ${letter}`}
              aria-pressed={explained}
              title="Explain (e)"
              onClick={onExplain}
            >
              <IconListTree size={16} aria-hidden="true" />
            </Button>
            <Button
              icon
              look="quiet"
              aria-label={hidden ? `Show query ${letter}` : `Hide query ${letter}`}
              aria-pressed={hidden}
              title={hidden ? 'Show' : 'Hide'}
              onClick={() => onApply({ hidden: !hidden })}
            >
              {hidden ? <IconEyeOff size={16} aria-hidden="true" /> : <IconEye size={16} aria-hidden="true" />}
            </Button>
          </>
        )}
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button icon look="quiet" aria-label={`More for query ${letter}`} title="More">
              <IconDots size={16} aria-hidden="true" />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<IconIndentIncrease size={14} aria-hidden="true" />}
              rightSection={<kbd>Shift Alt F</kbd>}
              disabled={text.trim() === ''}
              onClick={format}
            >
              Format
            </Menu.Item>
            <Menu.Item leftSection={<IconTag size={14} aria-hidden="true" />} onClick={() => setLegendOpen(true)}>
              Name its series
            </Menu.Item>
            <Menu.Item
              leftSection={<IconCopy size={14} aria-hidden="true" />}
              disabled={text.trim() === ''}
              onClick={() => copy(text)}
            >
              Copy PromQL
            </Menu.Item>
            <Menu.Item
              leftSection={<IconCopyPlus size={14} aria-hidden="true" />}
              disabled={!place.canAdd}
              onClick={onDuplicate}
            >
              Duplicate
            </Menu.Item>
            <Menu.Item
              leftSection={<IconArrowUp size={14} aria-hidden="true" />}
              disabled={place.isFirst}
              onClick={() => onMove(-1)}
            >
              Move up
            </Menu.Item>
            <Menu.Item
              leftSection={<IconArrowDown size={14} aria-hidden="true" />}
              disabled={place.isLast}
              onClick={() => onMove(1)}
            >
              Move down
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        {place.canRemove && (
          <Button icon look="quiet" aria-label={`Remove query ${letter}`} title="Remove" onClick={onRemove}>
            <IconX size={16} aria-hidden="true" />
          </Button>
        )}
      </div>
      {showLegend && (
        <div className={classes.legendField}>
          <TextField
            label={`Names of the series of query ${letter}`}
            placeholder="{{label}} and words, such as {{route}} ({{code}})"
            icon={<IconTag size={14} aria-hidden="true" />}
            value={legend}
            ref={legendField}
            onChange={(event) => onChange({ legend: event.target.value })}
            onBlur={() => {
              if (legend === '') setLegendOpen(false)
              onRun()
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') onRun()
              else if (event.key === 'Escape') event.currentTarget.blur()
            }}
          />
        </div>
      )}
      <div className={classes.facts}>
        {error !== null && !hidden && applied !== undefined ? (
          <QueryError error={error} query={applied} />
        ) : (
          <span>{copied ? 'copied' : hidden ? 'hidden' : facts}</span>
        )}
        {dirty && (
          <span>
            changed: <kbd>Enter</kbd> runs it
          </span>
        )}
      </div>
      {hints.length > 0 && !hidden && (
        <ul className={classes.hints}>
          {hints.slice(0, 3).map((hint) => (
            <li key={hint.message + hint.from}>
              <StateMark tone="info" /> <span>{hint.message}.</span>
              {hint.fix !== undefined && (
                <Button
                  small
                  onClick={() =>
                    onApply({ text: written.slice(0, hint.from) + hint.fix!.text + written.slice(hint.to) })
                  }
                >
                  {hint.fix.label}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** The server's words, and the place in the query where they apply. */
function QueryError({ error, query }: { error: Error; query: string }) {
  const place = problemOf(query, usePromqlFeatures()) ?? placedRemark(query, error.message, 'error')
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
