import { useEffect, useState } from 'react'
import { ApiError } from '../api/index.ts'
import { Button } from './button.tsx'
import classes from './notice.module.css'
import { StateMark } from './state-badge.tsx'

/** Nothing to show: why, and the way out. */
export function Empty({
  title,
  children,
  height,
}: {
  title: string
  children?: React.ReactNode
  height?: number | undefined
}) {
  return (
    <div className={classes.notice} style={{ minHeight: height }} role="status">
      <p className={classes.title}>
        <StateMark tone="unknown" />
        {title}
      </p>
      {children !== undefined && <div className={classes.body}>{children}</div>}
    </div>
  )
}

/** Something to wait for the first time. Later waits keep the old content and dim it. */
export function Loading({ label, height }: { label: string; height?: number | undefined }) {
  return (
    <div className={classes.loading} style={{ height }} role="status" aria-label={`${label}: loading`}>
      <span />
    </div>
  )
}

const RETRY_S = 10

/** What failed and why; tries again by itself, with a countdown, until it works. */
export function Failed({
  what,
  error,
  onRetry,
  height,
}: {
  what: string
  error: Error
  onRetry?: () => void
  height?: number | undefined
}) {
  const api = error instanceof ApiError ? error : undefined
  // What the query itself got wrong stays wrong: only what may heal is tried again.
  const heals =
    onRetry !== undefined &&
    (api === undefined || api.kind === 'unreachable' || api.status >= 500 || api.status === 429)
  const left = useCountdown(heals ? onRetry : undefined)
  return (
    <div className={classes.notice} style={{ minHeight: height }} role="alert">
      <p className={classes.title}>
        <StateMark tone="critical" />
        {what}
      </p>
      <div className={classes.body}>
        <p>
          {error.message}
          {api !== undefined && api.code !== '' && <code className={classes.code}>{api.code}</code>}
        </p>
        {api?.hint !== undefined && <p>{api.hint}</p>}
        {onRetry !== undefined && (
          <Button onClick={onRetry}>{heals ? `Try again (by itself in ${left} s)` : 'Try again'}</Button>
        )}
      </div>
    </div>
  )
}

function useCountdown(onZero: (() => void) | undefined): number {
  const [left, setLeft] = useState(RETRY_S)
  useEffect(() => {
    if (onZero === undefined) return
    const timer = setInterval(() => {
      if (!document.hidden) setLeft((s) => (s <= 1 ? 0 : s - 1))
    }, 1000)
    return () => clearInterval(timer)
  }, [onZero])
  useEffect(() => {
    if (left > 0 || onZero === undefined) return
    setLeft(RETRY_S)
    onZero()
  }, [left, onZero])
  return left
}

/** A limit was met: which one, what is shown, how to narrow. */
export function TooMuch({ children }: { children: React.ReactNode }) {
  return (
    <p className={classes.strip} role="status" data-tone="warning">
      <StateMark tone="warning" />
      <span>{children}</span>
    </p>
  )
}

/** A remark of the server on an answer that is valid all the same. */
export function Note({ children }: { children: React.ReactNode }) {
  return (
    <p className={classes.strip} role="status">
      <StateMark tone="info" />
      <span>{children}</span>
    </p>
  )
}
