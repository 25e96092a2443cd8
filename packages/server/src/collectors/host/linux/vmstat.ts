import type { CollectorFactory } from '../collector.ts'
import { createNameFilter } from '../name-filter.ts'
import { lines, toNumber } from '../parse.ts'

/** Virtual memory counters; the fields that `vmstat.fields` finds. */
export const createVmstat: CollectorFactory = ({ files, proc, options }) => {
  const wanted = createNameFilter(options.vmstat.fields)
  return async (out) => {
    for (const line of lines(await files.text(proc('vmstat')))) {
      const space = line.indexOf(' ')
      const field = line.slice(0, space)
      if (space < 0 || !wanted(field)) continue
      out
        .untyped(`node_vmstat_${field}`, `/proc/vmstat information field ${field}.`)
        .add(toNumber(line.slice(space + 1), `vmstat ${field}`))
    }
  }
}
