import { isBinnacleConfig } from '../../config/settings/index.ts'

export const FILE_KINDS = {
  binnacle: 'Binnacle settings',
  prometheus: 'Prometheus configuration',
  rules: 'rules',
  'rule tests': 'tests of rules',
  alertmanager: 'Alertmanager configuration',
  templates: 'templates',
} as const

export type FileKind = keyof typeof FILE_KINDS

const PROMETHEUS_KEYS = new Set([
  'global',
  'scrape_configs',
  'scrape_config_files',
  'rule_files',
  'alerting',
  'remote_write',
  'remote_read',
  'storage',
  'tracing',
  'otlp',
  'runtime',
])
// `global` and `templates` stand in other files too.
const ALERTMANAGER_KEYS = new Set([
  'route',
  'receivers',
  'inhibit_rules',
  'templates',
  'mute_time_intervals',
  'time_intervals',
])

/** Templates are told by their name: any text is one. */
export function isTemplateFile(file: string): boolean {
  return /\.(tmpl|gotmpl|template)$/i.test(file)
}

/** What a YAML file configures, by its top-level keys. */
export function kindOf(value: unknown): FileKind | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const keys = Object.keys(value)
  if (keys.includes('groups')) return 'rules'
  if (keys.includes('tests')) return 'rule tests'
  if (keys.some((key) => ALERTMANAGER_KEYS.has(key)) && !keys.includes('scrape_configs')) return 'alertmanager'
  const isOurs = (key: string) => isBinnacleConfig({ [key]: null })
  if (keys.some((key) => PROMETHEUS_KEYS.has(key) && !isOurs(key))) return 'prometheus'
  if (keys.some((key) => isOurs(key) && !PROMETHEUS_KEYS.has(key))) return 'binnacle'
  if (!keys.some(isOurs)) return undefined
  // Nothing but sections that both have: their content tells.
  const { alerting, remote_read } = value as Readonly<Record<string, unknown>>
  const isTheirs = Array.isArray(remote_read) || THEIR_ALERTING.some((key) => isTree(alerting) && key in alerting)
  return isTheirs ? 'prometheus' : 'binnacle'
}

const THEIR_ALERTING = ['alertmanagers', 'alert_relabel_configs']
const isTree = (value: unknown): value is object => typeof value === 'object' && value !== null
