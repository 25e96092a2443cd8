import { type CheckedAlertmanagerConfig, lintAlertmanager, type Route } from '../alerting/index.ts'
import { type Place, parseYaml, type YamlDocument, type YamlPath } from '../config/index.ts'
import type { Arriving } from './arriving-alerts.ts'
import type { DoctorFinding } from './report.ts'

export type RoutingToExamine = {
  readonly text: string
  /** Without errors. */
  readonly checked: CheckedAlertmanagerConfig
  /** Receivers that an escalation tells. */
  readonly escalated?: readonly string[]
  /** Files of `templates`. */
  readonly templates: readonly { readonly file: string; readonly text: string }[]
}

/** Checks of reading the file that depend on which alerts there are. */
const CHECKS: ReadonlySet<string> = new Set(['routing/unreachable', 'routing/inhibition', 'routing/unused'])

/**
 * Routes that no alert comes to, inhibitions that never act, receivers nobody leads to, and labels that texts and groups
 * ask for although no alert has them. Alerts that cannot fire count for nothing.
 */
export function examineRouting(
  { text, checked, templates, escalated = [] }: RoutingToExamine,
  all: readonly Arriving[],
): DoctorFinding[] {
  const { config } = checked
  if (config === undefined) return []
  const living = all.filter(({ isDead }) => !isDead)
  const found: DoctorFinding[] = []
  const told = new Set<string>()
  const lint = (alerts: readonly Arriving[], suffix: string) => {
    if (alerts.length === 0) return
    const facts = alerts.map((alert) => alert.facts)
    for (const { check, place, message, hint } of lintAlertmanager(text, checked, facts, escalated)) {
      const key = `${check}:${place.line}`
      if (!CHECKS.has(check) || told.has(key)) continue
      told.add(key)
      found.push(finding(`${message}${suffix}`, place, hint, 'routing', 'warning', check))
    }
  }
  lint(all, '')
  if (living.length < all.length) lint(living, ': those that would cannot fire')
  if (living.length > 0)
    found.push(...groupLabels(config.route, living), ...texts(text, checked, { templates, escalated }, living))
  return found.sort((a, b) => (a.place.line ?? 0) - (b.place.line ?? 0))
}

function groupLabels(root: Route, alerts: readonly Arriving[]): DoctorFinding[] {
  const found: DoctorFinding[] = []
  const visit = (route: Route) => {
    if (route.groupBy !== 'all' && (route.own.has('group_by') || route === root)) {
      const missing = route.groupBy.filter((label) => !alerts.some((alert) => alert.carries(label)))
      if (missing.length > 0) {
        const message = `alerts are grouped by ${missing.join(', ')}, which no alert has`
        found.push(finding(message, route.place, undefined, 'group', 'note'))
      }
    }
    for (const child of route.routes) visit(child)
  }
  visit(root)
  return found
}

const ASKED = /\.(CommonLabels|GroupLabels|Labels|CommonAnnotations|Annotations)\.(\w+)/g
/** Methods of the maps, which look like names in them. */
const METHODS: ReadonlySet<string> = new Set(['SortedPairs', 'Names', 'Values', 'Remove'])

type Asked = { readonly map: string; readonly name: string; readonly offset: number }

function* askedNames(text: string): Generator<Asked> {
  for (const action of text.matchAll(/\{\{.*?\}\}/gs)) {
    for (const { 1: map, 2: name, index } of action[0].matchAll(ASKED)) {
      if (!METHODS.has(name!)) yield { map: map!, name: name!, offset: action.index + index }
    }
  }
}

function texts(
  text: string,
  { config, document }: CheckedAlertmanagerConfig,
  { templates, escalated }: Required<Pick<RoutingToExamine, 'templates' | 'escalated'>>,
  alerts: readonly Arriving[],
): DoctorFinding[] {
  const found = new Map<string, DoctorFinding>()
  const look = (source: string, receiver: string | undefined, at: (offset: number) => Place) => {
    for (const { map, name, offset } of askedNames(source)) {
      const key = `${receiver}:${map}.${name}`
      const why = found.has(key) ? undefined : missing(map, name, receiver)
      if (why !== undefined)
        found.set(key, finding(`.${map}.${name} is always empty: ${why}`, at(offset), undefined, 'template', 'warning'))
    }
  }
  const groupsOf = new Map<string, Set<string> | 'all'>()
  const visit = (route: Route) => {
    const known = groupsOf.get(route.receiver)
    const groups = route.groupBy === 'all' || known === 'all' ? 'all' : new Set([...(known ?? []), ...route.groupBy])
    groupsOf.set(route.receiver, groups)
    for (const child of route.routes) visit(child)
  }
  visit(config!.route)
  function missing(map: string, name: string, receiver: string | undefined): string | undefined {
    if (map.endsWith('Annotations')) {
      // Which level it is stands in what an escalation tells.
      if (name === 'escalation' && (receiver === undefined ? escalated.length > 0 : escalated.includes(receiver)))
        return undefined
      return alerts.some(({ annotations }) => annotations.has(name)) ? undefined : 'no rule has that annotation'
    }
    if (!alerts.some((alert) => alert.carries(name))) return 'no alert has that label'
    if (map !== 'GroupLabels' || receiver === undefined) return undefined
    const groups = groupsOf.get(receiver)
    if (groups === undefined || groups === 'all' || groups.has(name)) return undefined
    return `the routes to "${receiver}" do not group by it`
  }
  const written: YamlDocument = parseYaml(text, document!.file, { scalars: 'text' })
  const receivers = (written.value as { receivers?: unknown }).receivers
  for (const [i, receiver] of (Array.isArray(receivers) ? receivers : []).entries()) {
    const name = String((receiver as { name?: unknown } | null)?.name ?? '')
    for (const { text: source, path } of textsIn(receiver, ['receivers', i])) {
      look(source, name, (offset) => written.placeInText(path, offset))
    }
  }
  for (const { file, text: source } of templates) {
    look(source, undefined, (offset) => {
      const before = source.slice(0, offset)
      return { file, line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
    })
  }
  return [...found.values()]
}

function* textsIn(value: unknown, path: YamlPath): Generator<{ readonly text: string; readonly path: YamlPath }> {
  if (typeof value === 'string') {
    if (value.includes('{{')) yield { text: value, path }
  } else if (typeof value === 'object' && value !== null) {
    const entries: Iterable<readonly [string | number, unknown]> = Array.isArray(value)
      ? value.entries()
      : Object.entries(value)
    for (const [key, one] of entries) yield* textsIn(one, [...path, key])
  }
}

function finding(
  message: string,
  place: Place,
  hint: string | undefined,
  kind: DoctorFinding['kind'],
  severity: DoctorFinding['severity'],
  check = `doctor/${kind}`,
): DoctorFinding {
  return { check, kind, severity, message, place, ...(hint === undefined ? {} : { hint }) }
}
