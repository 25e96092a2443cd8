import { type Labels, labelsOf } from '@binnacle/promql'

/**
 * Labels that are being changed. Setting a label to the empty text removes it. Iterates in the order in which
 * Prometheus does: labels of the base in their order, then what was set, in the order of setting (it decides which one
 * wins when labelmap maps two labels to one name).
 */
export class LabelsBuilder {
  readonly #labels = new Map<string, string>()
  readonly #changed = new Set<string>()
  readonly #base: Labels
  #same = true

  constructor(base: Labels = []) {
    this.#base = base
    for (let i = 0; i < base.length; i += 2) this.#labels.set(base[i]!, base[i + 1]!)
  }

  get(name: string): string {
    return this.#labels.get(name) ?? ''
  }

  set(name: string, value: string): void {
    if (value === '') {
      this.delete(name)
      return
    }
    this.#same = false
    if (!this.#changed.has(name)) {
      this.#labels.delete(name)
      this.#changed.add(name)
    }
    this.#labels.set(name, value)
  }

  delete(name: string): void {
    if (this.#labels.delete(name)) this.#same = false
    this.#changed.delete(name)
  }

  /** A copy: the builder may be changed while walking it. */
  entries(): (readonly [name: string, value: string])[] {
    return [...this.#labels]
  }

  /** The base itself when nothing was changed. */
  labels(): Labels {
    return this.#same ? this.#base : labelsOf(this.#labels)
  }
}
