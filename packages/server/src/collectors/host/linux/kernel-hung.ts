import { type CollectorFactory, NoDataError } from '../collector.ts'
import { toNumber } from '../parse.ts'

/** Tasks that the kernel found hanging since boot (Linux 6.13 and newer). */
export const createKernelHung: CollectorFactory = ({ files, proc }) => {
  return async (out) => {
    const text = await files.textIfAny(proc('sys/kernel/hung_task_detect_count'))
    if (text === undefined) throw new NoDataError('count of hung tasks')
    out
      .counter(
        'node_kernel_hung_tasks_total',
        'Total number of tasks that have been detected as hung since the system booted.',
      )
      .add(toNumber(text, 'hung_task_detect_count'))
  }
}
