import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { resolveIn } from '../../config/go-yaml/index.ts'
import {
  BinnacleError,
  ConfigErrors,
  checkSchema,
  formatDurationMs,
  type Place,
  parseYaml,
  type YamlDocument,
  type YamlPath,
} from '../../config/index.ts'
import type { ConfigWarning } from '../../metrics/intake/prometheus-config/index.ts'
import { type GlobalsInput, globalsShape, type ReceiverKind, receiverKinds, toGlobals } from '../notify/index.ts'
import type { CheckedAlertmanagerConfig } from './alertmanager-config.ts'
import { type Environment, expandDocument } from './expand.ts'
import { readInhibitRules } from './read-inhibit-rules.ts'
import { readReceivers } from './read-receivers.ts'
import { readRoute } from './read-route.ts'
import { readTimeIntervals } from './read-time-intervals.ts'
import { createReader, type Reader } from './reader.ts'
import { redactedYaml } from './redacted-yaml.ts'
import { eventRecorderSchema, globalSchema, topSchema, tracingSchema } from './schema.ts'

export type AlertmanagerDefaults = {
  /** Keys of `global` that count where the file leaves them out; single values only. */
  readonly values: Readonly<Record<string, string>>
  /** Where they stand, all together or one by one. */
  readonly place?: Place
  readonly placeOf?: (key: string) => Place
}

export type CheckOptions = {
  readonly environment: Environment
  readonly defaults?: AlertmanagerDefaults
  /** For tests. */
  readonly kinds?: readonly ReceiverKind[]
}

const DEFAULT_RESOLVE_TIMEOUT_MS = 300_000

/** Alerts are shown, and nobody is told: what holds where no alertmanager.yml is given. */
export const NO_CONFIG = 'route:\n  receiver: default\nreceivers:\n  - name: default\n'

/**
 * Reads the text of an alertmanager.yml as Alertmanager 0.33 does, with variables of the environment. All findings are
 * reported. Relative paths count from the directory of `file`. Never throws for what stands in the file.
 */
export function checkAlertmanagerConfig(text: string, file: string, options: CheckOptions): CheckedAlertmanagerConfig {
  let parsed: YamlDocument
  try {
    parsed = parseYaml(text, file, { scalars: 'text' })
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error
    return { errors: error.errors, warnings: [] }
  }
  const expanded = expandDocument(parsed, options.environment)
  const defaults = withDefaults(expanded.document, options.defaults)
  const { document } = defaults
  const reader = createReader(document, expanded.errors)
  const directory = resolve(dirname(file))
  let typed: YamlDocument | undefined
  const inTypes = (): YamlDocument => {
    typed ??= expandDocument(parseYaml(text, file), options.environment).document
    return typed
  }

  const top = reader.check([], topSchema)
  const global = reader.check(['global'], globalSchema)
  const globals = toGlobals((global ?? {}) as GlobalsInput, (message, path) =>
    reader.report(message, ['global', ...path]),
  )
  const kinds = options.kinds ?? receiverKinds
  const notes: ConfigWarning[] = []
  const warn = (message: string, path: YamlPath): void => {
    const { line = 1, column = 1 } = document.placeOf(path)
    notes.push({ file, line, column, message })
  }
  const receivers = readReceivers(reader, {
    kinds,
    globals,
    directory,
    typed: inTypes,
    warn,
    isGlobalGood: reader.at(['global']) == null || global !== undefined,
  })
  const timeIntervals = readTimeIntervals(reader)
  const route = readRoute(reader, {
    receivers: namesIn(reader, ['receivers']),
    timeIntervals: new Set(timeIntervals.map(({ name }) => name)),
  })
  const rules = reader.at(['inhibit_rules'])
  const inhibitRules = readInhibitRules(reader, Array.isArray(rules) ? rules.length : 0)
  checkTracing(reader)
  checkEventRecorder(reader)

  const errors = [...defaults.errors, ...reader.errors()]
  const warnings = [...warningsOf(reader), ...notes]
  if (errors.length > 0 || route === undefined) return { document, errors, warnings }
  const resolveTimeoutMs = global?.resolve_timeout ?? DEFAULT_RESOLVE_TIMEOUT_MS
  const templates = (top?.templates ?? []).map((path) => resolveIn(directory, path))
  const plain = (value: unknown) => (value ?? {}) as Readonly<Record<string, unknown>>
  const filled = {
    resolve_timeout: formatDurationMs(resolveTimeoutMs),
    ...GLOBAL_TEXTS,
    ...plain(reader.at(['global'])),
  }
  const shape = Object.fromEntries(kinds.map(({ section, schema }) => [section, z.array(schema)]))
  const schema = z.object({
    global: globalSchema,
    receivers: z.array(z.object(shape)),
    tracing: tracingSchema,
    event_recorder: eventRecorderSchema,
  })
  const { global: _, ...withoutGlobal } = plain(document.value)
  const yaml = redactedYaml(
    // The order of the file, but for the globals, which always come first.
    { global: filled, ...withoutGlobal, templates: reader.at(['templates']) ?? [] },
    { ...plain(inTypes().value), global: { ...filled, ...plain(plain(inTypes().value).global) } },
    schema,
  )
  const config = {
    file,
    resolveTimeoutMs,
    globals,
    route,
    inhibitRules,
    receivers,
    timeIntervals,
    templates,
    yaml,
  }
  return { config, document, errors, warnings }
}

