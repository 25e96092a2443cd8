import classes from './state-badge.module.css'

export type StateTone = 'critical' | 'warning' | 'info' | 'ok' | 'unknown'

/** A state as shape, word and colour, always in the same three, so that none of them alone carries it. */
export function StateBadge({ tone, children }: { tone: StateTone; children: React.ReactNode }) {
  return (
    <span className={classes.badge} data-tone={tone}>
      <StateMark tone={tone} />
      {children}
    </span>
  )
}

const SHAPES: Readonly<Record<StateTone, string>> = {
  critical: 'M5 0 10 5 5 10 0 5Z',
  warning: 'M5 .5 10 9.5H0Z',
  info: 'M5 0a5 5 0 1 0 0 10A5 5 0 1 0 5 0Z',
  ok: 'M3.9 9 .4 5.4l1.5-1.5 2 2L8.2 1.3l1.5 1.5Z',
  unknown: 'M5 0a5 5 0 1 0 0 10A5 5 0 1 0 5 0Zm0 2.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 1 1 0-5.6Z',
}

/** The shape alone, for where the word stands beside it anyway. */
export function StateMark({ tone }: { tone: StateTone }) {
  return (
    <svg className={classes.mark} data-tone={tone} width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
      <path d={SHAPES[tone]} fill="currentColor" fillRule="evenodd" />
    </svg>
  )
}
