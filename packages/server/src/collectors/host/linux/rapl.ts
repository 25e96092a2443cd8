import path from 'node:path'
import { type CollectorFactory, NoDataError } from '../collector.ts'
import { labels } from '../metric-text.ts'
import { toNumber } from '../parse.ts'

/** Energy that CPU packages and memory used. The files are readable for root only, as a defence against side channels. */
export const createRapl: CollectorFactory = ({ files, sys }) => {
  return async (out) => {
    const base = sys('class/powercap')
    const dirs = await files.list(base)
    if (dirs === undefined) throw new NoDataError('power capping')
    const uses = new Map<string, number>()
    for (const dir of dirs) {
      const name = await files.attribute(`${base}/${dir}/name`)
      if (name === undefined) continue
      // `package-0` has its index in the name, `dram` is counted.
      const numbered = /^([^-]*)-(\d+)$/.exec(name)
      const zone = numbered?.[1] ?? name
      const index = numbered ? Number(numbered[2]) : (uses.get(zone) ?? 0)
      uses.set(zone, index + 1)
      const energy = await files.attribute(`${base}/${dir}/energy_uj`)
      if (energy === undefined) throw new NoDataError('readable energy counter')
      out
        .counter(
          `node_rapl_${zone.replace(/[^a-zA-Z0-9_]/g, '_')}_joules_total`,
          `Current RAPL ${zone} value in joules`,
        )
        .add(toNumber(energy, `energy of ${zone}`) / 1e6, labels('index', String(index), 'path', path.join(base, dir)))
    }
  }
}
