import type { Labels } from '@binnacle/promql'
import type { Route } from '../config/index.ts'
import { formatLabelSet } from '../fingerprint.ts'
import { matchesAll } from '../matcher/index.ts'

/**
 * The routes that an alert takes, in the order of the file: of each branch that matches the deepest ones; the next branch
 * beside it is asked only after `continue`. Never empty for the root.
 * Source: Alertmanager's documentation, "Configuration", `<route>`.
 */
export function matchRoutes(root: Route, labels: Labels): readonly Route[] {
  const found: Route[] = []
  if (matchesAll(root.matchers, labels)) collect(root, labels, found)
  return found
}

function collect(route: Route, labels: Labels, found: Route[]): void {
  const before = found.length
  for (const child of route.routes) {
    if (!matchesAll(child.matchers, labels)) continue
    collect(child, labels, found)
    if (!child.continue) break
  }
  if (found.length === before) found.push(route)
}

/** The labels by which a route groups an alert, and the key of that group; the key starts as Alertmanager's does. */
export function groupOf(route: Route, labels: Labels): { readonly labels: Labels; readonly key: string } {
  const own = route.groupBy === 'all' ? labels : pick(labels, route.groupBy)
  return { labels: own, key: `${route.key}:${formatLabelSet(own)}` }
}

/** Labels that the alert lacks are left out. */
function pick(labels: Labels, names: readonly string[]): Labels {
  const flat: string[] = []
  for (let i = 0; i < labels.length; i += 2) if (names.includes(labels[i]!)) flat.push(labels[i]!, labels[i + 1]!)
  return flat
}

/** All routes, a parent before its branches. */
export function* walkRoutes(route: Route): Generator<Route> {
  yield route
  for (const child of route.routes) yield* walkRoutes(child)
}
