import type { CollectorFactory } from '../collector.ts'
import type { SampleType } from '../metric-text.ts'
import { toNumber } from '../parse.ts'

const WORDS: Readonly<Record<string, readonly [name: string, type: SampleType, help: string]>> = {
  intr: ['node_intr_total', 'counter', 'Total number of interrupts serviced.'],
  ctxt: ['node_context_switches_total', 'counter', 'Total number of context switches.'],
  btime: ['node_boot_time_seconds', 'gauge', 'Node boot time, in unixtime.'],
  processes: ['node_forks_total', 'counter', 'Total number of forks.'],
  procs_running: ['node_procs_running', 'gauge', 'Number of processes in runnable state.'],
  procs_blocked: ['node_procs_blocked', 'gauge', 'Number of processes blocked waiting for I/O to complete.'],
}

/** Interrupts, context switches, forks and boot time: the second word of a line of /proc/stat. */
export const createStat: CollectorFactory = ({ files, proc }) => {
  return async (out) => {
    const text = await files.text(proc('stat'))
    for (let at = text.indexOf('\nintr'); at >= 0; at = text.indexOf('\n', at + 1)) {
      const space = text.indexOf(' ', at)
      const known = WORDS[text.slice(at + 1, space)]
      if (!known || space < 0) continue
      // The line of interrupts may have thousands of words behind its sum.
      const value = /^\d+/.exec(text.slice(space + 1, space + 24))?.[0]
      out.family(...known).add(toNumber(value, known[0]))
    }
  }
}
