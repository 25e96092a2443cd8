import { createHash } from 'node:crypto'

/**
 * Where a group's evaluations lie in its interval, ms: from the hash of its file and name, so that groups are spread and
 * a restart keeps their places.
 */
export function phaseOf(file: string, group: string, intervalMs: number): number {
  const hash = createHash('sha256').update(`${file}\n${group}`).digest().readUIntBE(0, 6)
  return hash % intervalMs
}

/** The first slot of a phase that lies after `afterMs`. Unix ms. */
export function slotAfter(afterMs: number, phaseMs: number, intervalMs: number): number {
  const slot = afterMs - modulo(afterMs - phaseMs, intervalMs)
  return slot + intervalMs
}

export function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}
