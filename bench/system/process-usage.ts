// What the processes of a system take, from /proc: CPU time and memory, all of them together.

import { readdirSync, readFileSync } from 'node:fs'

/** Ticks of /proc/<pid>/stat; 100 a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

export type Memory = {
  /** A page counts for every process that has it. */
  readonly rssBytes: number
  /** A page that n processes of the whole machine share counts 1/n: falls when strangers run the same program or library. */
  readonly pssBytes: number
  /** Pages that these processes share count once, whoever else has them: PSS on a machine where nothing else runs. */
  readonly aloneBytes: number
}

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

/** Costs the kernel some ms for each process, in which that process cannot map memory. */
export function memory(pids: readonly number[]): Memory {
  let rssBytes = 0
  let pssBytes = 0
  let aloneBytes = 0
  /** By file: the most that one of the processes has of it together with others. */
  const shared = new Map<string, number>()
  for (const pid of pids) {
    const own = new Map<string, number>()
    let file = ''
    for (const line of read(`/proc/${pid}/smaps`).split('\n')) {
      const [, name, kilobytes] = /^(\w+):\s+(\d+) kB/.exec(line) ?? []
      const bytes = Number(kilobytes) * 1024
      // A mapping begins with its addresses; its file stands behind five columns. Source: proc(5).
      if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) file = line.split(/\s+/)[5] ?? ''
      else if (name === 'Rss') rssBytes += bytes
      else if (name === 'Pss') pssBytes += bytes
      else if (name === 'Private_Clean' || name === 'Private_Dirty') aloneBytes += bytes
      else if (name === 'Shared_Clean' || name === 'Shared_Dirty') own.set(file, (own.get(file) ?? 0) + bytes)
    }
    for (const [name, bytes] of own) shared.set(name, Math.max(shared.get(name) ?? 0, bytes))
  }
  for (const bytes of shared.values()) aloneBytes += bytes
  return { rssBytes, pssBytes, aloneBytes }
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
