import type { CollectorFactory } from '../collector.ts'
import { labels } from '../metric-text.ts'
import { toInteger } from '../parse.ts'

/** Thermal zones (m°C in the files) and what cools them. */
export const createThermalZone: CollectorFactory = ({ files, sys }) => {
  return async (out) => {
    const base = sys('class/thermal')
    const entries = (await files.list(base)) ?? []
    const temp = out.gauge('node_thermal_zone_temp', 'Zone temperature in Celsius')
    const current = out.gauge('node_cooling_device_cur_state', 'Current throttle state of the cooling device')
    const maximum = out.gauge('node_cooling_device_max_state', 'Maximum throttle state of the cooling device')
    for (const entry of entries) {
      const zone = /^thermal_zone(\d.*)$/.exec(entry)?.[1]
      const device = /^cooling_device(\d.*)$/.exec(entry)?.[1]
      if (zone === undefined && device === undefined) continue
      const type = (await files.attribute(`${base}/${entry}/type`)) ?? ''
      if (zone !== undefined) {
        // A zone whose sensor is asleep refuses to answer; it is left out rather than shown as 0 degrees.
        const value = toInteger(await files.attribute(`${base}/${entry}/temp`))
        if (value !== undefined) temp.add(value / 1000, labels('type', type, 'zone', zone))
      } else if (device !== undefined) {
        const now = toInteger(await files.attribute(`${base}/${entry}/cur_state`))
        const max = toInteger(await files.attribute(`${base}/${entry}/max_state`))
        if (now === undefined || max === undefined) continue
        const label = labels('name', device, 'type', type)
        current.add(now, label)
        maximum.add(max, label)
      }
    }
  }
}
