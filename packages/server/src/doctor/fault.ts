/** What keeps a part of a query from ever giving a series. */
export type FaultKind =
  /** A metric that nobody gives. */
  | 'metric'
  /** A whole source of metrics is not there. */
  | 'source'
  /** A metric, a label or a value that was there and no longer is. */
  | 'gone'
  /** A label that no series of the metric has. */
  | 'label'
  /** A value that the label never had. */
  | 'value'
  /** A job that nobody scrapes. */
  | 'job'
  /** The two sides of an operator that never find each other. */
  | 'matching'
  /** A condition that no value satisfies. */
  | 'impossible'
  /** The file is not among those that are loaded. */
  | 'not_loaded'

export type LastSeen = {
  /** Unix ms. */
  readonly atMs: number
  /** Series that had it within the days that are looked back. */
  readonly series: number
}

export type Fault = {
  readonly kind: FaultKind
  readonly message: string
  readonly hint: string | undefined
  /** Offset in the query. */
  readonly start: number
  /**
   * `never`: nothing will come while things are as they are. `maybe`: what is asked for may simply not have happened yet,
   * such as the first answer with status 500.
   */
  readonly weight: 'never' | 'maybe'
  /** Of what is gone. */
  readonly lastSeen?: LastSeen
  /** It may well be meant so: told with the rule, and no finding. */
  readonly isQuiet: boolean
}
