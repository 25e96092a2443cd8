// What the processes of a system take, from /proc: CPU time and memory, all of them together.

import { readdirSync, readFileSync } from 'node:fs'

/** Ticks of /proc/<pid>/stat; 100 a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

export type Memory = { readonly rssBytes: number; readonly pssBytes: number }

/** The process and all that descend from it. */
export function processTree(root: number): number[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const fields = Number.isInteger(pid) ? statFields(pid) : undefined
    if (fields) parents.set(pid, Number(fields[1]))
  }
  const tree = [root]
  for (let i = 0; i < tree.length; i++) for (const [pid, parent] of parents) if (parent === tree[i]) tree.push(pid)
  return tree
}

/** CPU seconds, user and system, that live processes have used since their start. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0
  for (const pid of pids) {
    const fields = statFields(pid)
    if (fields) ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks / TICKS_PER_SECOND
}

/** Resident memory, and the same with shared pages divided among those who share them. Costs the kernel some ms. */
export function memory(pids: readonly number[]): Memory {
  let rssBytes = 0
  let pssBytes = 0
  for (const pid of pids) {
    const text = read(`/proc/${pid}/smaps_rollup`)
    rssBytes += kibibytes(text, 'Rss')
    pssBytes += kibibytes(text, 'Pss')
  }
  return { rssBytes, pssBytes }
}

/** Cheap enough to be asked often. */
export function rssBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + Number(read(`/proc/${pid}/statm`).split(' ')[1] ?? 0) * 4096, 0)
}

/** Fields of stat after the name, which may hold spaces: state, parent, ... Source: proc(5). */
function statFields(pid: number): string[] | undefined {
  const text = read(`/proc/${pid}/stat`)
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function kibibytes(text: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024
}
