// Whether two answers of the query API say the same.

type Matrix = { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }

/** True when two answers say the same: labels exactly, numbers within 1e-9 of each other. */
export function sameAnswer(a: Buffer, b: Buffer): boolean {
  const left = itemsOf(a)
  const right = itemsOf(b)
  if (left === undefined || right === undefined || left.size !== right.size) return false
  for (const [key, numbers] of left) {
    const others = right.get(key)
    if (others === undefined || others.length !== numbers.length) return false
    for (let i = 0; i < numbers.length; i++) {
      const x = numbers[i]!
      const y = others[i]!
      if (
        x !== y &&
        !(Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y))) &&
        !(Number.isNaN(x) && Number.isNaN(y))
      ) {
        return false
      }
    }
  }
  return true
}

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
