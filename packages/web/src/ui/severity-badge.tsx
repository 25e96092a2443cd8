import { StateBadge, type StateTone } from './state-badge.tsx'

const TONES: Readonly<Record<string, StateTone>> = {
  critical: 'critical',
  emergency: 'critical',
  fatal: 'critical',
  page: 'critical',
  high: 'critical',
  error: 'critical',
  major: 'critical',
  warning: 'warning',
  warn: 'warning',
  medium: 'warning',
  minor: 'warning',
  ticket: 'warning',
  info: 'info',
  notice: 'info',
  low: 'info',
}

/** The tone of a severity as teams write it: the same on every page. What nobody named is `unknown`. */
export function toneOfSeverity(severity: string): StateTone {
  return TONES[severity.toLowerCase()] ?? 'unknown'
}

/** How bad, in the word that the rule uses. */
export function SeverityBadge({ severity }: { severity: string }) {
  return <StateBadge tone={toneOfSeverity(severity)}>{severity === '' ? 'no severity' : severity}</StateBadge>
}
