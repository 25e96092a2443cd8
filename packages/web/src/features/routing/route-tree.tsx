import { IconArrowBounce } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { RouteNode } from '../../api/index.ts'
import { formatMatcher } from '../../ui/alert/index.ts'
import { formatCount, toPromDuration } from '../../ui/format/index.ts'
import classes from './routing.module.css'

export type RouteTreeProps = {
  root: RouteNode
  /** Ids of the routes that take the alert in question; absent where none is asked for. */
  taken: ReadonlySet<string> | undefined
}

/** Routes left to right. What a route inherits is grey; the path of an alert in question lights up. */
export function RouteTree({ root, taken }: RouteTreeProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section className={classes.scroll} tabIndex={0} aria-label="Routes">
      <ul className={classes.tree} data-asked={taken !== undefined || undefined}>
        <Branch route={root} taken={taken} isRoot />
      </ul>
    </section>
  )
}

function Branch({
  route,
  taken,
  isRoot = false,
}: {
  route: RouteNode
  taken: ReadonlySet<string> | undefined
  isRoot?: boolean
}) {
  const ends = taken?.has(route.id) ?? false
  const passes = ends || (taken !== undefined && [...taken].some((id) => id.startsWith(`${route.id}.`)))
  return (
    <li data-lit={passes || undefined}>
      <RouteCard route={route} isRoot={isRoot} ends={ends} passes={passes} />
      {route.routes.length > 0 && (
        <ul>
          {route.routes.map((child) => (
            <Branch key={child.id} route={child} taken={taken} />
          ))}
        </ul>
      )}
    </li>
  )
}

function RouteCard({
  route,
  isRoot,
  ends,
  passes,
}: {
  route: RouteNode
  isRoot: boolean
  ends: boolean
  passes: boolean
}) {
  const own = new Set(route.own)
  const live = sumOf(route)
  const place = placeOf(route)
  return (
    <article
      className={classes.route}
      id={`route-${route.id}`}
      data-lit={passes || undefined}
      data-ends={ends || undefined}
      aria-label={`Route ${route.id} to ${route.receiver}`}
    >
      <div className={classes.routeHead}>
        {isRoot ? (
          <span className={classes.inherited}>every alert</span>
        ) : route.matchers.length === 0 ? (
          <span className={classes.inherited}>everything that comes here</span>
        ) : (
          <ul className={classes.matchers}>
            {route.matchers.map((m) => (
              <li key={formatMatcher(m)}>{formatMatcher(m)}</li>
            ))}
          </ul>
        )}
        {live > 0 && (
          <Link
            to="/alerts"
            search={(isRoot ? {} : { receiver: route.receiver }) as never}
            className={classes.live}
            title={
              route.live === live ? 'alerts here now' : `${formatCount(route.live)} here, the others in its branches`
            }
          >
            {formatCount(live)}
            <span className="bn-hidden"> alerts now</span>
          </Link>
        )}
      </div>
      <p className={classes.receiver} data-own={own.has('receiver') || undefined}>
        <span aria-hidden="true">→</span> {route.receiver}
        {ends && <b className={classes.takes}>takes it</b>}
      </p>
      <p className={classes.timings}>
        <span data-own={own.has('group_by') || undefined} title="group_by">
          by{' '}
          {route.groupBy === 'all' ? 'all labels' : route.groupBy.length === 0 ? 'nothing' : route.groupBy.join(', ')}
        </span>
        <span data-own={own.has('group_wait') || undefined} title="group_wait">
          wait {toPromDuration(route.groupWaitMs)}
        </span>
        <span data-own={own.has('group_interval') || undefined} title="group_interval">
          every {toPromDuration(route.groupIntervalMs)}
        </span>
        <span data-own={own.has('repeat_interval') || undefined} title="repeat_interval">
          again {toPromDuration(route.repeatIntervalMs)}
        </span>
        {route.muteTimeIntervals.length > 0 && (
          <span data-own title="mute_time_intervals">
            muted in {route.muteTimeIntervals.join(', ')}
          </span>
        )}
        {route.activeTimeIntervals.length > 0 && (
          <span data-own title="active_time_intervals">
            only in {route.activeTimeIntervals.join(', ')}
          </span>
        )}
      </p>
      {(route.continue || place !== undefined) && (
        <p className={classes.foot}>
          {route.continue && (
            <span className={classes.continue}>
              <IconArrowBounce size={13} aria-hidden="true" /> continue: the next ones are tried as well
            </span>
          )}
          {place !== undefined && <code>{place}</code>}
        </p>
      )}
    </article>
  )
}

/** File and line of a route, where it has any. */
const placeOf = (route: RouteNode): string | undefined =>
  route.line === undefined ? undefined : `${(route.file ?? '').split('/').at(-1)}:${route.line}`

/** Where the route of this id stands in its file. */
export function placeOfId(root: RouteNode, id: string): string | undefined {
  if (root.id === id) return placeOf(root)
  for (const child of root.routes) {
    const place = placeOfId(child, id)
    if (place !== undefined) return place
  }
  return undefined
}

const sumOf = (route: RouteNode): number => route.routes.reduce((sum, child) => sum + sumOf(child), route.live)
