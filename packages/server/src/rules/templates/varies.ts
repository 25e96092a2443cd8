import type { RuleTemplate } from '../rule-templates.ts'

const ACTION = /\{\{[\s\S]*?\}\}/g
const LITERAL = /"(?:\\.|[^"\\])*"|`[^`]*`|\/\*[\s\S]*?\*\//g
/** Time, the answers of queries, and what may hide them. */
const ALWAYS = /\b(?:query|now|template|define|block)\b/
/** The value by its names, and all that is given together: a dot or `$` on its own. */
const VALUE = /\$value\b|\.Value\b|(?:^|[\s({|,])\.(?![A-Za-z_0-9])|\$(?![A-Za-z_])/

/** What the outcome of a rule's template depends on. In doubt on more. */
export function variesBy(text: string): RuleTemplate['varies'] {
  const actions = text.match(ACTION)
  if (actions === null) return text.includes('{{') ? 'always' : 'never'
  let varies: RuleTemplate['varies'] = 'with labels'
  for (const action of actions) {
    const code = action.slice(2, -2).replace(LITERAL, '""')
    if (ALWAYS.test(code)) return 'always'
    if (VALUE.test(code)) varies = 'with value'
  }
  return varies
}
