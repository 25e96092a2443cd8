/** How bad, by the words that teams use; what nobody named stands behind all of them. Lower is worse. */
const RANKS: Readonly<Record<string, number>> = {
  critical: 0,
  emergency: 0,
  fatal: 0,
  page: 0,
  high: 0,
  error: 0,
  major: 0,
  warning: 1,
  warn: 1,
  medium: 1,
  minor: 1,
  ticket: 1,
  info: 2,
  notice: 2,
  low: 2,
}
const UNNAMED = 3

export const rankOfSeverity = (severity: string): number => RANKS[severity.toLowerCase()] ?? UNNAMED
