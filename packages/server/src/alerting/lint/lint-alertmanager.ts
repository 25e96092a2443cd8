import { ConfigErrors, parseYaml, type YamlDocument } from '../../config/index.ts'
import type { Finding } from '../../rules/lint/index.ts'
import type { CheckedAlertmanagerConfig } from '../config/index.ts'
import { type Check, inOrder } from './check.ts'
import { inhibitionNeverActs, inhibitsWorse } from './checks/inhibitions.ts'
import {
  brokenTemplate,
  literalNewline,
  pagerdutyServiceKey,
  secretInClear,
  webhookOfService,
} from './checks/receivers.ts'
import {
  continueToNobody,
  patternWithoutRegex,
  repeatBeforeGroup,
  unreachableRoute,
  unusedNames,
} from './checks/routes.ts'
import { timeZones } from './checks/time-zones.ts'
import type { AlertFacts } from './fact.ts'

/** Every check of alertmanager.yml, by name. */
export const ALERTMANAGER_CHECKS: readonly Check[] = [
  literalNewline,
  pagerdutyServiceKey,
  brokenTemplate,
  secretInClear,
  webhookOfService,
  continueToNobody,
  inhibitionNeverActs,
  inhibitsWorse,
  patternWithoutRegex,
  repeatBeforeGroup,
  timeZones,
  unreachableRoute,
  unusedNames,
]

/**
 * Reads an alertmanager.yml as an experienced colleague does: what is valid and yet tells nobody, or says something else
 * than it seems. `alerts` are those of the rules that belong to it, where they are known; `escalated`
 * are receivers that an escalation tells. Findings stand in the order of the file; there are none for a file with errors.
 */
export function lintAlertmanager(
  text: string,
  { config, document }: CheckedAlertmanagerConfig,
  alerts?: readonly AlertFacts[],
  escalated: readonly string[] = [],
): Finding[] {
  if (config === undefined || document === undefined) return []
  let written: YamlDocument
  try {
    written = parseYaml(text, document.file, { scalars: 'text' })
  } catch (error) {
    if (error instanceof ConfigErrors) return []
    throw error
  }
  const found: Finding[] = []
  const told = new Set(escalated)
  for (const check of ALERTMANAGER_CHECKS) {
    check.run({ config, document, written, alerts, escalated: told }, (place, message, hint) => {
      found.push({ check: check.name, place, message, hint })
    })
  }
  return inOrder(found, document.file)
}
