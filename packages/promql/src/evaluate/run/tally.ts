import { type FloatHistogram, sizeInSamples } from '../../native-histogram/index.ts'
import type { Column } from '../column/column.ts'
import type { SampleHistograms, Windows } from './windows.ts'

/**
 * Counts the samples that a query looks at, as Prometheus counts `totalQueryableSamples`: what evaluating each step by
 * itself would look at, however little of it is read twice. At each step an instant selector counts what it found, a
 * function over a range all samples in its window (of a subquery its points, not the samples beneath them); what does
 * not change from step to step counts at each. A native histogram counts by its size.
 * Source: Prometheus util/stats, promql/engine.go.
 */
export class Tally {
  readonly perStep: Float64Array

  constructor(steps: number) {
    this.perStep = new Float64Array(steps)
  }

  get total(): number {
    return this.perStep.reduce((sum, count) => sum + count, 0)
  }

  /** What an instant selector found of one series. */
  addColumn({ present, histograms }: Column): void {
    const { perStep } = this
    for (let step = 0; step < perStep.length; step++) {
      if (present[step] === 1) perStep[step]! += weightOf(histograms?.[step])
    }
  }

  /** The samples of one series that lie in each window. */
  addWindows(windows: Windows, ts: Float64Array, from: number, to: number, histograms: SampleHistograms): void {
    const { perStep } = this
    const { firstEndMs, strideMs, widthMs } = windows
    let low = from
    let high = from
    let inside = 0
    for (let step = 0; step < perStep.length; step++) {
      const endMs = firstEndMs + step * strideMs
      while (high < to && ts[high]! <= endMs) {
        inside += weightOf(histograms?.[high])
        high++
      }
      while (low < high && ts[low]! <= endMs - widthMs) {
        inside -= weightOf(histograms?.[low])
        low++
      }
      perStep[step]! += inside
    }
  }

  /** What was counted elsewhere, at the same steps. */
  addSteps(counted: Float64Array): void {
    for (let step = 0; step < this.perStep.length; step++) this.perStep[step]! += counted[step]!
  }

  /** The same at every step. */
  addToAll(count: number): void {
    for (let step = 0; step < this.perStep.length; step++) this.perStep[step]! += count
  }
}

function weightOf(h: FloatHistogram | undefined): number {
  return h === undefined ? 1 : sizeInSamples(h)
}
