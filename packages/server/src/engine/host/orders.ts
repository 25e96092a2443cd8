/**
 * What the supervisor tells a new host: one line of JSON on its standard input, which then stays open as the lifeline.
 * Plain data; the password goes this way so that no process list shows it.
 */
export type HostOrders = {
  /** Binnacle's data directory; the engine's files lie in `engine/` below. */
  readonly dataDir: string
  /** Private, and of the host alone: it is emptied at the start. */
  readonly spoolDir: string
  readonly listen:
    | { readonly kind: 'socket'; readonly path: string }
    | { readonly kind: 'tcp'; readonly user: string; readonly password: string }
  /** Bound of what the engine itself allocates. */
  readonly maxServerMemoryBytes: number
}

/** The one line on the host's standard output, once it answers. `port` for `tcp` only. */
export type HostReady = { readonly ready: true; readonly port?: number; readonly engine: string }

/** Exit codes that say why, so that the supervisor can tell its user. */
export const EXIT = { noEngine: 71, directoryTaken: 72, badOrders: 73 } as const
