import { textOf } from '../../view/index.ts'

export type TargetState = 'up' | 'down' | 'unknown' | 'dropped'

/** Filters and the open target, in the address. */
export type TargetsSearch = { text?: string; state?: TargetState; open?: string }

export function validateTargets(search: Record<string, unknown>): TargetsSearch {
  const found: TargetsSearch = {}
  const text = textOf(search, 'text')
  const state = textOf(search, 'state')
  const open = textOf(search, 'open')
  if (text !== undefined) found.text = text
  if (state === 'up' || state === 'down' || state === 'unknown' || state === 'dropped') found.state = state
  if (open !== undefined) found.open = open
  return found
}
