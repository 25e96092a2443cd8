import { useEffect, useRef } from 'react'
import type { Exemplar } from '../../../api/index.ts'
import { Button } from '../../../ui/button.tsx'
import { formatCount, formatDateTime, formatValue, unitOfMetric } from '../../../ui/format/index.ts'
import table from '../../../ui/table.module.css'
import { useCopy } from '../../../ui/use-copy.ts'
import classes from '../explorer.module.css'
import { type FoundExemplars, keyOf, traceIdOf } from './exemplars.ts'
import { namesOf } from './merge-frames.ts'

/** Rows in the page at a time; the chart has the dots of all. */
const ROWS = 50

/** What the dots say, for reading and copying: highest first, the one that was clicked on top. */
export function ExemplarList({ found, chosen }: { found: FoundExemplars; chosen: string | undefined }) {
  const top = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    if (chosen === undefined || top.current === null) return
    top.current.open = true
    top.current.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  const rows = [...found.list].sort((a, b) => {
    const [x, y] = [keyOf(a) === chosen, keyOf(b) === chosen]
    return x === y ? b.value - a.value : x ? -1 : 1
  })
  const told = namesOf(
    rows.map(({ seriesLabels }) => ({ labels: seriesLabels, values: [] })),
    '',
  )
  const names = new Map(rows.map((one, i) => [one, told[i]]))
  if (found.error !== undefined)
    return <p className={classes.muted}>The exemplars could not be loaded: {found.error.message}</p>
  if (rows.length === 0)
    return (
      <p className={classes.muted}>
        {found.isPending
          ? 'Looking for exemplars…'
          : 'No exemplars in this range. They come with OpenMetrics scrapes and remote write of services that are traced, on buckets and counters.'}
      </p>
    )
  return (
    <details ref={top} className={classes.exemplars}>
      <summary>
        {formatCount(rows.length)} exemplars
        {found.total > rows.length && ` of ${formatCount(found.total)}, the highest of each moment`}
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={classes.exemplarRows} tabIndex={0} aria-label="Exemplars">
        <table className={`${table.table} ${table.cards}`}>
          <thead>
            <tr>
              <th>time</th>
              <th>value</th>
              <th>labels</th>
              <th>series</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, ROWS).map((one) => (
              <tr key={keyOf(one)} data-chosen={keyOf(one) === chosen || undefined}>
                <td data-label="time">{formatDateTime(one.atMs)}</td>
                <td data-label="value">
                  {formatValue(
                    one.value,
                    unitOfMetric((one.seriesLabels.__name__ ?? '').replace(/_(bucket|sum|count)$/, '')),
                  )}
                </td>
                <td data-label="labels" data-wide>
                  <ExemplarLabels one={one} />
                </td>
                <td data-label="series" data-wide>
                  <code>{names.get(one)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  )
}

function ExemplarLabels({ one }: { one: Exemplar }) {
  const { copied, copy } = useCopy()
  const trace = traceIdOf(one)
  return (
    <span className={classes.exemplarLabels}>
      <code>
        {Object.entries(one.labels)
          .map(([name, value]) => `${name}="${value}"`)
          .join(', ')}
      </code>
      {trace !== undefined && (
        <Button small look="quiet" onClick={() => copy(trace)} aria-label={`Copy trace id ${trace}`}>
          {copied ? 'Copied' : 'Copy trace id'}
        </Button>
      )}
    </span>
  )
}
