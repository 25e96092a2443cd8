import type { Command } from 'commander'
import { BinnacleError, ConfigErrors, formatError, parseYaml } from '../config/index.ts'
import { isBinnacleConfig, loadSettings } from '../config/settings/index.ts'
import { type ConfigWarning, checkPrometheusConfig } from '../metrics/intake/prometheus-config/index.ts'
import { readConfigFile } from './config-file.ts'

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

export type FileKind = 'binnacle' | 'prometheus'
type Verdict = { kind: FileKind | undefined; errors: readonly BinnacleError[]; warnings: readonly ConfigWarning[] }

export function addCheck(program: Command): void {
  program
    .command('check')
    .description('check configuration files (binnacle.yml, prometheus.yml) and print every finding with its place')
    .argument('<file...>', 'files to check; what each is, is seen from its content')
    .action(async (files: string[]) => {
      let failed = false
      for (const file of files) if (!(await checkAndPrint(file))) failed = true
      if (failed) process.exitCode = 1
    })
}

/** Prints the findings on stdout; false when there are errors. */
async function checkAndPrint(file: string): Promise<boolean> {
  const text = readText(file)
  const { kind, errors, warnings } =
    text instanceof BinnacleError ? { kind: undefined, errors: [text], warnings: [] } : await checkText(text, file)
  // Findings may be in files that the checked one names: each is shown with its own line.
  const texts = new Map<string, string | undefined>([[file, text instanceof BinnacleError ? undefined : text]])
  const sourceOf = (name: string | undefined) => {
    if (name === undefined) return undefined
    if (!texts.has(name)) {
      const other = readText(name)
      texts.set(name, other instanceof BinnacleError ? undefined : other)
    }
    return texts.get(name)
  }
  const lines = errors.map((error) => `error: ${formatError(error, sourceOf(error.place?.file))}`)
  for (const warning of warnings) lines.push(`warning: ${formatWarning(warning, sourceOf(warning.file))}`)
  const title =
    kind === undefined ? file : `${file} (${kind === 'binnacle' ? 'Binnacle settings' : 'Prometheus configuration'})`
  const verdict =
    errors.length === 0 && warnings.length === 0
      ? 'OK'
      : [count(errors.length, 'error'), count(warnings.length, 'warning')].filter((part) => part !== '').join(', ')
  process.stdout.write([...lines, `${title}: ${verdict}`].map((line) => `${line}\n`).join(''))
  return errors.length === 0
}

/** What is wrong with one file, whose kind its top-level keys tell. */
export async function checkText(text: string, file: string): Promise<Verdict> {
  let value: unknown
  try {
    value = parseYaml(text, file, { scalars: 'text' }).value
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error
    return { kind: undefined, errors: error.errors, warnings: [] }
  }
  const kind = kindOf(value)
  if (kind === 'prometheus') return { kind, ...checkPrometheusConfig(text, file) }
  if (kind === 'binnacle') return { kind, errors: await settingsErrors(text, file), warnings: [] }
  const hint =
    'binnacle.yml has keys such as listen, retention or engine; prometheus.yml such as global or scrape_configs'
  const error = new BinnacleError('check.unknown_kind', 'cannot tell what this file configures', {
    place: { file, line: 1, column: 1 },
    hint,
  })
  return { kind, errors: [error], warnings: [] }
}

function kindOf(value: unknown): FileKind | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  if (Object.keys(value).some((key) => PROMETHEUS_KEYS.has(key))) return 'prometheus'
  return isBinnacleConfig(value) ? 'binnacle' : undefined
}

async function settingsErrors(text: string, file: string): Promise<readonly BinnacleError[]> {
  try {
    const { settings } = loadSettings({
      file: { name: file, text },
      environment: process.env,
      workingDirectory: process.cwd(),
    })
    // The collector knows its own options best; it is loaded only here because it makes every other command slower.
    const { hostOptionsSchema } = await import('../collectors/index.ts')
    const document = parseYaml(text, file)
    const { families } = settings.collectors.host
    const found = hostOptionsSchema.pick({ families: true }).safeParse({ families })
    return (found.error?.issues ?? []).map((issue) => {
      const name = String(issue.path.at(-1))
      return new BinnacleError('config.unknown_key', `collectors.host has no family "${name}"`, {
        place: document.keyPlaceOf(['collectors', 'host', ...issue.path]),
        hint: 'docs/collectors.md lists them',
      })
    })
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error
    return error.errors
  }
}

function readText(file: string): string | BinnacleError {
  try {
    return readConfigFile(file, file)
  } catch (error) {
    if (error instanceof BinnacleError) return error
    throw error
  }
}

function formatWarning({ file, line, column, message }: ConfigWarning, source: string | undefined): string {
  // The same picture as an error: place, message, the line with a caret; a warning has no code.
  return formatError(new BinnacleError('', message, { place: { file, line, column } }), source).replace(' ()', '')
}

function count(n: number, word: string): string {
  return n === 0 ? '' : `${n} ${word}${n === 1 ? '' : 's'}`
}
