import type { ReactNode } from 'react'
import classes from './page-head.module.css'

export type PageHeadProps = {
  title: ReactNode
  /** Figures after the title. */
  note?: ReactNode
  /** Pages that belong together, as links. */
  tabs?: ReactNode
  /** What can be done, at the right. */
  children?: ReactNode
  /** On a phone the top bar says the title already; set where it says another. */
  keepTitle?: boolean
}

/** The top of a page: its name, its figures, its neighbours, what can be done. */
export function PageHead({ title, note, tabs, children, keepTitle = false }: PageHeadProps) {
  return (
    <div className={classes.head}>
      <h1 data-kept={keepTitle || undefined}>
        {title}
        {note !== undefined && <small>{note}</small>}
      </h1>
      {tabs !== undefined && <nav aria-label="Neighbours">{tabs}</nav>}
      {children !== undefined && <div className={classes.tools}>{children}</div>}
    </div>
  )
}
