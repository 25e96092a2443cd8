import { useMemo } from 'react'
import classes from './sparkline.module.css'

const W = 100
const H = 32

/** A line without axes, for the eye only: its meaning stands beside it as text. Fills its box. */
export function Sparkline({
  values,
  color = 's1',
  min,
  max,
}: {
  values: readonly (number | null)[]
  color?: string
  min?: number
  max?: number
}) {
  const paths = useMemo(() => toPaths(values, min, max), [values, min, max])
  return (
    <svg
      className={classes.spark}
      viewBox={`0 0 ${W} ${H}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      style={{ '--spark': `var(--bn-${color})` } as React.CSSProperties}
    >
      <path className={classes.area} d={paths.area} />
      <path className={classes.line} d={paths.line} />
    </svg>
  )
}

/** One subpath for each run without gaps. */
export function toPaths(
  values: readonly (number | null)[],
  min?: number,
  max?: number,
): { line: string; area: string } {
  const known = values.filter((v) => v !== null)
  if (known.length === 0) return { line: '', area: '' }
  const low = min ?? Math.min(...known)
  const high = max ?? Math.max(...known)
  const flat = high - low <= Math.abs(high) * 1e-9
  const y = (value: number) => (flat ? (high === 0 ? H - 2 : H / 2) : H - 2 - ((value - low) / (high - low)) * (H - 4))
  const x = (i: number) => (values.length === 1 ? 0 : (i * W) / (values.length - 1))
  let line = ''
  let area = ''
  for (let i = 0; i < values.length; i++) {
    if (values[i] === null) continue
    const start = i
    let run = ''
    for (; i < values.length && values[i] !== null; i++)
      run += `${run === '' ? 'M' : 'L'}${x(i).toFixed(2)} ${y(values[i]!).toFixed(2)}`
    if (i - 1 === start) run += `h${(W / values.length).toFixed(2)}`
    line += run
    area += `${run}L${x(i - 1).toFixed(2)} ${H}L${x(start).toFixed(2)} ${H}Z`
  }
  return { line, area }
}
