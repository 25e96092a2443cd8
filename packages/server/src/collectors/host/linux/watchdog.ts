import { type CollectorFactory, NoDataError } from '../collector.ts'
import { labels } from '../metric-text.ts'
import { toInteger } from '../parse.ts'

const NUMBERS = [
  ['bootstatus', 'bootstatus'],
  ['fw_version', 'fw_version'],
  ['nowayout', 'nowayout'],
  ['timeleft', 'timeleft_seconds'],
  ['timeout', 'timeout_seconds'],
  ['pretimeout', 'pretimeout_seconds'],
  ['access_cs0', 'access_cs0'],
] as const

/** Hardware watchdogs. */
export const createWatchdog: CollectorFactory = ({ files, sys }) => {
  return async (out) => {
    const base = sys('class/watchdog')
    const names = await files.list(base)
    if (names === undefined) throw new NoDataError('watchdog')
    for (const name of names) {
      const read = async (file: string) => (await files.attribute(`${base}/${name}/${file}`)) ?? ''
      for (const [file, metric] of NUMBERS) {
        const value = toInteger(await read(file))
        if (value === undefined) continue
        out
          .gauge(`node_watchdog_${metric}`, `Value of /sys/class/watchdog/<watchdog>/${file}`)
          .add(value, labels('name', name))
      }
      out
        .gauge('node_watchdog_info', 'Info of /sys/class/watchdog/<watchdog>')
        .add(
          1,
          labels(
            ...['identity', await read('identity'), 'name', name, 'options', await read('options')],
            ...['pretimeout_governor', await read('pretimeout_governor')],
            ...['state', await read('state'), 'status', await read('status')],
          ),
        )
    }
  }
}
