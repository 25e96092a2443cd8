import { labelFact } from '@binnacle/promql'
import type { AlertingRule } from '../../rule-file/index.ts'
import type { RuleCheck } from '../check.ts'
import { excerpt } from '../walk.ts'

type Text = { readonly path: readonly string[]; readonly text: string }

export function textsOf(rule: AlertingRule): Text[] {
  return [
    ...Object.entries(rule.labels).map(([name, text]) => ({ path: ['labels', name], text })),
    ...Object.entries(rule.annotations).map(([name, text]) => ({ path: ['annotations', name], text })),
  ]
}

/** Labels of the alert's series that a template asks for, each with its offset. */
export function* askedLabels(text: string): Generator<{ readonly name: string; readonly offset: number }> {
  for (const action of text.matchAll(/\{\{.*?\}\}/gs)) {
    for (const found of action[0].matchAll(/\$labels\.(\w+)|index\s+\$labels\s+"([^"]+)"/g)) {
      yield { name: found[1] ?? found[2]!, offset: action.index + found.index }
    }
  }
}

export const templateLabels: RuleCheck = {
  kind: 'rule',
  name: 'alerts/template',
  finds:
    'Texts that print a label which the result of the expression cannot have, and labels that change with the value.',
  why: 'A label that is not there prints as nothing: "High error rate on ". A label with the value in it makes another alert at every evaluation, none of which lasts as long as `for` asks.',
  run(view, report) {
    const { rule, file } = view
    if (rule.kind !== 'alerting') return
    for (const { path, text } of textsOf(rule)) {
      for (const { name, offset } of askedLabels(text)) {
        const fact = labelFact(view.labels(), name)
        if (fact.presence !== 'absent') continue
        const by = fact.by === undefined ? '' : `: "${excerpt(rule.expr, fact.by)}" does not give it`
        const own = name in rule.labels || name === 'alertname'
        const hint = own
          ? '$labels holds the labels of the expression only, not those that the rule adds'
          : `add it to the aggregation, such as "by (${name})", or leave it out of the text`
        report(file.places.textPlace(rule, path, offset), `$labels.${name} is always empty${by}`, hint)
      }
      if (path[0] !== 'labels') continue
      const value = /\{\{[^}]*(\$value|\.Value)\b/.exec(text)
      if (value === null || /\{\{-?\s*if\b/.test(text)) continue
      const message = `the label ${path[1]} holds the value: each new value makes another alert, and "for" begins anew`
      report(file.places.textPlace(rule, path, value.index), message, 'put the value into an annotation')
    }
  },
}

export const literalNewline: RuleCheck = {
  kind: 'rule',
  name: 'alerts/newline',
  pint: ['alerts/template'],
  finds: 'A backslash and an n in a text where a line break was meant.',
  why: 'Only double quotes of YAML make a line break of \\n. In single quotes, without quotes and in blocks it arrives as the two characters.',
  run(view, report) {
    const { rule, file } = view
    if (rule.kind !== 'alerting') return
    for (const { path, text } of textsOf(rule)) {
      // Strings inside of an action are Go's, which knows the escape.
      const outside = text.replace(/\{\{.*?\}\}/gs, (action) => ' '.repeat(action.length))
      const at = outside.indexOf('\\n')
      if (at < 0) continue
      report(
        file.places.textPlace(rule, path, at),
        'this \\n stays two characters in the text',
        'use double quotes, or a block (|)',
      )
    }
  },
}
