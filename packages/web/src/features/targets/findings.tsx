import { IconChevronRight } from '@tabler/icons-react'
import type { Finding } from '../../api/index.ts'
import { formatCount } from '../../ui/format/index.ts'
import { Sheet } from '../../ui/sheet.tsx'
import { StateBadge, StateMark } from '../../ui/state-badge.tsx'
import classes from './targets.module.css'

export type FindingsProps = {
  readonly findings: readonly Finding[]
  readonly reloadError: string | undefined
  /** The address asks for it. */
  readonly asked: boolean
}

/** What the files say that is wrong or not used: open where something is wrong, one line where there are warnings only. */
export function Findings({ findings, reloadError, asked }: FindingsProps) {
  const errors = findings.filter((f) => f.tone === 'critical').length
  const warnings = findings.length - errors
  const open = asked || errors > 0 || reloadError !== undefined
  return (
    <Sheet id="configuration">
      <details className={classes.findings} open={open} key={String(open)}>
        <summary>
          <IconChevronRight size={14} aria-hidden="true" />
          <h2>Configuration</h2>
          {errors > 0 && (
            <span>
              <StateMark tone="critical" /> {plural(errors, 'error')}
            </span>
          )}
          {warnings > 0 && (
            <span>
              <StateMark tone="warning" /> {plural(warnings, 'warning')}
            </span>
          )}
        </summary>
        {reloadError !== undefined && (
          <p className={classes.error}>The last reload failed, the configuration before it goes on: {reloadError}</p>
        )}
        <ul>
          {findings.map((f) => (
            <li key={`${f.pool}:${f.file}:${f.line}:${f.column}:${f.message}`}>
              <StateBadge tone={f.tone}>{f.word}</StateBadge>
              <code title={f.file}>{placeOf(f)}</code>
              <span>
                {f.message}
                {f.pool !== undefined && <i> · targets of job {f.pool} stay as they were</i>}
              </span>
            </li>
          ))}
        </ul>
      </details>
    </Sheet>
  )
}

/** The last two parts of the path and the place in it: enough to know the file; the whole stands in the title. */
function placeOf({ file, line, column, pool }: Finding): string {
  if (file === undefined) return pool === undefined ? 'binnacle' : `job ${pool}`
  const name = file.split('/').slice(-2).join('/')
  if (line === undefined) return name
  return column === undefined ? `${name}:${line}` : `${name}:${line}:${column}`
}

const plural = (count: number, word: string) => `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`
