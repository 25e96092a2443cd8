import { RE2JS } from 're2js'
import { type Labels, labelValue } from '../../labels.ts'
import { compileMatcher } from '../../match/index.ts'
import type { CallExpr, Expr, LabelMatcher } from '../../parse/index.ts'
import { unwrapParens } from '../../parse/index.ts'
import type { Column } from '../column/column.ts'
import { compareLabels, withLabel } from '../column/label-sets.ts'
import { mergeSameLabels } from '../run/metric-name.ts'
import type { Run } from '../run/run.ts'

/** Text of a string argument (the type check has made sure that it is one). */
export function stringArgument(expr: Expr): string {
  const literal = unwrapParens(expr)
  return literal.kind === 'string' ? literal.value : ''
}

type Texts = [target: string, replacement: string, source: string, pattern: string]

/** Of each call, as long as its query is kept: it is evaluated again and again. */
const replacing = new WeakMap<CallExpr, RE2JS>()

function regexOf(run: Run, call: CallExpr, pattern: string): RE2JS {
  let regex = replacing.get(call)
  if (regex !== undefined) return regex
  try {
    regex = RE2JS.compile(`^(?s:${pattern})$`)
  } catch {
    return run.fail(`invalid regular expression in label_replace(): ${pattern}`, call)
  }
  replacing.set(call, regex)
  return regex
}

export function labelReplace(run: Run, call: CallExpr, columns: Column[]): Column[] {
  const [target, replacement, source, pattern] = call.args.slice(1).map(stringArgument) as Texts
  const regex = regexOf(run, call, pattern)
  if (!isLabelName(target)) run.fail(`invalid destination label name in label_replace(): ${target}`, call)
  for (const column of columns) {
    const matcher = regex.matcher(labelValue(column.labels, source))
    if (!matcher.find()) continue
    column.labels = withLabel(column.labels, target, expandTemplate(replacement, matcher))
    if (target === '__name__') column.dropName = false
  }
  return mergeSameLabels(run, columns, call)
}

export function labelJoin(run: Run, call: CallExpr, columns: Column[]): Column[] {
  const [target, separator, ...sources] = call.args.slice(1).map(stringArgument) as [string, string, ...string[]]
  for (const source of sources) {
    if (!isLabelName(source)) run.fail(`invalid source label name in label_join(): ${source}`, call)
  }
  if (!isLabelName(target)) run.fail(`invalid destination label name in label_join(): ${target}`, call)
  for (const column of columns) {
    const joined = sources.map((source) => labelValue(column.labels, source)).join(separator)
    column.labels = withLabel(column.labels, target, joined)
    if (target === '__name__') column.dropName = false
  }
  return mergeSameLabels(run, columns, call)
}

/** Any UTF-8 text but the empty one; U+FFFD stands where the query had bytes that are none. */
export function isLabelName(name: string): boolean {
  return name !== '' && !name.includes('\ufffd')
}

/** Go's template of a replacement: `$1`, `$name`, `${name}`, `$$`; what the regex has not, is empty. */
function expandTemplate(template: string, matcher: ReturnType<RE2JS['matcher']>): string {
  return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    if (whole === '$$') return '$'
    const name = braced ?? bare!
    try {
      const group = /^\d+$/.test(name) ? matcher.group(Number(name)) : matcher.group(name)
      return group ?? ''
    } catch {
      return ''
    }
  })
}

/** Labels that an absent series would surely have: those that exactly one matcher names, with `=`. */
export function labelsOfAbsent(matchers: readonly LabelMatcher[]): Labels {
  let labels: Labels = []
  const seen = new Set<string>()
  // Prometheus has brought matchers that only exclude values behind the others by then.
  const excludes = (matcher: LabelMatcher) => matcher.op.startsWith('!') && compileMatcher(matcher)('')
  const last = matchers.filter(excludes)
  for (const { name, op, value } of [...matchers.filter((matcher) => !last.includes(matcher)), ...last]) {
    if (name === '__name__') continue
    if (op === '=' && !seen.has(name)) labels = withLabel(labels, name, value)
    else labels = withLabel(labels, name, '')
    if (op === '=') seen.add(name)
  }
  return labels
}

/** By the given labels in natural order (`a2` before `a10`), then by all labels. */
export function sortByLabels(columns: Column[], names: readonly string[], sign: 1 | -1): Column[] {
  return columns.sort((a, b) => {
    for (const name of names) {
      const x = labelValue(a.labels, name)
      const y = labelValue(b.labels, name)
      if (x !== y) return sign * compareNatural(x, y)
    }
    return sign * compareLabels(a.labels, b.labels)
  })
}

function compareNatural(a: string, b: string): number {
  const x = a.match(/\d+|\D+/g) ?? []
  const y = b.match(/\d+|\D+/g) ?? []
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const p = x[i]!
    const q = y[i]!
    if (p === q) continue
    if (/^\d/.test(p) && /^\d/.test(q)) {
      const m = p.replace(/^0+(?=\d)/, '')
      const n = q.replace(/^0+(?=\d)/, '')
      if (m.length !== n.length) return m.length - n.length
      if (m !== n) return m < n ? -1 : 1
      return q.length - p.length
    }
    return p < q ? -1 : 1
  }
  return x.length - y.length
}
