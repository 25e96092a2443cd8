import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { BrandMark } from '../../ui/brand-mark.tsx'
import { PAGES } from './pages.ts'
import { SelfCorner } from './self-corner.tsx'
import classes from './shell.module.css'

/** The pages at the left; the same inside the drawer on a phone. */
export function Nav({ onGo, children }: { onGo?: () => void; children?: React.ReactNode }) {
  return (
    <nav className={classes.nav} aria-label="Pages">
      <Link to="/" className={classes.brand} {...(onGo && { onClick: onGo })}>
        <BrandMark />
        Binnacle
      </Link>
      {PAGES.map((page) => (
        <Fragment key={page.to}>
          {page.group !== undefined && <h2>{page.group}</h2>}
          <Link
            to={page.to}
            activeOptions={{ exact: page.to === '/', includeSearch: false }}
            activeProps={{ 'aria-current': 'page' }}
            title={`g ${page.key}`}
            {...(onGo && { onClick: onGo })}
          >
            <page.icon size={16} stroke={1.7} aria-hidden="true" />
            {page.name}
          </Link>
        </Fragment>
      ))}
      {children}
      <SelfCorner />
    </nav>
  )
}
