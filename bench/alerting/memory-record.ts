// Where memory lies while something goes on: of each process, and of Binnacle's watch what its JavaScript takes
// (its own /metrics).

import { readFileSync } from 'node:fs'
import { ask } from '../system/http-client.ts'
import { memory } from '../system/process-usage.ts'
import type { AlertingSystem } from './start-alerting-systems.ts'

export type Moment = 'before' | 'meanwhile' | 'afterwards'
/** Bytes, by part. Of several readings at one moment the largest. */
export type MemoryParts = Map<string, Record<Moment, number>>

export type MemoryRecord = {
  /** Resolves with PSS of all processes. */
  take(moment: Moment): Promise<number>
  parts(): MemoryParts
}

const METRICS: readonly (readonly [title: string, name: string])[] = [
  ['JavaScript, taken', 'nodejs_heap_size_total_bytes'],
  ['JavaScript, in use or garbage', 'nodejs_heap_size_used_bytes'],
  ['buffers', 'nodejs_external_memory_bytes'],
]

export function createMemoryRecord(system: AlertingSystem): MemoryRecord {
  const parts: MemoryParts = new Map()
  function note(title: string, moment: Moment, bytes: number): void {
    const known = parts.get(title) ?? { before: 0, meanwhile: 0, afterwards: 0 }
    known[moment] = Math.max(known[moment], bytes)
    parts.set(title, known)
  }
  return {
    async take(moment) {
      let sum = 0
      for (const [i, pid] of system.allPids().entries()) {
        const { pssBytes } = memory([pid])
        sum += pssBytes
        note(`PSS of ${nameOf(pid)} (process ${i + 1})`, moment, pssBytes)
      }
      if (system.name === 'Binnacle') {
        const text = (await ask(`${system.url}/metrics`)).body.toString()
        for (const [title, name] of METRICS)
          note(`the watch's ${title}`, moment, Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]))
      }
      return sum
    },
    parts: () => parts,
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return 'a process that has ended'
  }
}
