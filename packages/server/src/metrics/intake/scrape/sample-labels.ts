import { formatLabels, type Labels, labelsOf, labelValue } from '@binnacle/promql'
import { BinnacleError } from '../../../config/index.ts'
import { LabelsBuilder, type RelabelRule, relabel } from '../relabel/index.ts'

/**
 * Labels of a series as they are stored: the target's labels joined to the exposed ones, then metric relabelling;
 * `undefined` when a rule drops it. With `honorLabels` the exposed label wins where both have it, otherwise the
 * exposed one moves to `exported_<name>`. Source: prometheus.io "Configuration", `honor_labels`.
 */
export function sampleLabels(
  exposed: Labels,
  target: Labels,
  options: { honorLabels: boolean; legacyNames: boolean; rules: readonly RelabelRule[] },
): Labels | undefined {
  const joined = joinDisjoint(exposed, target) ?? joinConflicting(exposed, target, options.honorLabels)
  const result = options.rules.length === 0 ? ({ kept: true, labels: joined } as const) : relabel(joined, options.rules)
  if (!result.kept || result.labels.length === 0) return undefined
  if (options.legacyNames && !hasLegacyNames(result.labels)) {
    throw new BinnacleError(
      'scrape.invalid_name',
      `invalid metric name or label names: ${formatLabels(result.labels)}`,
      {
        hint: 'metric_name_validation_scheme is legacy',
      },
    )
  }
  return result.labels
}

/** Both sets are sorted: merging them is several times faster than sorting again. `undefined` when a name is in both. */
function joinDisjoint(exposed: Labels, target: Labels): Labels | undefined {
  const joined: string[] = []
  let i = 0
  let k = 0
  while (i < exposed.length && k < target.length) {
    const a = exposed[i]!
    const b = target[k]!
    if (a === b) return undefined
    if (a < b) {
      joined.push(a, exposed[i + 1]!)
      i += 2
    } else {
      joined.push(b, target[k + 1]!)
      k += 2
    }
  }
  for (; i < exposed.length; i += 2) joined.push(exposed[i]!, exposed[i + 1]!)
  for (; k < target.length; k += 2) joined.push(target[k]!, target[k + 1]!)
  return joined
}

function joinConflicting(exposed: Labels, target: Labels, honorLabels: boolean): Labels {
  const builder = new LabelsBuilder(exposed)
  const conflicts: [name: string, value: string][] = []
  for (let i = 0; i < target.length; i += 2) {
    const name = target[i]!
    const own = labelValue(exposed, name)
    if (honorLabels && own !== '') continue
    if (own !== '') conflicts.push([name, own])
    builder.set(name, target[i + 1]!)
  }
  // Short names first: `exported_a` of the page must not take the place that `a` moves to.
  conflicts.sort(([a], [b]) => a.length - b.length)
  for (const [name, value] of conflicts) {
    let moved = name
    do moved = `exported_${moved}`
    while (builder.get(moved) !== '')
    builder.set(moved, value)
  }
  return builder.labels()
}

function hasLegacyNames(labels: Labels): boolean {
  for (let i = 0; i < labels.length; i += 2) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(labels[i]!)) return false
    if (labels[i] === '__name__' && !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(labels[i + 1]!)) return false
  }
  return true
}

/** Labels of `up` and its kind. */
export function reportLabels(metric: string, target: Labels): Labels {
  const pairs: [string, string][] = [['__name__', metric]]
  for (let i = 0; i < target.length; i += 2) pairs.push([target[i]!, target[i + 1]!])
  return labelsOf(pairs)
}
