import { type CollectorFactory, NoDataError } from '../collector.ts'
import { labels } from '../metric-text.ts'
import { fields, lines, toNumber } from '../parse.ts'

const NS_PER_SECOND = 1e9

/** The scheduler per CPU. Columns 8 to 10 of a cpu line; time is in ns. Source: kernel, Documentation/scheduler. */
export const createSchedstat: CollectorFactory = ({ files, proc }) => {
  return async (out) => {
    const text = await files.textIfAny(proc('schedstat'))
    if (text === undefined) throw new NoDataError('scheduler statistics')
    const running = out.counter(
      'node_schedstat_running_seconds_total',
      'Number of seconds CPU spent running a process.',
    )
    const waiting = out.counter(
      'node_schedstat_waiting_seconds_total',
      'Number of seconds spent by processing waiting for this CPU.',
    )
    const slices = out.counter('node_schedstat_timeslices_total', 'Number of timeslices executed by CPU.')
    for (const line of lines(text)) {
      const columns = fields(line)
      const cpu = /^cpu(\d+)$/.exec(columns[0] ?? '')?.[1]
      if (cpu === undefined) continue
      const label = labels('cpu', cpu)
      running.add(toNumber(columns[7], 'schedstat') / NS_PER_SECOND, label)
      waiting.add(toNumber(columns[8], 'schedstat') / NS_PER_SECOND, label)
      slices.add(toNumber(columns[9], 'schedstat'), label)
    }
  }
}
