import { labelRecord, labelsOf } from '@binnacle/promql'
import { fingerprintOf, matchRoutes } from '../../../alerting/index.ts'
import { BinnacleError } from '../../../config/index.ts'
import type { HttpRequest } from '../../http-request.ts'
import type { ChecksPart, RuleAlertView, RulesPart } from '../../parts.ts'
import { createFindSent } from './find-sent.ts'
import type { IndexedRule } from './rule-index.ts'
import type { AlertingView } from './snapshot.ts'
import { groupJson, numberText, ruleJson } from './to-json.ts'

const MAX_INSTANCES = 1000

/** `GET /rules`: all groups with their rules, without instances. */
export function listRules(view: AlertingView, rules: RulesPart | undefined): unknown {
  const { index } = view.read()
  return {
    groups: (rules?.groups() ?? []).map((group) => ({
      ...groupJson(group),
      rules: group.rules.map((rule) => ruleJson({ rule, group }, index)),
    })),
  }
}

/** `GET /rules/:id`: a rule with its instances and whom they would reach. */
export async function showRule(
  view: AlertingView,
  request: HttpRequest,
  checks: ChecksPart | undefined,
): Promise<unknown> {
  const found = ruleOf(view, request)
  const { rule, group } = found
  const { index } = view.read()
  const alerts = [...rule.alerts].sort(
    (a, b) => Number(b.state === 'firing') - Number(a.state === 'firing') || b.activeAtMs - a.activeAtMs,
  )
  return {
    rule: ruleJson(found, index),
    group: groupJson(group),
    instances: alerts.slice(0, MAX_INSTANCES).map(await instanceJsonOf(view, rule.id)),
    instanceCount: alerts.length,
    receivers: receiversOf(view, found),
    testFiles: checks?.testFiles(rule) ?? [],
  }
}

/** `POST /rules/:id/test`: runs the rule tests that name it. */
export function testRule(view: AlertingView, request: HttpRequest, checks: ChecksPart | undefined): Promise<unknown> {
  const { rule } = ruleOf(view, request)
  const files = checks?.testFiles(rule) ?? []
  if (checks === undefined || files.length === 0)
    throw new BinnacleError('http.not_offered', `no rule tests are configured for "${rule.name}"`, {
      kind: 'unavailable',
    })
  return checks.runTests(files, request.signal)
}

function ruleOf(view: AlertingView, request: HttpRequest): IndexedRule {
  const id = request.param('rule')
  const found = view.read().index.byId(id)
  if (found !== undefined) return found
  throw new BinnacleError('http.unknown_rule', `there is no rule "${id}"`, {
    kind: 'missing',
    hint: 'it was removed or renamed; the list of rules has those that are loaded',
  })
}

/** An instance with the labels and the identity of its alert as it is sent: external labels come in addition. */
async function instanceJsonOf(view: AlertingView, ruleId: string) {
  const rows = await view.read().rows()
  const findSent = createFindSent(rows.filter((row) => row.rule?.rule.id === ruleId))
  return (alert: RuleAlertView) => {
    const sent = findSent(alert.labels)
    return {
      fingerprint: sent?.fingerprint ?? fingerprintOf(alert.labels),
      labels: labelRecord(sent?.labels ?? alert.labels),
      annotations: labelRecord(alert.annotations),
      state: alert.state,
      activeAtMs: alert.activeAtMs,
      keepFiringSinceMs: alert.keepFiringSinceMs,
      value: numberText(alert.value),
    }
  }
}

/** Receivers of its alerts: of those that it has, or of one that would have just its plain labels. */
function receiversOf(view: AlertingView, { rule }: IndexedRule): readonly string[] {
  if (rule.kind !== 'alerting') return []
  const { root } = view.part().routing()
  const plain: [string, string][] = [['alertname', rule.name]]
  for (let i = 0; i < rule.labels.length; i += 2)
    if (!rule.labels[i + 1]!.includes('{{')) plain.push([rule.labels[i]!, rule.labels[i + 1]!])
  const sets = rule.alerts.length > 0 ? rule.alerts.slice(0, 200).map(({ labels }) => labels) : [labelsOf(plain)]
  return [...new Set(sets.flatMap((labels) => matchRoutes(root, labels).map(({ receiver }) => receiver)))]
}
