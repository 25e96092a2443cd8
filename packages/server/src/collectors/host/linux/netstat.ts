import type { CollectorFactory } from '../collector.ts'
import type { MetricText } from '../metric-text.ts'
import { createNameFilter } from '../name-filter.ts'
import { fields, lines, toNumber } from '../parse.ts'

/** Protocol counters of the kernel; the fields that `netstat.fields` finds. */
export const createNetstat: CollectorFactory = ({ files, proc, options }) => {
  const wanted = createNameFilter(options.netstat.fields)

  function write(out: MetricText, protocol: string, field: string, text: string | undefined): void {
    const key = `${protocol}_${field}`
    if (!wanted(key)) return
    out.untyped(`node_netstat_${key}`, `Statistic ${protocol}${field}.`).add(toNumber(text, key))
  }

  /** Pairs of lines `Proto: name name` and `Proto: value value`. */
  function writePairs(out: MetricText, text: string, file: string): void {
    const all = lines(text)
    for (let i = 0; i + 1 < all.length; i += 2) {
      const names = all[i]!.split(' ')
      const values = all[i + 1]!.split(' ')
      if (names.length !== values.length) throw new Error(`${file}: names and values of ${names[0]} do not match`)
      const protocol = names[0]!.slice(0, -1)
      for (let k = 1; k < names.length; k++) write(out, protocol, names[k]!, values[k])
    }
  }

  return async (out) => {
    writePairs(out, await files.text(proc('net/netstat')), 'net/netstat')
    writePairs(out, await files.text(proc('net/snmp')), 'net/snmp')
    // Absent where IPv6 is switched off.
    for (const line of lines((await files.textIfAny(proc('net/snmp6'))) ?? '')) {
      const [name, value] = fields(line)
      const six = name?.indexOf('6') ?? -1
      if (name === undefined || value === undefined || six < 0) continue
      write(out, name.slice(0, six + 1), name.slice(six + 1), value)
    }
  }
}
