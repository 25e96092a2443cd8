import type { Standing } from '../../api/index.ts'
import { listOf, textOf } from '../../view/index.ts'

/** The alert list's part of the address: matchers as text, a receiver, labels to group by, one standing. */
export type AlertsSearch = { filter?: string; receiver?: string; group?: string[]; state?: Standing }

const STATES: readonly string[] = ['firing', 'nodata', 'acknowledged', 'pending', 'silenced', 'inhibited', 'muted']

export function validateAlerts(search: Record<string, unknown>): AlertsSearch {
  const found: AlertsSearch = {}
  const filter = textOf(search, 'filter')
  const group = listOf(search, 'group')
  const state = textOf(search, 'state')
  if (filter !== undefined) found.filter = filter
  const receiver = textOf(search, 'receiver')
  if (receiver !== undefined) found.receiver = receiver
  if (group.length > 0) found.group = group
  if (state !== undefined && STATES.includes(state)) found.state = state as Standing
  return found
}

/** The overview of rules: words to find, and which of them. */
export type RulesSearch = { text?: string; health?: 'firing' | 'pending' | 'err' }

export function validateRules(search: Record<string, unknown>): RulesSearch {
  const found: RulesSearch = {}
  const text = textOf(search, 'text')
  const health = textOf(search, 'health')
  if (text !== undefined) found.text = text
  if (health === 'firing' || health === 'pending' || health === 'err') found.health = health
  return found
}

/** One rule: days to look back and the `for` that the back-test tries, and whose message is previewed. */
export type RuleSearch = { back?: string; hold?: string; preview?: string }

export function validateRule(search: Record<string, unknown>): RuleSearch {
  const found: RuleSearch = {}
  for (const name of ['back', 'hold', 'preview'] as const) {
    const text = textOf(search, name)
    if (text !== undefined) found[name] = text
  }
  return found
}

/** History: which list, and its conditions: matchers for both. */
export type HistorySearch = {
  show?: 'notifications'
  filter?: string
  /** Of events: kind, previous and current state, reason of an end. */
  kind?: string
  was?: string
  became?: string
  reason?: string
  /** Of notifications. */
  receiver?: string
  result?: string
  status?: string
}

export function validateHistory(search: Record<string, unknown>): HistorySearch {
  const found: HistorySearch = {}
  if (textOf(search, 'show') === 'notifications') found.show = 'notifications'
  for (const name of ['filter', 'kind', 'was', 'became', 'reason', 'receiver', 'result', 'status'] as const) {
    const text = textOf(search, name)
    if (text !== undefined) found[name] = text
  }
  return found
}
