import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type RuleGroup, type RuleSummary, rules } from '../../api/index.ts'
import { formatCount } from '../../ui/format/index.ts'
import classes from './explorer.module.css'
import { metricOf, selectorsOf } from './selectors.ts'

const SHOWN = 12

/** Rules that ask for a metric, or for a part of it where it is a histogram or a summary. */
export function rulesWith(groups: readonly RuleGroup[], metric: string): readonly RuleSummary[] {
  const names = new Set([metric, ...['_bucket', '_sum', '_count'].map((part) => metric + part)])
  return groups.flatMap((group) =>
    group.rules.filter(
      // To parse takes time; most queries do not even hold the letters.
      ({ query }) => query.includes(metric) && selectorsOf(query).some((one) => names.has(metricOf(one) ?? '')),
    ),
  )
}

/** The rules that a metric is used in, each leading to its page. */
export function UsedIn({ metric }: { metric: string }) {
  const { data } = useQuery({ ...rules.list(), staleTime: 60_000 })
  if (data === undefined) return null
  const found = rulesWith(data.groups, metric)
  return (
    <div className={classes.splits}>
      <span>Used in</span>
      {found.length === 0 && <span>no rule</span>}
      {found.slice(0, SHOWN).map((rule) => (
        <Link
          key={rule.id}
          to="/alerts/rules/$rule"
          params={{ rule: rule.id }}
          className={classes.usedIn}
          title={rule.kind === 'alerting' ? 'an alerting rule' : 'a recording rule'}
        >
          {rule.name}
        </Link>
      ))}
      {found.length > SHOWN && <span>and {formatCount(found.length - SHOWN)} more rules</span>}
    </div>
  )
}
