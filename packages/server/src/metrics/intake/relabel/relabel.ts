import { createHash } from 'node:crypto'
import type { Labels } from '@binnacle/promql'
import { expandTemplate } from './anchored-regex.ts'
import { LabelsBuilder } from './labels-builder.ts'
import type { RelabelRule } from './rule.ts'

export type Relabelled =
  | { readonly kept: true; readonly labels: Labels }
  /** `droppedBy` is the index of the rule that dropped the labels. */
  | { readonly kept: false; readonly droppedBy: number }

/** The labels after all rules. Work is proportional to rules times labels: callers cache it per series. */
export function relabel(labels: Labels, rules: readonly RelabelRule[]): Relabelled {
  const builder = new LabelsBuilder(labels)
  const droppedBy = applyRules(builder, rules)
  return droppedBy === undefined ? { kept: true, labels: builder.labels() } : { kept: false, droppedBy }
}

/** Applies rules to a builder in place; returns the index of the rule that dropped it, or `undefined`. */
export function applyRules(builder: LabelsBuilder, rules: readonly RelabelRule[]): number | undefined {
  for (let i = 0; i < rules.length; i++) if (!applyRule(builder, rules[i]!)) return i
  return undefined
}

/** False when the rule drops the labels. Source: prometheus.io "Configuration", `<relabel_config>`. */
function applyRule(builder: LabelsBuilder, rule: RelabelRule): boolean {
  const value = rule.sourceLabels.map((name) => builder.get(name)).join(rule.separator)
  switch (rule.action) {
    case 'keep':
      return rule.regex.matches(value)
    case 'drop':
      return !rule.regex.matches(value)
    case 'keepequal':
      return builder.get(rule.targetLabel) === value
    case 'dropequal':
      return builder.get(rule.targetLabel) !== value
    case 'replace': {
      const match = rule.regex.match(value)
      if (match) {
        const target = expandTemplate(rule.targetLabel, match)
        if (isLabelName(target)) builder.set(target, expandTemplate(rule.replacement, match))
      }
      return true
    }
    case 'lowercase':
      builder.set(
        rule.targetLabel,
        mapCase(value, (point) => point.toLowerCase(), true),
      )
      return true
    case 'uppercase':
      builder.set(
        rule.targetLabel,
        mapCase(value, (point) => point.toUpperCase(), false),
      )
      return true
    case 'hashmod': {
      // The last eight bytes of the MD5, as a big-endian number.
      const hash = createHash('md5').update(value).digest().readBigUInt64BE(8)
      builder.set(rule.targetLabel, String(hash % BigInt(rule.modulus)))
      return true
    }
    case 'labelmap':
      for (const [name, text] of builder.entries()) {
        const match = rule.regex.match(name)
        if (match) builder.set(expandTemplate(rule.replacement, match), text)
      }
      return true
    case 'labeldrop':
      for (const [name] of builder.entries()) if (rule.regex.matches(name)) builder.delete(name)
      return true
    case 'labelkeep':
      for (const [name] of builder.entries()) if (!rule.regex.matches(name)) builder.delete(name)
      return true
  }
}

/** With UTF-8 names every text that is not empty and is valid Unicode is a label name. */
function isLabelName(name: string): boolean {
  return name !== '' && !/\p{Surrogate}/u.test(name)
}

/** Go maps case letter by letter: one letter never becomes two (`ß` stays), and no letter looks at its neighbours. */
function mapCase(text: string, map: (point: string) => string, keepFirst: boolean): string {
  let out = ''
  for (const point of text) {
    const mapped = map(point)
    const [first] = mapped
    out += first === mapped ? mapped : keepFirst ? (first ?? '') : point
  }
  return out
}
