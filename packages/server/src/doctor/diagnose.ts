import type { OtherAlerts, Sending } from '../alerting/index.ts'
import type { LintFile } from '../rules/lint/index.ts'
import type { Clock } from '../telemetry/index.ts'
import { arriving, arrivingFromOthers } from './arriving-alerts.ts'
import type { Catalogue } from './catalogue.ts'
import { examineRouting, type RoutingToExamine } from './examine-routing.ts'
import { createExaminer, type Product } from './examine-rules.ts'
import { countVerdicts, type DoctorFinding, type DoctorReport, findingsOf, type RuleReport } from './report.ts'

/** A catalogue that has to ask somebody: what it could not answer waits until `resolve`. */
export type AskingCatalogue = Catalogue & {
  readonly pending: number
  /** Answers them all; asked again, the same questions are answered at once. */
  resolve(): Promise<void>
  /** Nobody needs the answers any more that take much memory. */
  letGo(): void
}

export type ToDiagnose = {
  readonly rules: readonly LintFile[]
  /** Files that nobody loads, with the reason. */
  readonly notLoaded: ReadonlyMap<string, string>
  readonly files: readonly DoctorFinding[]
  /** Absent where alerts are not routed here, or where they come from elsewhere too. */
  readonly routing: RoutingToExamine | undefined
  /** Alerts that came from elsewhere. */
  readonly others: readonly OtherAlerts[]
  /** The ways of the rules' alerts to the routes. */
  readonly sendings: readonly Sending[]
}

export type DiagnoseDeps = {
  readonly catalogue: Catalogue | AskingCatalogue
  readonly clock: Clock
  /** Lets the event loop run when enough has been done. */
  readonly pause: () => Promise<void> | undefined
}

/** Rounds of questions for one rule: a selector, its metric, its matchers one by one; joins of many series by their depth. */
const MAX_ROUNDS = 16

/** Looks at every rule and the routing. Rejects with what `pause` or the catalogue throws, such as a signal's reason. */
export async function diagnose(
  { rules, notLoaded, files, routing, others, sendings }: ToDiagnose,
  { catalogue, clock, pause }: DiagnoseDeps,
): Promise<DoctorReport> {
  const nowMs = clock.now()
  const began = clock.monotonic()
  const examiner = createExaminer(rules, catalogue, { nowMs, notLoaded })
  const reports: RuleReport[] = []
  const products: Product[] = []
  for (const rule of examiner.rules) {
    let examined = examiner.examine(rule)
    for (let round = 0; 'resolve' in catalogue && catalogue.pending > 0 && round < MAX_ROUNDS; round++) {
      await catalogue.resolve()
      examiner.forget()
      examined = examiner.examine(rule)
    }
    reports.push(examined.report)
    if (examined.product !== undefined && !notLoaded.has(examined.report.file)) products.push(examined.product)
    if ('letGo' in catalogue) catalogue.letGo()
    const pausing = pause()
    if (pausing !== undefined) await pausing
  }
  const arrivals = (made: readonly Product[]) => [
    ...made.flatMap((product) => sendings.flatMap((sending) => arriving(product, sending) ?? [])),
    ...others.map(arrivingFromOthers),
  ]
  const found = {
    rules: reports,
    routing: routing === undefined ? [] : examineRouting(routing, arrivals(products)),
    files,
  }
  return {
    atMs: nowMs,
    tookMs: clock.monotonic() - began,
    isEarly: catalogue.isYoung === true,
    ...found,
    alerts: countVerdicts(reports, 'alerting'),
    recordings: countVerdicts(reports, 'recording'),
    findings: findingsOf(found).length,
  }
}
