// What a script loads or expects of one series.

import type { Labels } from '../labels.ts'
import type { SeriesPoint } from '../series-notation/index.ts'

/** A value of a series in a script. */
export type Point = SeriesPoint

/** `starts`: by how many ms each sample's start time differs from its own; undefined where it has none. */
export type SeriesLine = {
  readonly labels: Labels
  readonly points: readonly Point[]
  readonly starts?: readonly (number | undefined)[]
}

export function number(text: string): number {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (/^nan$/i.test(text)) return Number.NaN
  const value = Number(text)
  if (text === '' || Number.isNaN(value)) throw new Error(`no number: ${text}`)
  return value
}
