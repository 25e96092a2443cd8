import type { CollectorFactory } from '../collector.ts'
import { labels, type SampleType } from '../metric-text.ts'
import { fields, lines } from '../parse.ts'

/** Columns of /proc/net/softnet_stat, hexadecimal, one line per CPU. Source: kernel, net/core/net-procfs.c. */
const COLUMNS: readonly (readonly [index: number, name: string, type: SampleType, help: string])[] = [
  [0, 'processed_total', 'counter', 'Number of processed packets'],
  [1, 'dropped_total', 'counter', 'Number of dropped packets'],
  [2, 'times_squeezed_total', 'counter', 'Number of times processing packets ran out of quota'],
  [8, 'cpu_collision_total', 'counter', 'Number of collision occur while obtaining device lock while transmitting'],
  [9, 'received_rps_total', 'counter', 'Number of times cpu woken up received_rps'],
  [10, 'flow_limit_count_total', 'counter', 'Number of times flow limit has been reached'],
  [11, 'backlog_len', 'gauge', 'Softnet backlog status'],
]
/** Since Linux 5.14 the line says which CPU it is about; before, it is the number of the line. */
const CPU = 12

/** Network packets as the soft interrupt handled them, per CPU. */
export const createSoftnet: CollectorFactory = ({ files, proc }) => {
  return async (out) => {
    lines(await files.text(proc('net/softnet_stat'))).forEach((line, number) => {
      const columns = fields(line).map((text) => Number.parseInt(text, 16))
      if (columns.length < 9 || columns.some(Number.isNaN)) throw new Error(`softnet_stat: unknown line ${line}`)
      const label = labels('cpu', String(columns[CPU] ?? number))
      for (const [index, name, type, help] of COLUMNS) {
        out.family(`node_softnet_${name}`, type, help).add(columns[index] ?? 0, label)
      }
    })
  }
}
