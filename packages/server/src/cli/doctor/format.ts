import { BinnacleError, formatError } from '../../config/index.ts'
import type { DoctorCounts, DoctorFinding, DoctorReport, RuleReport, Verdict } from '../../doctor/index.ts'

const WORDS: Readonly<Record<Verdict, string>> = {
  can_fire: 'can fire',
  cannot_fire: 'cannot fire',
  always_fires: 'always fires',
  unknown: 'unknown',
}
const OF_RECORDING: Readonly<Record<Verdict, string>> = {
  can_fire: 'gives series',
  cannot_fire: 'gives nothing',
  always_fires: 'gives series',
  unknown: 'unknown',
}
const ORDER: readonly Verdict[] = ['can_fire', 'always_fires', 'unknown', 'cannot_fire']

/** The report for people: each rule that has something with its reasons, then routing, then the figures. */
export function formatDoctorReport(
  report: DoctorReport,
  { all, sources }: { readonly all: boolean; readonly sources: ReadonlyMap<string, string> },
): string {
  const lines: string[] = []
  const isShown = ({ severity }: DoctorFinding) => all || severity !== 'note'
  for (const finding of report.files.filter(isShown)) lines.push(formatFinding(finding, sources))
  for (const rule of report.rules) {
    const findings = [...rule.reasons, ...rule.remarks]
    const shown = findings.filter(isShown)
    const isPlain = rule.verdict === 'can_fire' && shown.length === 0
    if (isPlain && !all) continue
    lines.push(`${titleOf(rule)}`)
    for (const finding of isPlain ? [] : rule.verdict === 'can_fire' ? shown : findings) {
      lines.push(indent(formatFinding(finding, sources)))
    }
  }
  for (const finding of report.routing.filter(isShown)) lines.push(formatFinding(finding, sources))
  if (lines.length > 0) lines.push('')
  if (report.isEarly) lines.push('started just now: what is missing may still come; ask again in a minute')
  lines.push(counted(report.alerts, 'alert', WORDS))
  if (total(report.recordings) > 0) lines.push(counted(report.recordings, 'recording rule', OF_RECORDING))
  lines.push(report.findings === 0 ? 'no findings' : `${report.findings} finding${report.findings === 1 ? '' : 's'}`)
  return `${lines.join('\n')}\n`
}

function titleOf({ kind, name, verdict, place }: RuleReport): string {
  const words = (kind === 'alerting' ? WORDS : OF_RECORDING)[verdict]
  return `${place.file ?? ''}:${place.line ?? 1}: ${name}: ${words}`
}

function formatFinding(
  { check, severity, message, hint, place }: DoctorFinding,
  sources: ReadonlyMap<string, string>,
): string {
  const error = new BinnacleError(check, message, hint === undefined ? { place } : { place, hint })
  return `${severity}: ${formatError(error, place.file === undefined ? undefined : sources.get(place.file))}`
}

const indent = (text: string) => text.replace(/^/gm, '  ')

const total = (counts: DoctorCounts) => ORDER.reduce((sum, verdict) => sum + counts[verdict], 0)

function counted(counts: DoctorCounts, what: string, words: Readonly<Record<Verdict, string>>): string {
  const n = total(counts)
  const parts = ORDER.filter((verdict) => counts[verdict] > 0).map((verdict) => `${counts[verdict]} ${words[verdict]}`)
  return `${n} ${what}${n === 1 ? '' : 's'}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`
}
