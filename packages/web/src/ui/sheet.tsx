import type { ReactNode } from 'react'
import classes from './sheet.module.css'

export type SheetProps = {
  title?: ReactNode
  /** A few muted words after the title: scope, unit, source. */
  note?: ReactNode
  /** Buttons and links at the title's right. */
  actions?: ReactNode
  /** Columns of the page's twelve that it takes on a wide screen. */
  span?: number
  id?: string
  children: ReactNode
}

/** A sheet on the desk: the one container that pages are made of. */
export function Sheet({ title, note, actions, span = 12, id, children }: SheetProps) {
  return (
    <section className={classes.sheet} id={id} style={{ '--span': span } as React.CSSProperties}>
      {title !== undefined && (
        <header className={classes.head}>
          <h2>{title}</h2>
          {note !== undefined && <small>{note}</small>}
          {actions !== undefined && <div className={classes.actions}>{actions}</div>}
        </header>
      )}
      {children}
    </section>
  )
}

/** The page's grid of twelve columns; one column on a phone. */
export function Grid({ children }: { children: ReactNode }) {
  return <div className={classes.grid}>{children}</div>
}
