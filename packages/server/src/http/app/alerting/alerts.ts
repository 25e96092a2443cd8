import { labelRecord, labelValue } from '@binnacle/promql'
import { type EscalationView, type HeartbeatView, isFailing } from '../../../alerting/index.ts'
import { BinnacleError } from '../../../config/index.ts'
import type { HttpRequest } from '../../http-request.ts'
import type { ApiDeps } from '../../prometheus/index.ts'
import { type AlertRow, countStandings, labelNamesOf, STANDINGS, selectRows } from './alert-rows.ts'
import { collect } from './collect.ts'
import { acknowledgeBody, countOf, filterOf, readJson, unacknowledgeBody, wordOf } from './read-request.ts'
import { rankOfSeverity } from './severity.ts'
import { silencesJson } from './silences.ts'
import type { AlertingView } from './snapshot.ts'
import { alertJson, eventJson, notificationJson, ruleJson, ruleRefs, silenceJson, transitionJson } from './to-json.ts'

const MAX_PAGE = 500
const MAX_GROUPS = 2000
const MAX_GROUP_LABELS = 5
const MAX_LABEL_NAMES = 40
const SUMMARY_ITEMS = 6
const ENDING_ITEMS = 3
const EVENTS = 50
const CARE = ['acknowledgement', 'silence', 'inhibition', 'escalation'] as const
/** A silence that ends within so long, while something that it mutes goes on, is told of. */
const ENDING_MS = 15 * 60_000
/** By convention of an alert that always fires, such as a watchdog: nobody is called for. */
const NO_SEVERITY = 'none'
/** How far back an alert's page looks for what happened. */
const PAST_MS = 90 * 86_400_000

/** `GET /alerts`: a page of the list, by `filter`, `receiver`, `state`, `group` (each label once), `offset`, `limit`. */
export async function listAlerts(view: AlertingView, request: HttpRequest): Promise<unknown> {
  const groupBy = request.search.getAll('group')
  if (groupBy.length > MAX_GROUP_LABELS)
    throw new BinnacleError('http.bad_parameter', `invalid parameter "group": at most ${MAX_GROUP_LABELS} labels`)
  const standing = wordOf(request, 'state', STANDINGS)
  const offset = countOf(request, 'offset', { otherwise: 0, max: 1_000_000 })
  const limit = countOf(request, 'limit', { otherwise: 100, max: MAX_PAGE })
  const matchers = filterOf(request)
  const receiver = request.search.get('receiver') || undefined
  const { pace } = view
  const { rows: read, index } = view.read()
  const all = await read()
  const { rows, groups, matching } = await selectRows(all, { matchers, receiver, standing, groupBy }, pace)
  const items = rows.slice(offset, offset + limit)
  return {
    total: rows.length,
    counts: countStandings(matching),
    // Heads are needed once, with the first page.
    groups: groups
      .slice(0, offset === 0 ? MAX_GROUPS : 0)
      .map(({ labels, ...rest }) => ({ labels: labelRecord(labels), ...rest })),
    groupsCut: groups.length > MAX_GROUPS,
    labelNames: offset === 0 ? await labelNamesOf(all, MAX_LABEL_NAMES, pace) : [],
    offset,
    items: items.map(alertJson),
    rules: ruleRefs(items, index),
    names: namesOf(all, items),
    silences: silencesOf(view, items),
  }
}

/** Names of the alerts that inhibit these, by fingerprint. */
function namesOf(all: readonly AlertRow[], items: readonly AlertRow[]): Record<string, string> {
  const wanted = new Set(items.flatMap(({ inhibitedBy }) => inhibitedBy))
  if (wanted.size === 0) return {}
  const names: Record<string, string> = {}
  for (const { fingerprint, labels } of all)
    if (wanted.has(fingerprint)) names[fingerprint] = labelValue(labels, 'alertname')
  return names
}

/** Who made the silences that mute these, and why, by id. */
function silencesOf(
  view: AlertingView,
  items: readonly AlertRow[],
): Record<string, { createdBy: string; comment: string }> {
  const found: Record<string, { createdBy: string; comment: string }> = {}
  for (const id of new Set(items.flatMap(({ silencedBy }) => silencedBy))) {
    const silence = view.part().silences.get(id)
    if (silence !== undefined) found[id] = { createdBy: silence.createdBy, comment: silence.comment }
  }
  return found
}

