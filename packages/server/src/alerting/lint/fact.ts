/** What is known of one label: its value (`''`: it is not there), or nothing. */
export type Fact = { readonly value: string } | 'unknown'

/** Alerts of one rule or of one name, as far as is known. */
export type AlertFacts = {
  readonly name: string
  fact(label: string): Fact
  /** Labels that they can have; undefined where others may be there. */
  readonly names: ReadonlySet<string> | undefined
}
