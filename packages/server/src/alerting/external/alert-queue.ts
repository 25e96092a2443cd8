import type { IncomingAlert } from '../../rules/index.ts'
import { fingerprintOf } from '../fingerprint.ts'

/** Alerts that wait for one Alertmanager, oldest first; of each alert only the newest word. */
export type AlertQueue = {
  /** How many older ones had to go. */
  add(alerts: readonly IncomingAlert[]): number
  /** Takes the oldest out. */
  take(count: number): readonly IncomingAlert[]
  readonly size: number
}

export function createAlertQueue(capacity: number): AlertQueue {
  const waiting = new Map<string, IncomingAlert>()
  return {
    add(alerts) {
      for (const alert of alerts) {
        const fingerprint = fingerprintOf(alert.labels)
        waiting.delete(fingerprint)
        waiting.set(fingerprint, alert)
      }
      let dropped = 0
      for (const fingerprint of waiting.keys()) {
        if (waiting.size <= capacity) break
        waiting.delete(fingerprint)
        dropped++
      }
      return dropped
    },
    take(count) {
      const taken: IncomingAlert[] = []
      for (const [fingerprint, alert] of waiting) {
        if (taken.length === count) break
        waiting.delete(fingerprint)
        taken.push(alert)
      }
      return taken
    },
    get size() {
      return waiting.size
    },
  }
}
