/** The moments at which an expression is evaluated: `startMs + i * stepMs` for `i < steps`. */
export type Grid = { readonly startMs: number; readonly stepMs: number; readonly steps: number }
