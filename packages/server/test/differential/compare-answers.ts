/*
 * Two answers of the query API, compared: kind, label sets and times exactly, values to nine digits; failures by being
 * failures, with status and type.
 */

export type ApiAnswer =
  | { readonly status: 'error'; readonly code: number; readonly errorType: string; readonly error: string }
  | {
      readonly status: 'success'
      readonly data: { readonly resultType: string; readonly result: unknown }
      readonly warnings?: readonly string[]
      readonly infos?: readonly string[]
    }

type Point = readonly [number, string]
type Series = { readonly metric: Readonly<Record<string, string>>; readonly value?: Point; readonly values?: Point[] }

/** Says where `ours` differs from `theirs`; undefined when it does not. */
export function differenceOf(ours: ApiAnswer, theirs: ApiAnswer, ordered: boolean): string | undefined {
  if (ours.status === 'error' || theirs.status === 'error') {
    if (ours.status !== 'error') return `Prometheus fails: ${(theirs as { error: string }).error}`
    if (theirs.status !== 'error') return `Binnacle fails: ${ours.errorType}: ${ours.error}`
    if (ours.errorType === theirs.errorType && ours.code === theirs.code) return undefined
    return `fails as ${ours.code} ${ours.errorType} (${ours.error}) instead of ${theirs.code} ${theirs.errorType} (${theirs.error})`
  }
  if (ours.data.resultType !== theirs.data.resultType) {
    return `is a ${ours.data.resultType} instead of a ${theirs.data.resultType}`
  }
  if (theirs.data.resultType === 'scalar' || theirs.data.resultType === 'string') {
    return pointDifference(ours.data.result as Point, theirs.data.result as Point)
  }
  return seriesDifference(ours.data.result as Series[], theirs.data.result as Series[], ordered)
}

function seriesDifference(ours: readonly Series[], theirs: readonly Series[], ordered: boolean): string | undefined {
  const mine = new Map(ours.map((one) => [keyOf(one.metric), one]))
  if (mine.size !== ours.length) return 'has a label set twice'
  const missing = theirs.find(({ metric }) => !mine.has(keyOf(metric)))
  if (missing !== undefined) return `lacks ${keyOf(missing.metric)} (${ours.length} series instead of ${theirs.length})`
  if (ours.length !== theirs.length) {
    const wanted = new Set(theirs.map(({ metric }) => keyOf(metric)))
    return `has ${[...mine.keys()].find((key) => !wanted.has(key))} too`
  }
  for (const [i, their] of theirs.entries()) {
    const key = keyOf(their.metric)
    if (ordered && keyOf(ours[i]!.metric) !== key) return `has ${keyOf(ours[i]!.metric)} in the place of ${key}`
    const mineHere = mine.get(key)!
    const [a, b] = [mineHere.values ?? [mineHere.value!], their.values ?? [their.value!]]
    if (a.length !== b.length) {
      const times = new Set((a.length > b.length ? b : a).map(([time]) => time))
      const first = (a.length > b.length ? a : b).find(([time]) => !times.has(time))
      return `${key}: ${a.length} points instead of ${b.length}, first ${a.length > b.length ? 'too many' : 'missing'}: ${first}`
    }
    for (let p = 0; p < a.length; p++) {
      const difference = pointDifference(a[p]!, b[p]!)
      if (difference !== undefined) return `${key}: ${difference}`
    }
  }
  return undefined
}

function pointDifference([ourTime, ours]: Point, [theirTime, theirs]: Point): string | undefined {
  if (ourTime !== theirTime) return `time ${ourTime} instead of ${theirTime}`
  if (ours === theirs || isNear(toNumber(ours), toNumber(theirs))) return undefined
  return `${ours} instead of ${theirs} at ${theirTime}`
}

/** Undefined for NaN, which is only near itself, and as text. */
const toNumber = (text: string) => (text === 'NaN' ? undefined : Number(text.replace('Inf', 'Infinity')))

function isNear(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return false
  return a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b))
}

const keyOf = (metric: Readonly<Record<string, string>>) =>
  `{${Object.keys(metric)
    .sort()
    .map((name) => `${name}=${JSON.stringify(metric[name])}`)
    .join(', ')}}`
