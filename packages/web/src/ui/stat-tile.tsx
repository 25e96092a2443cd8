import { Sparkline } from './chart/sparkline.tsx'
import type { Quantity } from './format/index.ts'
import classes from './stat-tile.module.css'

export type StatTileProps = {
  name: string
  /** `undefined` while it is not known yet. */
  value: Quantity | undefined
  /** What the figure is measured against: `of 16 GiB`, `8 cores`. */
  note?: string | undefined
  values?: readonly (number | null)[]
  color?: string
  min?: number
  max?: number
  /** A state's token when the figure itself is a finding. */
  tone?: 'critical' | 'warning' | undefined
  stale?: boolean
}

/** One figure, what it is of, and how it came there. */
export function StatTile({ name, value, note, values, color = 's1', tone, stale = false, ...ends }: StatTileProps) {
  return (
    <section className={classes.tile} aria-label={name} data-stale={stale || undefined}>
      <h3>{name}</h3>
      <p className={classes.value} data-tone={tone}>
        {value === undefined ? (
          <span className={classes.wait}>–</span>
        ) : (
          <>
            {value.figure}
            <i>{value.unit}</i>
          </>
        )}
        {tone !== undefined && <span className="bn-hidden">, {tone}</span>}
      </p>
      <p className={classes.note}>{note ?? '\u00a0'}</p>
      <div className={classes.spark}>
        {values !== undefined && <Sparkline values={values} color={tone ?? color} {...ends} />}
      </div>
    </section>
  )
}

/** Tiles in a row, as many as fit. */
export function Tiles({ children }: { children: React.ReactNode }) {
  return <div className={classes.tiles}>{children}</div>
}
