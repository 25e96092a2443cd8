import type { YamlPath } from '../../config/index.ts'
import { compareBytes, compareMatchers, createMatcher, formatMatchers, type Matcher } from '../matcher/index.ts'
import type { Route } from './alertmanager-config.ts'
import { type Reader, readMatchers } from './reader.ts'
import { type RouteInput, routeSchema } from './schema.ts'

const KEYS = { equal: 'match', regex: 'match_re', list: 'matchers' }

/** What the root has where it says nothing. Source: Alertmanager's documentation, "Configuration", `<route>`. */
const DEFAULTS = {
  receiver: '',
  groupBy: [] as readonly string[] | 'all',
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  repeatIntervalMs: 14_400_000,
}

/** Names that routes may use. */
export type Known = { readonly receivers: ReadonlySet<string>; readonly timeIntervals: ReadonlySet<string> }

/** The route tree below `route`. Reports everything that Alertmanager refuses; undefined when there is no root. */
export function readRoute(reader: Reader, known: Known): Route | undefined {
  const given = reader.at(['route'])
  if (given === undefined || given === null) {
    const message = 'no route provided in config'
    reader.report(message, given === null ? ['route'] : [], 'expected a root route: route: {receiver: NAME}')
    return undefined
  }
  const input = reader.check(['route'], routeSchema)
  if (input === undefined) {
    reportBelow(reader, ['route'])
    return undefined
  }
  if (!input.receiver) reader.report('root route must specify a default receiver', ['route'])
  for (const key of ['match', 'match_re', 'matchers'] as const) {
    const rules = input[key]
    if (rules != null && Object.keys(rules).length > 0) {
      reader.report('root route must not have any matchers', ['route', key])
      break
    }
  }
  if (input.mute_time_intervals?.length) {
    reader.report('root route must not have any mute time intervals', ['route', 'mute_time_intervals'])
  }
  if (input.active_time_intervals?.length) {
    reader.report('root route must not have any active time intervals', ['route', 'active_time_intervals'])
  }
  if (input.continue) reader.report('cannot have continue in root route', ['route', 'continue'])
  return toRoute({ reader, known }, { input, path: ['route'], id: '0' }, undefined)
}

type Node = { readonly input: RouteInput; readonly path: YamlPath; readonly id: string }

function toRoute(context: { reader: Reader; known: Known }, node: Node, parent: Route | undefined): Route {
  const { reader, known } = context
  const { input, path, id } = node
  const inherited = parent ?? DEFAULTS
  const matchers = readMatchers(reader, path, KEYS, input).sort(compareMatchers)
  if (input.receiver && !known.receivers.has(input.receiver)) {
    reader.report(`undefined receiver ${JSON.stringify(input.receiver)} used in route`, [...path, 'receiver'])
  }
  for (const key of ['mute_time_intervals', 'active_time_intervals'] as const) {
    for (const [i, name] of (input[key] ?? []).entries()) {
      if (!known.timeIntervals.has(name)) {
        reader.report(`undefined time interval ${JSON.stringify(name)} used in route`, [...path, key, i])
      }
    }
  }
  for (const key of ['group_interval', 'repeat_interval'] as const) {
    if (input[key] === 0) reader.report(`${key} cannot be zero`, [...path, key])
  }
  const route: Omit<Route, 'routes'> = {
    key: `${parent ? `${parent.key}/` : ''}${formatMatchers(keyMatchers(matchers, input))}`,
    id,
    receiver: input.receiver || inherited.receiver,
    matchers,
    continue: input.continue ?? false,
    groupBy: readGroupBy(reader, path, input) ?? inherited.groupBy,
    groupWaitMs: input.group_wait ?? inherited.groupWaitMs,
    groupIntervalMs: input.group_interval ?? inherited.groupIntervalMs,
    repeatIntervalMs: input.repeat_interval ?? inherited.repeatIntervalMs,
    muteTimeIntervals: input.mute_time_intervals ?? [],
    activeTimeIntervals: input.active_time_intervals ?? [],
    own: new Set(Object.keys(input).filter((key) => (input as Record<string, unknown>)[key] != null)),
    place: reader.document.placeOf(path),
  }
  const routes: Route[] = []
  for (const [i, raw] of (input.routes ?? []).entries()) {
    const at = [...path, 'routes', i]
    if (raw === null) {
      reader.report('expected a route', at)
      continue
    }
    const child = reader.check(at, routeSchema)
    if (child === undefined) reportBelow(reader, at)
    else routes.push(toRoute(context, { input: child, path: at, id: `${id}.${i}` }, { ...route, routes: [] }))
  }
  return { ...route, routes }
}

/** Alertmanager keeps the regular expressions of `match_re` with their anchors, and its keys show them. */
function keyMatchers(matchers: readonly Matcher[], input: RouteInput): readonly Matcher[] {
  const anchored = new Set(Object.keys(input.match_re ?? {}))
  if (anchored.size === 0) return matchers
  return matchers
    .map((matcher) => {
      const { kind, name, value } = matcher
      const old = kind === '=~' && anchored.has(name) && input.match_re?.[name] === value
      return old ? createMatcher(kind, name, `^(?:${value})$`) : matcher
    })
    .sort(compareMatchers)
}

function readGroupBy(reader: Reader, path: YamlPath, input: RouteInput): readonly string[] | 'all' | undefined {
  const given = input.group_by
  if (given === undefined) return undefined
  const names = given.filter((name) => name !== '...')
  const all = names.length < given.length
  for (const [i, name] of given.entries()) {
    const at = [...path, 'group_by', i]
    if (name === '') reader.report('invalid label name "" in group_by list', at)
    else if (name !== '...' && given.indexOf(name) < i) {
      reader.report(`duplicated label ${JSON.stringify(name)} in group_by`, at)
    }
  }
  if (all && names.length > 0) {
    const message = 'cannot have wildcard group_by (`...`) and other labels at the same time'
    reader.report(message, [...path, 'group_by'])
  }
  return all ? 'all' : [...names].sort(compareBytes)
}

/** Findings of the branches of a route that is wrong itself. */
function reportBelow(reader: Reader, path: YamlPath): void {
  const routes = reader.at([...path, 'routes'])
  if (!Array.isArray(routes)) return
  for (const [i, raw] of routes.entries()) {
    const at = [...path, 'routes', i]
    if (raw === null) reader.report('expected a route', at)
    else {
      reader.check(at, routeSchema)
      reportBelow(reader, at)
    }
  }
}
