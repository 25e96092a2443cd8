import { type CollectorFactory, NoDataError } from '../collector.ts'
import { labels } from '../metric-text.ts'
import { fields } from '../parse.ts'

/** Bonded network devices: how many members each has, and how many of them are up. */
export const createBonding: CollectorFactory = ({ files, sys }) => {
  return async (out) => {
    const masters = await files.attribute(sys('class/net/bonding_masters'))
    if (masters === undefined) throw new NoDataError('bonded network device')
    const all = out.gauge('node_bonding_slaves', 'Number of configured slaves per bonding interface.')
    const active = out.gauge('node_bonding_active', 'Number of active slaves per bonding interface.')
    for (const master of fields(masters)) {
      const slaves = fields((await files.attribute(sys(`class/net/${master}/bonding/slaves`))) ?? '')
      let up = 0
      for (const slave of slaves) {
        const state =
          (await files.attribute(sys(`class/net/${master}/lower_${slave}/bonding_slave/mii_status`))) ??
          // Kernels before 3.18 call the link slave_.
          (await files.attribute(sys(`class/net/${master}/slave_${slave}/bonding_slave/mii_status`)))
        if (state === 'up') up++
      }
      const label = labels('master', master)
      all.add(slaves.length, label)
      active.add(up, label)
    }
  }
}
