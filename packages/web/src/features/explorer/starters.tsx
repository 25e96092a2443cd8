import { IconArrowUpRight } from '@tabler/icons-react'
import classes from './explorer.module.css'

type Starter = { readonly title: string; readonly query: string; readonly needs: string }

/** Queries worth a first look; each is offered only where its metric exists. */
const STARTERS: readonly Starter[] = [
  {
    title: 'What the processors do',
    needs: 'node_cpu_seconds_total',
    query: 'sum by (mode) (rate(node_cpu_seconds_total{mode!="idle"}[1m]))',
  },
  {
    title: 'Memory in use, as a share',
    needs: 'node_memory_MemAvailable_bytes',
    query: '1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes',
  },
  { title: 'Targets that are up, by job', needs: 'up', query: 'sum by (job) (up)' },
  {
    title: 'The slowest scrapes',
    needs: 'scrape_duration_seconds',
    query: 'topk(5, scrape_duration_seconds)',
  },
  {
    title: 'How long Binnacle takes to answer, 95th percentile',
    needs: 'binnacle_http_request_duration_seconds_bucket',
    query: 'histogram_quantile(0.95, sum by (le, handler) (rate(binnacle_http_request_duration_seconds_bucket[5m])))',
  },
]

/** The way in for whoever has no query yet: a few that work here and now. */
export function Starters({ names, onQuery }: { names: readonly string[]; onQuery: (query: string) => void }) {
  const known = new Set(names)
  const offered = STARTERS.filter((s) => known.has(s.needs))
  if (offered.length === 0) return null
  return (
    <div className={classes.starters}>
      <h3>Or begin with</h3>
      <ul>
        {offered.map((s) => (
          <li key={s.query}>
            <button type="button" onClick={() => onQuery(s.query)}>
              <span>{s.title}</span>
              <code>{s.query}</code>
              <IconArrowUpRight size={15} aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
