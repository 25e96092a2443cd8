import type { Route } from '../config/index.ts'
import type { Matcher } from '../matcher/index.ts'
import { holds } from './alert-facts.ts'
import type { AlertFacts } from './fact.ts'

/** A route with those above it, the root first. */
export type Branch = { readonly route: Route; readonly above: readonly Route[] }

/** All routes of a tree, a parent before its branches. */
export function* branches(route: Route, above: readonly Route[] = []): Generator<Branch> {
  yield { route, above }
  for (const child of route.routes) yield* branches(child, [...above, route])
}

/** What alerts have to satisfy to be asked about at a route: its own matchers and those above. */
export const matchersOf = ({ route, above }: Branch): readonly Matcher[] =>
  [...above, route].flatMap(({ matchers }) => matchers)

/** Routes that are asked before this one or one above it, and end the search where they match. */
export function enders({ route, above }: Branch): readonly Route[] {
  const path = [...above, route]
  return path.slice(1).flatMap((one, i) => {
    const siblings = path[i]!.routes
    return siblings.slice(0, siblings.indexOf(one)).filter((sibling) => !sibling.continue)
  })
}

/** Rules whose alerts may come to a route, and those that would but for an earlier route. */
export function arrivals<A extends AlertFacts>(branch: Branch, alerts: readonly A[]) {
  const matchers = matchersOf(branch)
  const wanted = alerts.filter((alert) => holds(matchers, alert) !== 'never')
  const stopped = new Map<A, Route>()
  for (const alert of wanted) {
    const by = enders(branch).find((earlier) => holds(earlier.matchers, alert) === 'always')
    if (by) stopped.set(alert, by)
  }
  return { reaching: wanted.filter((alert) => !stopped.has(alert)), stopped }
}
