import type { CollectorFactory } from '../collector.ts'
import { fields, lines, toNumber } from '../parse.ts'

/** Every line of /proc/meminfo; `Active(anon): 12 kB` becomes node_memory_Active_anon_bytes. */
export const createMeminfo: CollectorFactory = ({ files, proc }) => {
  const names = new Map<string, string>()
  return async (out) => {
    for (const line of lines(await files.text(proc('meminfo')))) {
      const [key, value, unit] = fields(line)
      if (key === undefined || !key.endsWith(':')) throw new Error(`meminfo: unknown line ${JSON.stringify(line)}`)
      let name = names.get(key)
      if (name === undefined) {
        const field = key.slice(0, -1).replace(/\(([^)]*)\)/g, '_$1')
        name = unit === 'kB' ? `${field}_bytes` : field
        names.set(key, name)
      }
      const number = toNumber(value, `meminfo ${key}`)
      out.gauge(`node_memory_${name}`, `Memory information field ${name}.`).add(unit === 'kB' ? number * 1024 : number)
    }
  }
}
