import { readFile } from 'node:fs/promises'
import type { Clock } from '../../telemetry/index.ts'

export type BinnacleProcess = { readonly name: string; readonly pid: number }
export type ProcessMemory = { readonly name: string; readonly rssBytes: number; readonly pssBytes: number | undefined }

/**
 * Adding up the pages of a process costs the kernel milliseconds per gigabyte, during which that process cannot map
 * memory: so not at every scrape.
 */
const REFRESH_MS = 15_000

export type MemoryReader = {
  /** What was last read; begins to read anew when that is older than 15 s. Processes that are gone are left out. */
  latest(): readonly ProcessMemory[]
  /** Resolves when no read is under way. */
  settled(): Promise<void>
}

/** Memory of Binnacle's processes from /proc. Reads once at the start, so that the first scrape has something. */
export function createMemoryReader(clock: Clock, processes: () => readonly BinnacleProcess[]): MemoryReader {
  let known: readonly ProcessMemory[] = []
  let readAtMs = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  function refresh(): void {
    readAtMs = clock.monotonic()
    reading = Promise.all(processes().map(readMemory)).then((all) => {
      known = all.filter((one) => one !== undefined)
      reading = undefined
    })
  }

  refresh()
  return {
    latest() {
      if (reading === undefined && clock.monotonic() - readAtMs >= REFRESH_MS) refresh()
      return known
    },
    settled: () => reading ?? Promise.resolve(),
  }
}

/** PSS counts a page that n processes share as 1/n for each. Source: kernel, Documentation/filesystems/proc.rst. */
async function readMemory({ name, pid }: BinnacleProcess): Promise<ProcessMemory | undefined> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  const rss = kibibytes(rollup, 'Rss')
  if (rss !== undefined) return { name, rssBytes: rss, pssBytes: kibibytes(rollup, 'Pss') }
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const resident = kibibytes(status, 'VmRSS')
  return resident === undefined ? undefined : { name, rssBytes: resident, pssBytes: undefined }
}

function kibibytes(text: string, key: string): number | undefined {
  const found = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]
  return found === undefined ? undefined : Number(found) * 1024
}
