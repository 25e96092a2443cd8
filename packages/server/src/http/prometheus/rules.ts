import { createHash } from 'node:crypto'
import { compileMatchers } from '@binnacle/promql'
import type { RuleAlertView, RuleGroupView, RulesPart, RuleView } from '../parts.ts'
import { type ApiDeps, type ApiRequest, api, type HttpApp, route } from './api.ts'
import { goTime, labelsJson } from './json.ts'
import { badParameter } from './params.ts'
import { matcherSets } from './selectors.ts'

/** `/api/v1/rules` and `/api/v1/alerts`. Source: prometheus.io, "HTTP API", "Rules" and "Alerts". */
export function mountRules(app: HttpApp, deps: ApiDeps, rules: RulesPart | undefined): void {
  const groups = () => rules?.groups() ?? []
  route(
    app,
    ['GET'],
    '/api/v1/rules',
    api(deps, (request) => ({ json: rulesJson(request, groups()) })),
  )
  route(
    app,
    ['GET'],
    '/api/v1/alerts',
    api(deps, () => ({ json: `{"alerts":[${alertsOf(groups()).map(alertJson).join(',')}]}` })),
  )
}

function alertsOf(groups: readonly RuleGroupView[]): RuleAlertView[] {
  return groups.flatMap(({ rules }) => rules.flatMap(({ alerts }) => alerts))
}

function rulesJson({ params }: ApiRequest, groups: readonly RuleGroupView[]): string {
  const names = new Set(params.getAll('rule_name[]'))
  const groupNames = new Set(params.getAll('rule_group[]'))
  const files = new Set(params.getAll('file[]'))
  const matchers = matcherSets(params.getAll('match[]')).map((set) => compileMatchers(set))
  const type = (params.get('type') ?? '').toLowerCase()
  if (type !== '' && type !== 'alert' && type !== 'record') {
    throw badParameter('type', `not supported value ${JSON.stringify(type)}`)
  }
  const withoutAlerts = excludesAlerts((params.get('exclude_alerts') ?? '').toLowerCase())
  const { limit, token } = pageOf(params)

  const wanted = ({ kind, name, labels }: RuleView) =>
    (type === '' || (type === 'alert') === (kind === 'alerting')) &&
    (names.size === 0 || names.has(name)) &&
    (matchers.length === 0 || matchers.some((matches) => matches(labels)))
  const shown: string[] = []
  let next = ''
  let isThere = token === ''
  for (const group of groups) {
    if (!isThere && tokenOf(group) !== token) continue
    isThere = true
    if (groupNames.size > 0 && !groupNames.has(group.name)) continue
    if (files.size > 0 && !files.has(group.file)) continue
    const rules = group.rules.filter(wanted)
    if (rules.length === 0) continue
    if (limit !== undefined && shown.length === limit) {
      next = tokenOf(group)
      break
    }
    shown.push(groupJson(group, rules, withoutAlerts))
  }
  if (!isThere) {
    throw badParameter('group_next_token', `invalid group_next_token '${token}'. were rule groups changed?`)
  }
  return `{"groups":[${shown.join(',')}]${next === '' ? '' : `,"groupNextToken":"${next}"`}}`
}

/** Yes or no in the words that Go knows. */
function excludesAlerts(text: string): boolean {
  if (['', '0', 'f', 'false'].includes(text)) return false
  if (['1', 't', 'true'].includes(text)) return true
  const why = `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`
  throw badParameter('exclude_alerts', `error converting exclude_alerts: ${why}`)
}

function pageOf(params: URLSearchParams): { limit: number | undefined; token: string } {
  const text = params.get('group_limit') ?? ''
  const token = params.get('group_next_token') ?? ''
  if (text === '') {
    if (token === '') return { limit: undefined, token }
    throw badParameter('group_next_token', 'group_limit needs to be present in order to paginate over the groups')
  }
  if (!/^[+-]?\d+$/.test(text)) {
    const why = `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`
    throw badParameter('group_limit', `group_limit needs to be a valid number: ${why}`)
  }
  const limit = Number(text)
  if (limit > 2 ** 31 - 1 || limit < -(2 ** 31)) {
    const why = `strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`
    throw badParameter('group_limit', `group_limit needs to be a valid number: ${why}`)
  }
  if (limit <= 0) throw badParameter('group_limit', 'group_limit needs to be greater than 0')
  return { limit, token }
}

function tokenOf({ file, name }: RuleGroupView): string {
  return createHash('sha1').update(`${file};${name}`).digest('hex')
}

function groupJson(group: RuleGroupView, rules: readonly RuleView[], withoutAlerts: boolean): string {
  const { name, file, intervalMs, limit, evaluationDurationMs, lastEvaluationMs } = group
  return (
    `{"name":${JSON.stringify(name)},"file":${JSON.stringify(file)},` +
    `"rules":[${rules.map((rule) => ruleJson(rule, withoutAlerts)).join(',')}],"interval":${intervalMs / 1000},` +
    `"limit":${limit},${timesJson(evaluationDurationMs, lastEvaluationMs)}}`
  )
}

function ruleJson(rule: RuleView, withoutAlerts: boolean): string {
  const { kind, name, query, labels, health, lastError, evaluationDurationMs, lastEvaluationMs } = rule
  const common =
    // Prometheus leaves them out of recording rules that have none.
    (kind === 'recording' && labels.length === 0 ? '' : `"labels":${labelsJson(labels)},`) +
    (kind === 'alerting'
      ? `"annotations":${labelsJson(rule.annotations)},"alerts":${withoutAlerts ? 'null' : `[${rule.alerts.map(alertJson).join(',')}]`},`
      : '') +
    `"health":${JSON.stringify(health)},${lastError === '' ? '' : `"lastError":${JSON.stringify(lastError)},`}` +
    `${timesJson(evaluationDurationMs, lastEvaluationMs)},"type":${JSON.stringify(kind)}}`
  const head = `"name":${JSON.stringify(name)},"query":${JSON.stringify(query)}`
  if (kind === 'recording') return `{${head},${common}`
  const durations = `"duration":${rule.forMs / 1000},"keepFiringFor":${rule.keepFiringForMs / 1000}`
  return `{"state":"${stateOf(rule)}",${head},${durations},${common}`
}

function timesJson(durationMs: number, lastMs: number | undefined): string {
  return `"evaluationTime":${durationMs / 1000},"lastEvaluation":"${goTime(lastMs)}"`
}

/** The worst of its alerts. Alerts that tell of missing data are none that Prometheus knows: they count as firing. */
function stateOf({ alerts }: RuleView): string {
  if (alerts.some(({ state }) => state !== 'pending')) return 'firing'
  return alerts.length > 0 ? 'pending' : 'inactive'
}

function alertJson({ labels, annotations, state, activeAtMs, keepFiringSinceMs, value }: RuleAlertView): string {
  const kept = keepFiringSinceMs === undefined ? '' : `"keepFiringSince":"${goTime(keepFiringSinceMs)}",`
  return (
    `{"labels":${labelsJson(labels)},"annotations":${labelsJson(annotations)},` +
    `"state":"${state === 'nodata' ? 'firing' : state}","activeAt":"${goTime(activeAtMs)}",${kept}"value":"${goExponent(value)}"}`
  )
}

/** As Go's `strconv.FormatFloat(value, 'e', -1, 64)`: the exponent has a sign and two digits at least. */
export function goExponent(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const [digits, exponent] = (Object.is(value, -0) ? '-0e+0' : value.toExponential()).split('e') as [string, string]
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
}