/** Defaults of `global` that Alertmanager shows with its configuration. */
const GLOBAL_TEXTS = Object.fromEntries(
  Object.entries(toGlobals({} as GlobalsInput, () => {})).flatMap(([key, value]) =>
    typeof value === 'string' && value !== '' ? [[key, value]] : [],
  ),
)

/** Names of the entries of a list, good or bad, so that a finding in one does not make others. */
function namesIn(reader: Reader, path: YamlPath): ReadonlySet<string> {
  const list = reader.at(path)
  const names = Array.isArray(list) ? list.map((one) => (one as { name?: unknown } | null)?.name) : []
  return new Set(names.filter((name) => typeof name === 'string'))
}

/** Puts defaults where the file says nothing, neither the key itself nor its partner (`x` and `x_file`). */
function withDefaults(
  document: YamlDocument,
  defaults: AlertmanagerDefaults | undefined,
): { readonly document: YamlDocument; readonly errors: readonly BinnacleError[] } {
  const { value } = document
  if (defaults === undefined || typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { document, errors: [] }
  }
  const errors: BinnacleError[] = []
  const own = ((value as Record<string, unknown>).global ?? {}) as Record<string, unknown>
  if (typeof own !== 'object') return { document, errors: [] }
  const placeOf = (path: YamlPath): Place => defaults.placeOf?.(String(path[0] ?? '')) ?? defaults.place ?? {}
  const given: YamlDocument = {
    ...document,
    value: { ...defaults.values },
    has: (path) => path.length === 1 && String(path[0]) in defaults.values,
    placeOf,
    keyPlaceOf: placeOf,
  }
  const { http_config: _, smtp_tls_config: __, ...single } = globalsShape
  for (const error of checkSchema(given, z.strictObject(single)).errors) {
    const options = { place: error.place ?? {}, ...(error.hint === undefined ? {} : { hint: error.hint }) }
    errors.push(new BinnacleError(error.code, `alerting.defaults: ${error.message}`, options))
  }
  const added = Object.entries(defaults.values).filter(([key]) => {
    const partner = key.endsWith('_file') ? key.slice(0, -'_file'.length) : `${key}_file`
    return own[key] == null && own[partner] == null
  })
  if (errors.length > 0 || added.length === 0) return { document, errors }
  return { document: { ...document, value: { ...value, global: { ...own, ...Object.fromEntries(added) } } }, errors }
}

function checkTracing(reader: Reader): void {
  if (reader.at(['tracing']) == null) return
  const given = reader.check(['tracing'], tracingSchema)
  if (given && !given.endpoint) reader.report('tracing endpoint must be set', ['tracing'])
}

function checkEventRecorder(reader: Reader): void {
  const given = reader.check(['event_recorder'], eventRecorderSchema)
  const require = (
    list: string,
    entries: readonly Readonly<Record<string, unknown>>[] | null | undefined,
    key: string,
  ) => {
    for (const [i, entry] of (entries ?? []).entries()) {
      const empty =
        entry[key] === undefined || entry[key] === '' || (Array.isArray(entry[key]) && entry[key].length === 0)
      if (empty) reader.report(`event_recorder output requires ${key}`, ['event_recorder', list, i])
    }
  }
  require('file_outputs', given?.file_outputs, 'path')
  require('webhook_outputs', given?.webhook_outputs, 'url')
  require('kafka_outputs', given?.kafka_outputs, 'topic')
  require('kafka_outputs', given?.kafka_outputs, 'brokers')
}

const IGNORED: Readonly<Record<string, string>> = {
  tracing: 'tracing: Binnacle has its own tracing settings; ignored',
  event_recorder: 'event_recorder: Binnacle keeps the history of alerts and notifications itself; ignored',
}

function warningsOf(reader: Reader): readonly ConfigWarning[] {
  return Object.entries(IGNORED).flatMap(([key, message]) => {
    if (reader.at([key]) == null) return []
    const { line = 1, column = 1 } = reader.document.keyPlaceOf([key])
    return [{ file: reader.document.file, line, column, message }]
  })
}
