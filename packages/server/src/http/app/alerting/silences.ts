import { matchesAll, type Silence } from '../../../alerting/index.ts'
import { BinnacleError } from '../../../config/index.ts'
import type { HttpRequest } from '../../http-request.ts'
import type { ApiDeps } from '../../prometheus/index.ts'
import type { AlertRow } from './alert-rows.ts'
import {
  countOf,
  extendBody,
  filterOf,
  previewBody,
  readJson,
  silenceBody,
  toMatchers,
  wordOf,
} from './read-request.ts'
import { servicesOf } from './service-of.ts'
import type { AlertingView } from './snapshot.ts'
import { alertJson, ruleRefs, silenceJson, transitionJson } from './to-json.ts'

const STATES = ['active', 'pending', 'expired'] as const
const MAX_PAGE = 500
const PREVIEW_ITEMS = 100

/** `GET /silences`: a page of those in one `state`; active ones that end first come first, expired ones last ended first. */
export async function listSilences(view: AlertingView, request: HttpRequest): Promise<unknown> {
  const state = wordOf(request, 'state', STATES) ?? 'active'
  const offset = countOf(request, 'offset', { otherwise: 0, max: 1_000_000 })
  const limit = countOf(request, 'limit', { otherwise: 100, max: MAX_PAGE })
  const all = view.part().silences.list(filterOf(request))
  const found = all.filter((silence) => silence.state === state).sort(ORDERS[state])
  const counts = { active: 0, pending: 0, expired: 0 }
  for (const silence of all) counts[silence.state]++
  return {
    total: found.length,
    counts,
    offset,
    items: await silencesJson(view, found.slice(offset, offset + limit)),
  }
}

/** Each with the number of alerts that it mutes. */
export async function silencesJson(view: AlertingView, silences: readonly Silence[]): Promise<readonly unknown[]> {
  const made: unknown[] = []
  for (const silence of silences) made.push(silenceJson(silence, await view.matchedBy(silence)))
  return made
}

const ORDERS: Readonly<Record<Silence['state'], (a: Silence, b: Silence) => number>> = {
  active: (a, b) => a.endsAtMs - b.endsAtMs,
  pending: (a, b) => a.startsAtMs - b.startsAtMs,
  expired: (a, b) => b.endsAtMs - a.endsAtMs,
}

/** `GET /silences/:id`. */
export async function showSilence(view: AlertingView, request: HttpRequest): Promise<unknown> {
  const silence = silenceOf(view, request)
  return silenceJson(silence, await view.matchedBy(silence))
}

function silenceOf(view: AlertingView, request: HttpRequest): Silence {
  const id = request.param('id')
  const silence = view.part().silences.get(id)
  if (silence === undefined)
    throw new BinnacleError('http.unknown_silence', `there is no silence "${id}"`, {
      kind: 'missing',
      hint: 'it may have ended so long ago that it is no longer kept',
    })
  return silence
}

/** `POST /silences`: makes or changes one. A reason and an author are required here. */
export async function saveSilence(view: AlertingView, deps: ApiDeps, request: HttpRequest): Promise<unknown> {
  const { id, matchers, startsAtMs, endsAtMs, createdBy, comment } = await readJson(deps, request, silenceBody)
  try {
    const saved = await view.part().silences.set({
      ...(id === undefined ? {} : { id }),
      matchers: toMatchers(matchers),
      startsAtMs,
      endsAtMs,
      createdBy,
      comment,
      annotations: (id === undefined ? undefined : view.part().silences.get(id)?.annotations) ?? {},
    })
    return { id: saved }
  } finally {
    view.forget()
  }
}

/** `POST /silences/:id/extend`: it ends later by so much, and is otherwise what it was, whoever made it. */
export async function extendSilence(view: AlertingView, deps: ApiDeps, request: HttpRequest): Promise<unknown> {
  const { byMs } = await readJson(deps, request, extendBody)
  const { state: _state, updatedAtMs: _updated, ...silence } = silenceOf(view, request)
  try {
    return { id: await view.part().silences.set({ ...silence, endsAtMs: silence.endsAtMs + byMs }) }
  } finally {
    view.forget()
  }
}

/** `POST /silences/:id/expire`. */
export async function expireSilence(view: AlertingView, request: HttpRequest): Promise<unknown> {
  try {
    await view.part().silences.expire(request.param('id'))
  } finally {
    view.forget()
  }
  return {}
}

/** `POST /silences/preview`: what one with these matchers would mute now, and would have muted in the last 7 days. */
export async function previewSilence(view: AlertingView, deps: ApiDeps, request: HttpRequest): Promise<unknown> {
  const { matchers } = await readJson(deps, request, previewBody)
  const wanted = toMatchers(matchers)
  const { rows: read, index } = view.read()
  const rows: AlertRow[] = []
  for (const row of await read()) {
    await view.pace()
    if (matchesAll(wanted, row.labels)) rows.push(row)
  }
  const items = rows.slice(0, PREVIEW_ITEMS)
  const { past } = await view.part().silences.preview(wanted, request.signal)
  return {
    now: {
      count: rows.length,
      services: servicesOf(rows.map(({ labels }) => labels)),
      items: items.map(alertJson),
    },
    rules: ruleRefs(items, index),
    past: { ...past, items: past.items.slice(0, PREVIEW_ITEMS).map(transitionJson) },
  }
}
