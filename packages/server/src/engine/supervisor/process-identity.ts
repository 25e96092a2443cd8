import { readFileSync } from 'node:fs'

/** A process for certain: ids are used again, the time of its start in one boot is not. */
export type ProcessIdentity = {
  readonly pid: number
  /** Clock ticks since boot, and the boot's id; empty where the system has no /proc. */
  readonly started: string
}

/** Undefined when no such process runs (a zombie does not). */
export function identityOf(pid: number): ProcessIdentity | undefined {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there, but somebody else's.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return undefined
  }
  const stat = readProc(`/proc/${pid}/stat`)
  if (stat === undefined) return { pid, started: '' }
  // The second field, the name in brackets, may hold anything: what we want stands behind the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  return { pid, started: `${fields[19]} ${readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}` }
}

/** True while that very process runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = identityOf(identity.pid)
  return now !== undefined && now.started === identity.started
}

/** Resident memory in bytes, the library's mapped pages included; undefined where the system does not tell. */
export function residentBytes(pid: number): number | undefined {
  const status = readProc(`/proc/${pid}/status`)
  const kb = /^VmRSS:\s+(\d+) kB/m.exec(status ?? '')?.[1]
  return kb === undefined ? undefined : Number(kb) * 1024
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
