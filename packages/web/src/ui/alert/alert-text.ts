import type { LabelMap, RuleThreshold } from '../../api/index.ts'
import { formatNumber, formatValue, unitOfQuery } from '../format/index.ts'

/** What an alert is called. */
export const titleOf = (labels: LabelMap): string => labels.alertname ?? 'alert without a name'

/** Its one line in words; empty where its rule says none. */
export const summaryOf = (annotations: LabelMap): string =>
  annotations.summary ?? annotations.message ?? annotations.title ?? annotations.description ?? ''

/** Where a list cuts a summary: some three lines. The alert's own page has all of it. */
export const MOST_SUMMARY = 280

const WORDS = { '>': 'above', '>=': 'at least', '<': 'below', '<=': 'at most', '==': 'at', '!=': 'other than' } as const

/**
 * The value and the bound that it broke, such as `2.31 % (fires above 1 %)`; the value alone where its rule compares with
 * no number. Empty without a value.
 */
export function valueText(value: string | undefined, threshold: RuleThreshold | undefined): string {
  if (value === undefined) return ''
  const number = Number(value)
  if (threshold === undefined) return Number.isFinite(number) ? formatNumber(number) : value
  const unit = unitOfQuery(threshold.measured)
  const bounds = threshold.limits.map(({ op, value: limit }) => `${WORDS[op]} ${formatValue(limit, unit)}`)
  return `${Number.isFinite(number) ? formatValue(number, unit) : value} (fires ${bounds.join(' and ')})`
}
