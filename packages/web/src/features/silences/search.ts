import { listOf, textOf } from '../../view/index.ts'

export type SilenceState = 'active' | 'pending' | 'expired'

/** The list: which of them, matchers that theirs must hold, the open one. */
export type SilencesSearch = { state?: SilenceState; filter?: string; open?: string }

export function validateSilences(search: Record<string, unknown>): SilencesSearch {
  const found: SilencesSearch = {}
  const state = textOf(search, 'state')
  const filter = textOf(search, 'filter')
  const open = textOf(search, 'open')
  if (state === 'active' || state === 'pending' || state === 'expired') found.state = state
  if (filter !== undefined) found.filter = filter
  if (open !== undefined) found.open = open
  return found
}

/** The form: matchers as text, how long, and the silence that is changed. */
export type SilenceFormSearch = { m?: string[]; length?: string; edit?: string }

export function validateSilenceForm(search: Record<string, unknown>): SilenceFormSearch {
  const found: SilenceFormSearch = {}
  const matchers = listOf(search, 'm')
  const length = textOf(search, 'length')
  const edit = textOf(search, 'edit')
  if (matchers.length > 0) found.m = matchers
  if (length !== undefined) found.length = length
  if (edit !== undefined) found.edit = edit
  return found
}
