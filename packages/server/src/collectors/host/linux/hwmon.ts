import { realpath } from 'node:fs/promises'
import path from 'node:path'
import { mapBounded } from '../bounded.ts'
import { type CollectorEnv, type CollectorFactory, NoDataError, READ_WIDTH } from '../collector.ts'
import { labels, type MetricText, type SampleType } from '../metric-text.ts'
import { createNameFilter, type NameFilter } from '../name-filter.ts'

const SENSOR_TYPES = new Set([
  ...['vrm', 'beep_enable', 'update_interval', 'in', 'cpu', 'fan', 'pwm', 'temp', 'curr', 'power', 'energy'],
  ...['humidity', 'intrusion', 'freq'],
])
/** `temp1_max_alarm` is type temp, number 1, element max_alarm. Source: kernel, Documentation/hwmon/sysfs-interface.rst. */
const FILE_NAME = /^([^0-9]+)([0-9]*)(?:_(.+))?$/

/** Per sensor its elements: `temp1` has input, max, label ... */
type Sensors = Map<string, { type: string; elements: Map<string, string> }>

/** Temperatures, fans, voltages and currents of /sys/class/hwmon. */
export const createHwmon: CollectorFactory = (env) => {
  const chipExcluded = createNameFilter(env.options.hwmon.chip_exclude)
  const sensorExcluded = createNameFilter(env.options.hwmon.sensor_exclude)
  return async (out) => {
    const base = env.sys('class/hwmon')
    const dirs = await env.files.list(base)
    if (dirs === undefined) throw new NoDataError('hardware sensors')
    const chips: { dir: string; base: string; name: string }[] = []
    for (const entry of dirs) {
      const dir = `${base}/${entry}`
      const name = (await env.files.attribute(`${dir}/name`)) ?? ''
      chips.push({ dir, name, base: await chipName(dir, name) })
    }
    for (const chip of chips) {
      // Several hwmon devices may hang on one parent device: what tells them apart is added.
      const same = chips.filter((other) => other.base === chip.base)
      let label = chip.base
      if (same.length > 1) {
        const unique = same.filter((other) => other.name === chip.name).length === 1
        label += `_${(unique && cleanName(chip.name)) || cleanName(path.basename(chip.dir))}`
      }
      if (chipExcluded(label)) continue
      const shown = cleanName(chip.name)
      if (shown !== '') {
        out
          .gauge('node_hwmon_chip_names', 'Annotation metric for human-readable chip names')
          .add(1, labels('chip', label, 'chip_name', shown))
      }
      writeSensors(out, label, await readSensors(env, chip.dir), sensorExcluded)
    }
  }
}

async function readSensors(env: CollectorEnv, dir: string): Promise<Sensors> {
  const sensors: Sensors = new Map()
  // Old drivers put their files into the parent device instead.
  for (const place of [dir, `${dir}/device`]) {
    const names = ((await env.files.list(place)) ?? []).filter((name) =>
      SENSOR_TYPES.has(FILE_NAME.exec(name)?.[1] ?? ''),
    )
    const values = await mapBounded(names, READ_WIDTH, (name) => env.files.attribute(`${place}/${name}`))
    names.forEach((name, i) => {
      const [, type = '', number, element = ''] = FILE_NAME.exec(name) ?? []
      const value = values[i]
      if (value === undefined) return
      const sensor = `${type}${Number(number || '0')}`
      let entry = sensors.get(sensor)
      if (!entry) {
        entry = { type, elements: new Map() }
        sensors.set(sensor, entry)
      }
      entry.elements.set(element, value)
    })
  }
  return sensors
}

