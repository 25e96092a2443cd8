import { mapBounded } from '../bounded.ts'
import { type CollectorFactory, NoDataError, READ_WIDTH } from '../collector.ts'
import { labels } from '../metric-text.ts'
import { createNameFilter } from '../name-filter.ts'
import { toInteger } from '../parse.ts'

/** Files under the name node exporter gives them, by their divisor (micro units are 1e6, tenths of degrees 10). */
const NUMBERS: readonly (readonly [divisor: number, files: Readonly<Record<string, string>>])[] = [
  [
    1,
    {
      authentic: 'authentic',
      calibrate: 'calibrate',
      capacity: 'capacity',
      capacity_alert_max: 'capacity_alert_max',
      capacity_alert_min: 'capacity_alert_min',
      cycle_count: 'cyclecount',
      online: 'online',
      present: 'present',
      time_to_empty_now: 'time_to_empty_seconds',
      time_to_full_now: 'time_to_full_seconds',
    },
  ],
  [
    1e6,
    {
      ...Object.fromEntries(
        [
          ...[
            'current_boot',
            'current_max',
            'energy_empty',
            'energy_empty_design',
            'energy_full',
            'energy_full_design',
          ],
          ...['voltage_boot', 'voltage_max', 'voltage_max_design', 'voltage_min', 'voltage_min_design', 'voltage_ocv'],
          ...['charge_control_limit', 'charge_control_limit_max', 'charge_counter', 'charge_empty'],
          ...['charge_empty_design', 'charge_full', 'charge_full_design', 'charge_term_current'],
          ...['constant_charge_current', 'constant_charge_current_max', 'constant_charge_voltage'],
          ...['constant_charge_voltage_max', 'precharge_current', 'input_current_limit'],
        ].map((file) => [file, file]),
      ),
      current_now: 'current_ampere',
      energy_now: 'energy_watthour',
      voltage_now: 'voltage_volt',
      charge_now: 'charge_ampere',
      power_now: 'power_watt',
    },
  ],
  [
    10,
    Object.fromEntries(
      [
        ...['temp', 'temp_alert_max', 'temp_alert_min', 'temp_ambient', 'temp_ambient_max', 'temp_ambient_min'],
        ...['temp_max', 'temp_min'],
      ].map((file) => [file, `${file}_celsius`]),
    ),
  ],
]
const TEXTS = [
  ...['capacity_level', 'charge_type', 'health', 'manufacturer', 'model_name', 'scope', 'serial_number', 'status'],
  ...['technology', 'type', 'usb_type'],
]
const WANTED = new Set([...NUMBERS.flatMap(([, files]) => Object.keys(files)), ...TEXTS])

/** Batteries and mains adapters. Source: kernel, Documentation/ABI/testing/sysfs-class-power. */
export const createPowerSupply: CollectorFactory = ({ files, sys, options }) => {
  const ignored = createNameFilter(options.powersupplyclass.ignored_supplies)
  return async (out) => {
    const base = sys('class/power_supply')
    const supplies = await files.list(base)
    if (supplies === undefined) throw new NoDataError('power supplies')
    for (const supply of supplies) {
      if (ignored(supply)) continue
      const names = ((await files.list(`${base}/${supply}`)) ?? []).filter((name) => WANTED.has(name))
      const values = await mapBounded(names, READ_WIDTH, (name) => files.attribute(`${base}/${supply}/${name}`))
      const found = new Map(names.map((name, i) => [name, values[i]]))
      const label = labels('power_supply', supply)
      for (const [divisor, table] of NUMBERS) {
        for (const [file, name] of Object.entries(table)) {
          const value = toInteger(found.get(file))
          if (value === undefined) continue
          out
            .gauge(`node_power_supply_${name}`, `${name} value of /sys/class/power_supply/<power_supply>.`)
            .add(value / divisor, label)
        }
      }
      const texts = TEXTS.flatMap((name) => (found.get(name) ? [[name, found.get(name) ?? ''] as const] : []))
      const pairs = [...texts, ['power_supply', supply] as const].sort(([a], [b]) => (a < b ? -1 : 1))
      out
        .gauge('node_power_supply_info', 'info of /sys/class/power_supply/<power_supply>.')
        .add(1, labels(...pairs.flat()))
    }
  }
}
