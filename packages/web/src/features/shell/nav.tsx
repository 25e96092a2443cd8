import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { alerts } from '../../api/index.ts'
import { BrandMark } from '../../ui/brand-mark.tsx'
import { formatCount } from '../../ui/format/index.ts'
import { toneOfSeverity } from '../../ui/severity-badge.tsx'
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
            {page.to === '/alerts' && <FiringCount />}
          </Link>
        </Fragment>
      ))}
      {children}
      <SelfCorner />
    </nav>
  )
}

/** How many alerts call for somebody, in the tone of the worst. */
function FiringCount() {
  const { data, isError } = useQuery({ ...alerts.summary(), refetchInterval: 5000 })
  if (data === undefined || isError) return null
  const count = data.calling
  if (count === 0) return null
  return (
    <b className={classes.count} data-tone={toneOfSeverity(data.severities[0]?.severity ?? '')}>
      {formatCount(count)}
      <span className="bn-hidden"> firing</span>
    </b>
  )
}
