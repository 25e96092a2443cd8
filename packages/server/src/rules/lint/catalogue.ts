import type { Check } from './check.ts'
import { noCondition, shortFor } from './checks/conditions.ts'
import { rateOfGauge, rawCounter } from './checks/counters.ts'
import { quantileWithoutLe, wholeBound } from './checks/histograms.ts'
import { impossible } from './checks/impossible.ts'
import { recordLevel, runbook, sameName, severity } from './checks/labels.ts'
import { plainRegex } from './checks/regexp.ts'
import { templateRuns } from './checks/template-runs.ts'
import { literalNewline, templateLabels } from './checks/templates.ts'
import { perSecond, perSeries } from './checks/units.ts'
import { vectorMatching } from './checks/vector-matching.ts'
import { nothingWatched, noWatchdog } from './checks/watching.ts'
import { zeroDivision } from './checks/zero-division.ts'

/** Every check of rules, by name. */
export const CHECKS: readonly Check[] = [
  noCondition,
  shortFor,
  literalNewline,
  perSeries,
  runbook,
  sameName,
  severity,
  templateLabels,
  templateRuns,
  perSecond,
  nothingWatched,
  noWatchdog,
  rawCounter,
  quantileWithoutLe,
  wholeBound,
  impossible,
  rateOfGauge,
  plainRegex,
  vectorMatching,
  zeroDivision,
  recordLevel,
]
