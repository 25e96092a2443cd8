import type { TestAlert } from './format.ts'

/*
 * Two lists of alerts as one coloured JSON text: red is what was expected and did not come, green what came and was not
 * expected, yellow what differs. The look is that of `promtool test rules --diff`.
 */

const COLORS = { added: '\x1b[0;32m', removed: '\x1b[0;31m', changed: '\x1b[0;33m' } as const
const END = '\x1b[0m'

type Json = string | readonly Json[] | { readonly [key: string]: Json }

const NO_ALERT: TestAlert = { labels: [], annotations: [] }

export function diffAlerts(expected: readonly TestAlert[], got: readonly TestAlert[]): string {
  const toJson = (alerts: readonly TestAlert[]): Json =>
    (alerts.length === 0 ? [NO_ALERT] : alerts).map(({ labels, annotations }) => ({
      Annotations: toObject(annotations),
      Labels: toObject(labels),
    }))
  const lines = diff(toJson(expected), toJson(got))
  return lines.join('\n')
}

function toObject(labels: readonly string[]): Record<string, string> {
  const out: Record<string, string> = {}
  for (let i = 0; i < labels.length; i += 2) out[labels[i]!] = labels[i + 1]!
  return out
}

/** Lines of a value, the first without indent. */
function diff(a: Json, b: Json): string[] {
  if (typeof a === 'string' && typeof b === 'string') {
    return a === b ? [JSON.stringify(a)] : [colored(`${JSON.stringify(a)} => ${JSON.stringify(b)}`, 'changed')]
  }
  if (isList(a) && isList(b)) {
    const items = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => {
      const mine = a[i]
      const theirs = b[i]
      if (mine === undefined) return plain(theirs!).map((line) => colored(line, 'added'))
      return theirs === undefined ? plain(mine).map((line) => colored(line, 'removed')) : diff(mine, theirs)
    })
    return bracketed('[', items, ']')
  }
  const x = a as { readonly [key: string]: Json }
  const y = b as { readonly [key: string]: Json }
  const keys = [...new Set([...Object.keys(x), ...Object.keys(y)])].sort()
  const items = keys.map((key) => {
    const mine = x[key]
    const theirs = y[key]
    const name = `${JSON.stringify(key)}: `
    if (mine === undefined) return [colored(`${name}${plain(theirs!).join('\n')}`, 'added')]
    if (theirs === undefined) return [colored(`${name}${plain(mine).join('\n')}`, 'removed')]
    const [first = '', ...rest] = diff(mine, theirs)
    return [`${name}${first}`, ...rest]
  })
  return bracketed('{', items, '}')
}

function plain(value: Json): string[] {
  if (typeof value === 'string') return [JSON.stringify(value)]
  if (isList(value)) return bracketed('[', value.map(plain), ']')
  const keys = Object.keys(value).sort()
  return bracketed(
    '{',
    keys.map((key) => {
      const [first = '', ...rest] = plain(value[key]!)
      return [`${JSON.stringify(key)}: ${first}`, ...rest]
    }),
    '}',
  )
}

function bracketed(open: string, items: readonly (readonly string[])[], close: string): string[] {
  if (items.length === 0) return [`${open}${close}`]
  const lines = items.flatMap((item, i) =>
    item.map((line, k) => `    ${line}${k === item.length - 1 && i < items.length - 1 ? ',' : ''}`),
  )
  return [open, ...lines, close]
}

function colored(text: string, color: keyof typeof COLORS): string {
  return `${COLORS[color]}${text}${END}`
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