/** `GET /alerts/summary`: what the home page and the frame of every page say. */
export async function summarizeAlerts(
  view: AlertingView,
  { heartbeat, failingRules }: { heartbeat: HeartbeatView; failingRules: number },
): Promise<unknown> {
  const { rows: read, index } = view.read()
  const rows = await read()
  const calling = rows.filter(
    ({ standing, severity }) => (standing === 'firing' || standing === 'nodata') && severity !== NO_SEVERITY,
  )
  const severities = new Map<string, { count: number; oldestMs: number }>()
  for (const { severity, startsAtMs } of calling) {
    const known = severities.get(severity)
    if (known === undefined) severities.set(severity, { count: 1, oldestMs: startsAtMs })
    else {
      known.count++
      known.oldestMs = Math.min(known.oldestMs, startsAtMs)
    }
  }
  const items = calling.slice(0, SUMMARY_ITEMS)
  return {
    counts: countStandings(rows),
    calling: calling.length,
    severities: [...severities]
      .map(([severity, rest]) => ({ severity, ...rest }))
      .sort((a, b) => rankOfSeverity(a.severity) - rankOfSeverity(b.severity) || b.count - a.count)
      .slice(0, 8),
    items: items.map(alertJson),
    rules: ruleRefs(items, index),
    endingSilences: await endingSilences(view),
    heartbeat,
    failingRules,
    failingReceivers: view
      .part()
      .receivers()
      .filter(({ integrations }) => integrations.some(isFailing)).length,
  }
}

/** Active ones that end soon while something that they mute goes on: the next to end first. */
async function endingSilences(view: AlertingView): Promise<readonly unknown[]> {
  const beforeMs = view.read().atMs + ENDING_MS
  const ending = view
    .part()
    .silences.list([])
    .filter((silence) => silence.state === 'active' && silence.endsAtMs < beforeMs)
    .sort((a, b) => a.endsAtMs - b.endsAtMs)
  const found: unknown[] = []
  for (const silence of ending) {
    const matched = await view.matchedBy(silence)
    if (matched > 0) found.push(silenceJson(silence, matched))
    if (found.length === ENDING_ITEMS) break
  }
  return found
}

/** `GET /alerts/:fingerprint`: an alert with what became of it, also when it has ended. */
export async function showAlert(view: AlertingView, request: HttpRequest, nowMs: number): Promise<unknown> {
  const fingerprint = request.param('fingerprint')
  const part = view.part()
  const { rows: read, index } = view.read()
  const rows = await read()
  const row = rows.find((one) => one.fingerprint === fingerprint)
  const past = { fromMs: nowMs - PAST_MS, toMs: nowMs + 60_000, fingerprint, limit: EVENTS }
  const transitions = await collect((filter) => part.transitions(filter, request.signal), past)
  // Of the times that are shown, when there are more.
  const first = transitions.items.length < EVENTS ? undefined : transitions.items.at(-1)?.atMs
  const shown = { ...past, fromMs: first === undefined ? past.fromMs : first - 60_000 }
  const care = await part.events({ ...shown, kinds: CARE }, request.signal)
  const notifications = await part.notifications(shown, request.signal)
  const last = transitions.items[0]
  const rule = row?.rule ?? (last === undefined ? undefined : index.ofAlert(last.labels, ''))
  const silences = (row?.silencedBy ?? []).flatMap((id) => part.silences.get(id) ?? [])
  return {
    alert: row === undefined ? undefined : alertJson(row),
    transitions: transitions.items.map(transitionJson),
    care: care.items.map(eventJson),
    notifications: notifications.items.map(notificationJson),
    silences: await silencesJson(view, silences),
    inhibitors: inhibitorsOf(rows, row).map(alertJson),
    escalations: escalationsOf(part.escalations(), fingerprint),
    rule: rule === undefined ? undefined : ruleJson(rule, index),
  }
}

/** Chains that the alert climbs, with labels as an object. */
function escalationsOf(chains: readonly EscalationView[], fingerprint: string): readonly unknown[] {
  return chains
    .filter(({ alerts }) => alerts.includes(fingerprint))
    .map(({ labels, alerts, ...chain }) => ({ ...chain, labels: labelRecord(labels), alerts: alerts.length }))
}

function inhibitorsOf(rows: readonly AlertRow[], row: AlertRow | undefined): readonly AlertRow[] {
  if (row === undefined || row.inhibitedBy.length === 0) return []
  const ids = new Set(row.inhibitedBy.slice(0, 20))
  return rows.filter(({ fingerprint }) => ids.has(fingerprint))
}

/** `POST /alerts/acknowledge`. */
export async function acknowledgeAlerts(view: AlertingView, deps: ApiDeps, request: HttpRequest): Promise<unknown> {
  const { fingerprints, by, comment, via } = await readJson(deps, request, acknowledgeBody)
  try {
    await view.part().acknowledge(fingerprints, { by, comment, via })
  } finally {
    view.forget()
  }
  return { acknowledged: fingerprints.length }
}

/** `POST /alerts/unacknowledge`. */
export async function unacknowledgeAlerts(view: AlertingView, deps: ApiDeps, request: HttpRequest): Promise<unknown> {
  const { fingerprints, by, via } = await readJson(deps, request, unacknowledgeBody)
  try {
    await view.part().unacknowledge(fingerprints, { via, ...(by === undefined ? {} : { by }) })
  } finally {
    view.forget()
  }
  return { acknowledged: 0 }
}
