import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { type AlertItem, queries, type RuleRef } from '../../api/index.ts'
import { Sparkline } from '../../ui/chart/index.ts'
import { toneOfSeverity } from '../../ui/severity-badge.tsx'
import { useOnScreen } from '../../ui/use-on-screen.ts'
import { useTimeRange } from '../../view/index.ts'

const EVERY_MS = 30_000

/** What the rule of an alert measured in the page's time range, of the series that the alert stands for. */
export function AlertCurve({ alert, rule }: { alert: AlertItem; rule: RuleRef }) {
  const box = useRef<HTMLDivElement>(null)
  const seen = useOnScreen(box)
  const { range, isKnown } = useTimeRange()
  const expr = rule.threshold?.measured ?? rule.query
  const { data } = useQuery({
    ...queries.range({ expr, range, widthPx: 180 }),
    enabled: seen && isKnown,
    refetchInterval: EVERY_MS,
    placeholderData: keepPreviousData,
    retry: false,
  })
  const series = data?.series.find(({ labels }) =>
    Object.entries(labels).every(([name, value]) => name === '__name__' || (alert.labels[name] ?? value) === value),
  )
  const tone = toneOfSeverity(alert.severity)
  return (
    <div ref={box} style={{ height: '100%' }}>
      {series !== undefined && <Sparkline values={series.values} color={tone === 'unknown' ? 's1' : tone} />}
    </div>
  )
}
