// The best k of a group at a step, chosen as Prometheus chooses them, also among equals: a heap of k whose root is the
// worst, filled in order of the series' labels. Which of equal values stay then depends on the others. (Go's heap and
// sort are followed step by step, with their comparison by which NaN is below everything, itself included.)

/** What is compared: the values of a group's series at one step. */
export class TopHeap {
  /** The chosen, as places in `values`; a heap until they are sorted. */
  readonly chosen: number[] = []
  /** Whether equal values were met: only then does the order matter in which they came. */
  tied = false
  private readonly sign: 1 | -1
  private values: Float64Array = new Float64Array(0)
  private k = 0

  constructor(largest: boolean) {
    this.sign = largest ? 1 : -1
  }

  begin(values: Float64Array, k: number): void {
    this.values = values
    this.k = k
    this.chosen.length = 0
    this.tied = false
  }

  /** Whether the place `a` is below `b`. */
  private below(a: number, b: number): boolean {
    const x = this.sign * this.values[a]!
    const y = this.sign * this.values[b]!
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) this.tied = true
    return Number.isNaN(x) || x < y
  }

  offer(place: number): void {
    const { chosen } = this
    if (chosen.length < this.k) {
      chosen.push(place)
      this.up(chosen.length - 1)
      return
    }
    const root = this.sign * this.values[chosen[0]!]!
    const value = this.sign * this.values[place]!
    if (root === value || (Number.isNaN(root) && Number.isNaN(value))) this.tied = true
    if (!(root < value || (Number.isNaN(root) && !Number.isNaN(value)))) return
    chosen[0] = place
    this.down()
  }

  private up(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!this.below(this.chosen[at]!, this.chosen[parent]!)) return
      this.swap(at, parent)
      at = parent
    }
  }

  private down(): void {
    const { chosen } = this
    for (let at = 0; ; ) {
      let child = 2 * at + 1
      if (child >= chosen.length) return
      if (child + 1 < chosen.length && this.below(chosen[child + 1]!, chosen[child]!)) child++
      if (!this.below(chosen[child]!, chosen[at]!)) return
      this.swap(at, child)
      at = child
    }
  }

  private swap(a: number, b: number): void {
    const { chosen } = this
    const one = chosen[a]!
    chosen[a] = chosen[b]!
    chosen[b] = one
  }

  /** Puts the chosen in order, the best first. */
  sort(): void {
    const { chosen } = this
    if (chosen.length > 12) {
      chosen.sort((a, b) => (this.below(b, a) ? (this.below(a, b) ? 0 : -1) : this.below(a, b) ? 1 : 0))
      return
    }
    for (let i = 1; i < chosen.length; i++) {
      for (let at = i; at > 0 && this.below(chosen[at - 1]!, chosen[at]!); at--) this.swap(at, at - 1)
    }
  }
}
