import classes from './swatch.module.css'

/** The mark of a series beside its name. */
export function Swatch({ color, off = false }: { color: string; off?: boolean }) {
  return (
    <span
      className={classes.swatch}
      data-off={off || undefined}
      style={{ '--swatch': `var(--bn-${color})` } as React.CSSProperties}
    />
  )
}
