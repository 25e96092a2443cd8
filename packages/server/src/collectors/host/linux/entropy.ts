import type { CollectorFactory } from '../collector.ts'
import { toNumber } from '../parse.ts'

/** The kernel's pool of randomness. */
export const createEntropy: CollectorFactory = ({ files, proc }) => {
  return async (out) => {
    const available = await files.text(proc('sys/kernel/random/entropy_avail'))
    out.gauge('node_entropy_available_bits', 'Bits of available entropy.').add(toNumber(available, 'entropy_avail'))
    const pool = await files.text(proc('sys/kernel/random/poolsize'))
    out.gauge('node_entropy_pool_size_bits', 'Bits of entropy pool.').add(toNumber(pool, 'poolsize'))
  }
}
