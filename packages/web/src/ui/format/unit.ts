import { formatDuration } from './duration.ts'
import { formatNumber } from './number.ts'
import { formatDateTime } from './time.ts'

/** What a number measures. A `ratio` is 0 to 1 and shown in percent; `seconds` become ms, µs or hours as they need. */
export type Unit =
  | 'number'
  | 'ratio'
  | 'percent'
  | 'bytes'
  | 'bytes/s'
  | 'seconds'
  | 'timestamp'
  | '/s'
  | 'celsius'
  | 'hertz'
  | 'volts'
  | 'amperes'
  | 'watts'

/** A figure and its unit apart, since the unit is set smaller and muted. */
export type Quantity = { readonly figure: string; readonly unit: string }

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
const DECIMAL = ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s']
const COUNT = ['', 'k', 'M', 'G', 'T', 'P']

/** `unit` decides the scale; memory and files count in 1024, rates of bytes in 1000 (as networks do). */
export function toQuantity(value: number, unit: Unit): Quantity {
  if (!Number.isFinite(value)) return { figure: Number.isNaN(value) ? '–' : formatNumber(value), unit: '' }
  switch (unit) {
    case 'bytes':
      return scaled(value, 1024, BINARY)
    case 'bytes/s':
      return scaled(value, 1000, DECIMAL)
    case 'ratio':
      return { figure: formatPercent(value * 100), unit: '%' }
    case 'percent':
      return { figure: formatPercent(value), unit: '%' }
    case 'seconds': {
      const text = value === 0 ? '0 s' : formatDuration(value * 1000)
      const space = text.indexOf(' ')
      return { figure: text.slice(0, space), unit: text.slice(space + 1) }
    }
    case 'timestamp':
      return { figure: formatDateTime(value * 1000), unit: '' }
    case '/s': {
      const { figure, unit: prefix } = compact(value)
      return { figure, unit: `${prefix}/s` }
    }
    case 'celsius':
      return { figure: formatNumber(value), unit: '°C' }
    case 'hertz':
      return scaled(value, 1000, ['Hz', 'kHz', 'MHz', 'GHz'])
    case 'volts':
      return { figure: formatNumber(value), unit: 'V' }
    case 'amperes':
      return { figure: formatNumber(value), unit: 'A' }
    case 'watts':
      return scaled(value, 1000, ['W', 'kW', 'MW'])
    case 'number':
      return compact(value)
  }
}

/** As `toQuantity`, in one string with a no-break space between, a narrow one before a sign: `12.4 MB/s`, `31 %`. */
export function formatValue(value: number, unit: Unit): string {
  const { figure, unit: suffix } = toQuantity(value, unit)
  if (suffix === '') return figure
  return `${figure}${/^[a-z]/i.test(suffix) ? '\u00a0' : '\u202f'}${suffix}`
}

function formatPercent(percent: number): string {
  const size = Math.abs(percent)
  if (size === 0) return '0'
  if (size >= 10) return formatNumber(Number(percent.toFixed(size >= 99.95 ? 0 : 1)))
  return formatNumber(Number(percent.toPrecision(2)))
}

function compact(value: number): Quantity {
  return Math.abs(value) < 100_000 ? { figure: formatNumber(value), unit: '' } : scaled(value, 1000, COUNT)
}

function scaled(value: number, base: number, names: readonly string[]): Quantity {
  let size = value
  let step = 0
  // 999.6 would be printed as "1,000": it belongs to the next unit.
  while (Math.abs(size) >= base - 0.5 && step < names.length - 1) {
    size /= base
    step++
  }
  return {
    figure: formatNumber(step === 0 ? Number(size.toPrecision(3)) : Number(size.toPrecision(3))),
    unit: names[step]!,
  }
}

/**
 * Unit by the metric's name and the function around it, following Prometheus's naming rules: a base unit stands last,
 * before `_total`. `rate` of seconds is a ratio (CPU time per time).
 * Source: https://prometheus.io/docs/practices/naming/.
 */
export function unitOfMetric(name: string, declared = '', isRate = false): Unit {
  const base = name.replace(/_(total|bucket|sum|count|created|max|min|avg)$/, '')
  if (/_(count|bucket)$/.test(name)) return isRate ? '/s' : 'number'
  const word = declared !== '' ? declared : (/_([a-z]+)$/.exec(base)?.[1] ?? '')
  if (
    /_timestamp_seconds$|_time_seconds$|_created$/.test(name) &&
    !isRate &&
    /timestamp|boot_time|start_time|_created$/.test(name)
  )
    return 'timestamp'
  const plain = UNITS[word]
  if (plain === undefined) return isRate ? '/s' : 'number'
  if (!isRate) return plain
  if (plain === 'bytes') return 'bytes/s'
  if (plain === 'seconds') return 'ratio'
  return '/s'
}

const UNITS: Readonly<Record<string, Unit>> = {
  bytes: 'bytes',
  seconds: 'seconds',
  ratio: 'ratio',
  percent: 'percent',
  celsius: 'celsius',
  hertz: 'hertz',
  volts: 'volts',
  amperes: 'amperes',
  watts: 'watts',
}

/**
 * Unit of a query's answer, guessed from its text; `number` where the text mixes or does not say. `declared` tells the
 * unit that a metric's metadata names.
 */
export function unitOfQuery(expr: string, declared?: (metric: string) => string | undefined): Unit {
  const text = expr.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""').replace(/\{[^}]*\}/g, '')
  if (/\bhistogram_quantile\b/.test(text)) {
    const bucket = /([a-zA-Z_:][\w:]*)_bucket\b/.exec(text)
    return bucket === null ? 'number' : unitOfMetric(bucket[1]!, declared?.(bucket[1]!))
  }
  if (/^\s*(count|group|count_values|absent|changes|resets)\b/.test(text)) return 'number'
  const names = [...text.matchAll(/[a-zA-Z_:][\w:]*(?!\s*[\w(:])/g)]
    .map((m) => m[0])
    .filter((name) => name.includes('_') && !RESERVED.has(name))
  const rate = /\b(i?rate|deriv)\s*\(/.test(text)
  const units = new Set(names.map((name) => unitOfMetric(name, declared?.(name), rate)))
  const divides = /[^/]\/[^/]/.test(text)
  if (divides && units.size === 1) return names.length > 1 ? 'ratio' : [...units][0]!
  if (divides) return 'number'
  if (/[*^%]/.test(text)) return 'number'
  return units.size === 1 ? [...units][0]! : 'number'
}

const RESERVED = new Set(['group_left', 'group_right', 'count_values', 'label_replace', 'label_join'])
