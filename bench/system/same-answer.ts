// Whether two answers of the query API say the same.

type Matrix = { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }

/** What our default rules write beside the series that they look at: the others have no such rules. */
const OWN = new Set(['ALERTS', 'ALERTS_FOR_STATE', 'alertname', 'alertstate', 'severity', 'team'])

/** Where the second answer says something else than the first: labels exactly, numbers within 1e-9. Undefined: nowhere. */
export function differenceOf(a: Buffer, b: Buffer, { hasTies = false } = {}): string | undefined {
  const left = itemsOf(a)
  const right = itemsOf(b)
  if (left === undefined || right === undefined) return 'one failed'
  if (hasTies) {
    const values = (items: Map<string, number[]>) => [...items.values()].map(String).sort().join(' ')
    return values(left) === values(right) ? undefined : `${values(right)} for ${values(left)}`
  }
  const lacking = [...left.keys()].filter((key) => !right.has(key))
  const added = [...right.keys()].filter((key) => !left.has(key) && !OWN.has(key))
  if (lacking.length + added.length > 0) return `${told('lacks', lacking)} ${told('adds', added)}`.trim()
  for (const [key, numbers] of left) {
    const others = right.get(key)!
    if (others.length !== numbers.length) return `${key}: ${others.length / 2} points for ${numbers.length / 2}`
    for (let i = 0; i < numbers.length; i++) {
      const x = numbers[i]!
      const y = others[i]!
      const isClose = Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y))
      if (x !== y && !isClose && !(Number.isNaN(x) && Number.isNaN(y))) return `${key}: ${y} for ${x}`
    }
  }
  return undefined
}

const told = (what: string, keys: readonly string[]) =>
  keys.length === 0 ? '' : `${what} ${keys.length}: ${keys.slice(0, 3).join(', ')}`

/** What an answer lists: its times and values by label set, or its names. */
function itemsOf(body: Buffer): Map<string, number[]> | undefined {
  const answer = JSON.parse(body.toString()) as { status: string; data: { result: Matrix[] } | unknown[] }
  if (answer.status !== 'success') return undefined
  const found = new Map<string, number[]>()
  if (Array.isArray(answer.data)) {
    for (const item of answer.data) found.set(typeof item === 'string' ? item : sortedJson(item as object), [])
    return found
  }
  for (const { metric, value, values } of answer.data.result) {
    const points = values ?? (value === undefined ? [] : [value])
    found.set(
      sortedJson(metric),
      points.flatMap(([time, text]) => [time, Number(text.replace('Inf', 'Infinity'))]),
    )
  }
  return found
}

function sortedJson(labels: object): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}