function writeSensors(out: MetricText, chip: string, sensors: Sensors, excluded: NameFilter): void {
  for (const [sensor, { type, elements }] of sensors) {
    if (excluded(`${chip};${sensor}`)) continue
    const label = labels('chip', chip, 'sensor', sensor)
    const text = elements.get('label')
    if (text !== undefined) {
      out
        .gauge('node_hwmon_sensor_label', 'Label for given chip and sensor')
        .add(1, labels('chip', chip, 'label', text, 'sensor', sensor))
    }
    const own = Number.parseFloat(elements.get('') ?? '')
    if (type === 'beep_enable') {
      out.gauge('node_hwmon_beep_enabled', 'Hardware beep enabled').add(elements.get('') === '1' ? 1 : 0, label)
      continue
    }
    if (type === 'vrm') {
      if (!Number.isNaN(own)) {
        out.gauge('node_hwmon_voltage_regulator_version', 'Hardware voltage regulator').add(own, label)
      }
      continue
    }
    if (type === 'update_interval') {
      if (!Number.isNaN(own)) {
        out.gauge('node_hwmon_update_interval_seconds', 'Hardware monitor update interval').add(own * 0.001, label)
      }
      continue
    }
    for (const [element, raw] of elements) {
      const value = Number(raw)
      if (element === 'label' || raw === '' || Number.isNaN(value)) continue
      if (type === 'freq' && element === 'input') {
        // The sensor label of a GPU clock is its name (sclk, mclk).
        if (text === undefined) continue
        out
          .gauge(`${metricName(type, element, elements)}_freq_mhz`, 'Hardware monitor for GPU frequency in MHz')
          .add(value / 1e6, labels('chip', chip, 'sensor', cleanName(text)))
        continue
      }
      const shown = shownAs(type, element, value)
      out
        .family(`${metricName(type, element, elements)}${shown.suffix}`, shown.type, shown.help)
        .add(shown.value, label)
    }
  }
}

function metricName(type: string, element: string, elements: ReadonlyMap<string, string>): string {
  if (element === '') return `node_hwmon_${type}`
  // `input` is the value itself, unless the driver also has a file without an element.
  if (element === 'input') return elements.has('') ? `node_hwmon_${type}_input` : `node_hwmon_${type}`
  return `node_hwmon_${type}_${cleanName(element)}`
}

type Shown = { readonly suffix: string; readonly help: string; readonly value: number; readonly type: SampleType }

/** Units as the kernel documents them: mV, mA, m°C, µW, µJ, milliseconds. */
function shownAs(type: string, element: string, value: number): Shown {
  const gauge = (suffix: string, help: string, shown: number): Shown => ({ suffix, help, value: shown, type: 'gauge' })
  if (element === 'fault' || element === 'alarm') return gauge('', `Hardware sensor ${element} status (${type})`, value)
  if (element === 'beep') return gauge('_enabled', 'Hardware monitor sensor has beeping enabled', value)
  if (type === 'in' || type === 'cpu')
    return gauge('_volts', `Hardware monitor for voltage (${element})`, value * 0.001)
  if (type === 'temp' && element !== 'type') {
    return gauge('_celsius', `Hardware monitor for temperature (${element || 'input'})`, value * 0.001)
  }
  if (type === 'curr') return gauge('_amps', `Hardware monitor for current (${element})`, value * 0.001)
  if (type === 'energy') {
    const help = `Hardware monitor for joules used so far (${element})`
    return { suffix: '_joule_total', help, value: value / 1e6, type: 'counter' }
  }
  if (type === 'power') {
    if (element === 'accuracy') return gauge('', 'Hardware monitor power meter accuracy, as a ratio', value / 1e6)
    if (/^average_interval(?:_min|_max)?$/.test(element)) {
      return gauge('_seconds', `Hardware monitor power usage update interval (${element})`, value * 0.001)
    }
    return gauge('_watt', `Hardware monitor for power usage in watts (${element})`, value / 1e6)
  }
  if (type === 'humidity') {
    const help = 'Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage)'
    return gauge('', `${help} (${element})`, value / 1e6)
  }
  if (type === 'fan' && /^(?:input|min|max|target)$/.test(element)) {
    return gauge('_rpm', `Hardware monitor for fan revolutions per minute (${element})`, value)
  }
  return gauge('', `Hardware monitor ${type} element ${element}`, value)
}

/** `platform_coretemp_0`: bus and device, which stay the same over boots; else the driver's name, else hwmonN. */
async function chipName(dir: string, name: string): Promise<string> {
  try {
    const device = await realpath(`${dir}/device`)
    const own = cleanName(path.basename(device))
    const bus = cleanName(path.basename(path.dirname(device)))
    if (own !== '') return bus === '' ? own : `${bus}_${own}`
  } catch {
    // Virtual sensors have no device.
  }
  return cleanName(name) || cleanName(path.basename(await realpath(dir)))
}

function cleanName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9:_]/g, '_')
    .replace(/^_+|_+$/g, '')
}
