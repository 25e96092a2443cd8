import { listOf, textOf } from '../../view/index.ts'

/** Labels of an alert, live (its fingerprint) or made up (`name="value"`, each once), whose path lights up. */
export type RoutingSearch = { alert?: string; label?: string[] }

export function validateRouting(search: Record<string, unknown>): RoutingSearch {
  const found: RoutingSearch = {}
  const alert = textOf(search, 'alert')
  const label = listOf(search, 'label')
  if (alert !== undefined) found.alert = alert
  if (label.length > 0) found.label = label
  return found
}
