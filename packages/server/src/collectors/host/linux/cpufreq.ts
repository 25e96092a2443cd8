import { mapBounded } from '../bounded.ts'
import { type CollectorFactory, READ_WIDTH } from '../collector.ts'
import { labels } from '../metric-text.ts'
import { fields, toCpuList, toInteger } from '../parse.ts'

const FREQUENCIES: readonly (readonly [file: string, name: string, help: string])[] = [
  ['cpuinfo_cur_freq', 'node_cpu_frequency_hertz', 'Current CPU thread frequency in hertz.'],
  ['cpuinfo_avg_freq', 'node_cpu_frequency_avg_hertz', 'Average CPU thread frequency in hertz.'],
  ['cpuinfo_min_freq', 'node_cpu_frequency_min_hertz', 'Minimum CPU thread frequency in hertz.'],
  ['cpuinfo_max_freq', 'node_cpu_frequency_max_hertz', 'Maximum CPU thread frequency in hertz.'],
  ['scaling_cur_freq', 'node_cpu_scaling_frequency_hertz', 'Current scaled CPU thread frequency in hertz.'],
  ['scaling_min_freq', 'node_cpu_scaling_frequency_min_hertz', 'Minimum scaled CPU thread frequency in hertz.'],
  ['scaling_max_freq', 'node_cpu_scaling_frequency_max_hertz', 'Maximum scaled CPU thread frequency in hertz.'],
]

/** Frequencies (kHz in the files) and governor of each online CPU. The kernel may take 50 ms to answer for one CPU. */
export const createCpufreq: CollectorFactory = ({ files, sys }) => {
  return async (out) => {
    const base = sys('devices/system/cpu')
    const offline = new Set(toCpuList((await files.attribute(`${base}/offline`)) ?? ''))
    const dirs = ((await files.list(base)) ?? []).filter(
      (name) => /^cpu\d+$/.test(name) && !offline.has(Number(name.slice(3))),
    )
    const cpus = await mapBounded(dirs, READ_WIDTH, async (dir) => {
      const present = await files.list(`${base}/${dir}/cpufreq`)
      if (present === undefined) return undefined
      const read = (file: string) =>
        present.includes(file) ? files.attribute(`${base}/${dir}/cpufreq/${file}`) : undefined
      const values: (number | undefined)[] = []
      for (const [file] of FREQUENCIES) values.push(toInteger(await read(file)))
      return {
        cpu: dir.slice(3),
        values,
        governor: (await read('scaling_governor')) ?? '',
        available: fields((await read('scaling_available_governors')) ?? ''),
      }
    })
    const governors = out.gauge('node_cpu_scaling_governor', 'Current enabled CPU frequency governor.')
    for (const one of cpus) {
      if (one === undefined) continue
      const label = labels('cpu', one.cpu)
      FREQUENCIES.forEach(([, name, help], i) => {
        const kiloHertz = one.values[i]
        if (kiloHertz !== undefined) out.gauge(name, help).add(kiloHertz * 1000, label)
      })
      if (one.governor === '') continue
      for (const governor of one.available) {
        governors.add(governor === one.governor ? 1 : 0, labels('cpu', one.cpu, 'governor', governor))
      }
    }
  }
}
