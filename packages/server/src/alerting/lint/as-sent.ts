import type { PrometheusAlerting } from '../../metrics/intake/prometheus-config/index.ts'
import { applyRules, expandTemplate, LabelsBuilder, type RelabelRule } from '../../metrics/intake/relabel/index.ts'
import type { AlertFacts, Fact } from './fact.ts'

/** What becomes of the labels of a rule's alert on its way to who routes it. */
export type Sending = {
  /** Given where the alert has no label of the name. */
  readonly externalLabels: Readonly<Record<string, string>>
  /** `alert_relabel_configs`. */
  readonly relabelRules: readonly RelabelRule[]
}

type AlertLabels = Pick<AlertFacts, 'fact' | 'names'>

/**
 * The alert as it is sent: external labels first, then relabelling, as Prometheus has it. Of labels whose values are not
 * known, what they become is not known either. Undefined where the alert is dropped.
 */
export function asSent(alert: AlertFacts, { externalLabels, relabelRules }: Sending): AlertFacts | undefined {
  let labels: AlertLabels | undefined = withExternal(alert, externalLabels)
  for (const rule of relabelRules) {
    labels = relabelled(labels, rule)
    if (labels === undefined) return undefined
  }
  return labels === alert ? alert : { name: alert.name, fact: remembered(labels.fact), names: labels.names }
}

/** Rules make a chain of questions: each label is asked for once. */
function remembered(fact: AlertFacts['fact']): AlertFacts['fact'] {
  const known = new Map<string, Fact>()
  return (label) => {
    const before = known.get(label)
    if (before !== undefined) return before
    const found = fact(label)
    known.set(label, found)
    return found
  }
}

function withExternal(labels: AlertLabels, external: Readonly<Record<string, string>>): AlertLabels {
  const given = Object.keys(external)
  if (given.length === 0) return labels
  return {
    names: labels.names && new Set([...labels.names, ...given]),
    fact(label) {
      const own = labels.fact(label)
      return own !== 'unknown' && own.value === '' ? { value: external[label] ?? '' } : own
    },
  }
}

/** After one rule; undefined where it drops the alert. */
function relabelled(labels: AlertLabels, rule: RelabelRule): AlertLabels | undefined {
  const source = joined(labels, rule)
  switch (rule.action) {
    case 'keep':
      return source === undefined || rule.regex.matches(source) ? labels : undefined
    case 'drop':
      return source !== undefined && rule.regex.matches(source) ? undefined : labels
    case 'keepequal':
    case 'dropequal': {
      const target = labels.fact(rule.targetLabel)
      if (source === undefined || target === 'unknown') return labels
      return (target.value === source) === (rule.action === 'keepequal') ? labels : undefined
    }
    case 'replace':
      return replaced(labels, rule, source)
    case 'lowercase':
    case 'uppercase':
    case 'hashmod':
      return withFact(labels, rule.targetLabel, source === undefined ? 'unknown' : computed(labels, rule))
    case 'labelmap':
      return mapped(labels, rule)
    case 'labeldrop':
      return filtered(labels, (name) => !rule.regex.matches(name))
    case 'labelkeep':
      return filtered(labels, (name) => rule.regex.matches(name))
  }
}

/** The values of the source labels as the rule sees them; undefined where one is not known. */
function joined({ fact }: AlertLabels, { sourceLabels, separator }: RelabelRule): string | undefined {
  const values: string[] = []
  for (const label of sourceLabels) {
    const one = fact(label)
    if (one === 'unknown') return undefined
    values.push(one.value)
  }
  return values.join(separator)
}

const ALL: ReadonlySet<string> = new Set(['(.*)', '.*'])

function replaced(labels: AlertLabels, rule: RelabelRule, source: string | undefined): AlertLabels {
  const { targetLabel, replacement, regex } = rule
  const matchesAll = ALL.has(regex.source)
  if (source === undefined) {
    // Any label at all may be the one that is written.
    if (targetLabel.includes('$')) return { names: undefined, fact: () => 'unknown' }
    const isSure = matchesAll && !replacement.includes('$')
    return withFact(labels, targetLabel, isSure ? { value: replacement } : maybe(labels, rule))
  }
  const match = regex.match(source)
  if (match === undefined) return labels
  const target = expandTemplate(targetLabel, match)
  return target === '' ? labels : withFact(labels, target, { value: expandTemplate(replacement, match) })
}

/** What a rule leaves that may or may not write. */
function maybe({ fact }: AlertLabels, { targetLabel, replacement }: RelabelRule): Fact {
  const before = fact(targetLabel)
  return before !== 'unknown' && before.value === replacement ? before : 'unknown'
}

function computed({ fact }: AlertLabels, rule: RelabelRule): Fact {
  const builder = new LabelsBuilder()
  for (const label of rule.sourceLabels) {
    const one = fact(label)
    if (one !== 'unknown') builder.set(label, one.value)
  }
  applyRules(builder, [rule])
  return { value: builder.get(rule.targetLabel) }
}

function withFact({ fact, names }: AlertLabels, label: string, known: Fact): AlertLabels {
  return {
    names: names && new Set([...names, label]),
    fact: (name) => (name === label ? known : fact(name)),
  }
}

function filtered({ fact, names }: AlertLabels, stays: (name: string) => boolean): AlertLabels {
  return {
    names: names && new Set([...names].filter(stays)),
    fact: (name) => (stays(name) ? fact(name) : { value: '' }),
  }
}

function mapped(labels: AlertLabels, { regex, replacement }: RelabelRule): AlertLabels {
  const { fact, names } = labels
  // A label that nobody knows of may become any other.
  if (names === undefined) return { names, fact: () => 'unknown' }
  const made = new Map<string, Fact>()
  for (const name of names) {
    const match = regex.match(name)
    const own = match === undefined ? undefined : fact(name)
    if (match === undefined || own === undefined || (own !== 'unknown' && own.value === '')) continue
    const target = expandTemplate(replacement, match)
    // Which of two wins depends on their order, and one that may not be there writes nothing.
    const isSure = own !== 'unknown' && !made.has(target)
    made.set(target, isSure ? own : 'unknown')
  }
  return { names: new Set([...names, ...made.keys()]), fact: (name) => made.get(name) ?? fact(name) }
}

/**
 * The ways of a rule's alerts by a prometheus.yml, each once: to every Alertmanager by the rules for all of them, and by those
 * of its own entry.
 */
export function sendingsOf(
  externalLabels: Readonly<Record<string, string>>,
  { alertRelabelRules, alertmanagers }: Pick<PrometheusAlerting, 'alertRelabelRules' | 'alertmanagers'>,
): readonly Sending[] {
  const own = alertmanagers.map((entry) => entry.alertRelabelRules).filter((rules) => rules.length > 0)
  const ways = own.length < alertmanagers.length || own.length === 0 ? [[], ...own] : own
  return ways.map((rules) => ({ externalLabels, relabelRules: [...alertRelabelRules, ...rules] }))
}
