import { type CollectorFactory, NoDataError } from '../collector.ts'
import { codeOf } from '../file-reader.ts'
import { toNumber } from '../parse.ts'

const RESOURCES: readonly (readonly [resource: string, line: 'some' | 'full', name: string, help: string])[] = [
  ['cpu', 'some', 'cpu_waiting', 'Total time in seconds that processes have waited for CPU time'],
  ['io', 'some', 'io_waiting', 'Total time in seconds that processes have waited due to IO congestion'],
  ['io', 'full', 'io_stalled', 'Total time in seconds no process could make progress due to IO congestion'],
  ['memory', 'some', 'memory_waiting', 'Total time in seconds that processes have waited for memory'],
  ['memory', 'full', 'memory_stalled', 'Total time in seconds no process could make progress due to memory congestion'],
  ['irq', 'full', 'irq_stalled', 'Total time in seconds no process could make progress due to IRQ congestion'],
]

/** Time that work waited for CPU, I/O or memory; totals are in µs. Source: kernel, Documentation/accounting/psi.rst. */
export const createPressure: CollectorFactory = ({ files, proc }) => {
  return async (out) => {
    const texts = new Map<string, string | undefined>()
    for (const resource of ['cpu', 'io', 'memory', 'irq']) {
      try {
        texts.set(resource, await files.textIfAny(proc(`pressure/${resource}`)))
      } catch (error) {
        // The kernel has it, but was started with psi=0.
        if (codeOf(error) === 'EOPNOTSUPP' || codeOf(error) === 'ENOTSUP') throw new NoDataError('pressure information')
        throw error
      }
    }
    let found = false
    for (const [resource, line, name, help] of RESOURCES) {
      const text = texts.get(resource)
      const total = text && new RegExp(`^${line} .*total=(\\d+)`, 'm').exec(text)?.[1]
      if (!total) continue
      found = true
      out.counter(`node_pressure_${name}_seconds_total`, help).add(toNumber(total, resource) / 1000 / 1000)
    }
    if (!found) throw new NoDataError('pressure information')
  }
}
