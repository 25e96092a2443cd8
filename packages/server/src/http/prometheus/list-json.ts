import type { Labels } from '@binnacle/promql'
import type { JsonPieces } from '../../metrics/query/index.ts'
import { nextTurn } from '../../telemetry/index.ts'

/** Lists up to so many items are answered in one piece. */
const AT_ONCE = 2_000
/** Names of a long list that become text at a time: about a millisecond. */
const NAMES_SLICE = 4_096
/** Texts whose JSON is kept while a list is written. */
const KEPT_TEXTS = 50_000

/** Answers are the same objects again and again (`kept-listings.ts`): each has its JSON as long as it is there. */
const jsonOf = new WeakMap<object, string>()

/** A list of label sets that come in slices. A long one is made as it is read. */
export async function seriesJson(
  count: number,
  slices: AsyncIterable<readonly Labels[]> | readonly (readonly Labels[])[],
): Promise<string | JsonPieces> {
  const known = jsonOf.get(slices)
  if (known !== undefined) return known
  const toJson = createLabelsJson()
  const sliceJson = (slice: readonly Labels[]) => slice.map(toJson).join(',')
  if (count > AT_ONCE) return pieces(slices, sliceJson)
  const texts: string[] = []
  if (!(Symbol.iterator in slices)) {
    for await (const slice of slices) texts.push(sliceJson(slice))
    return `[${texts.join(',')}]`
  }
  for (const slice of slices) texts.push(sliceJson(slice))
  const json = `[${texts.join(',')}]`
  jsonOf.set(slices, json)
  return json
}

async function* pieces<T>(
  slices: AsyncIterable<readonly T[]> | readonly (readonly T[])[],
  toJson: (slice: readonly T[]) => string,
) {
  let before = '['
  for await (const slice of slices) {
    yield Buffer.from(before + toJson(slice))
    before = ','
  }
  yield Buffer.from(before === '[' ? '[]' : ']')
}

export function namesJson(names: readonly string[]): string | JsonPieces {
  if (names.length > AT_ONCE) return pieces(inSlices(names), (slice) => JSON.stringify(slice).slice(1, -1))
  let json = jsonOf.get(names)
  if (json === undefined) {
    json = JSON.stringify(names)
    jsonOf.set(names, json)
  }
  return json
}

async function* inSlices(names: readonly string[]) {
  for (let at = 0; at < names.length; at += NAMES_SLICE) {
    if (at > 0) await nextTurn()
    yield names.slice(at, at + NAMES_SLICE)
  }
}

/** Writes label sets as objects; names and values come again and again, so their JSON is kept for a while. */
function createLabelsJson(): (labels: Labels) => string {
  const known = new Map<string, string>()
  const text = (value: string) => {
    let json = known.get(value)
    if (json === undefined) {
      json = JSON.stringify(value)
      if (known.size >= KEPT_TEXTS) known.clear()
      known.set(value, json)
    }
    return json
  }
  return (labels) => {
    let json = '{'
    for (let i = 0; i < labels.length; i += 2)
      json += `${i === 0 ? '' : ','}${text(labels[i]!)}:${text(labels[i + 1]!)}`
    return `${json}}`
  }
}
