import { dirname, isAbsolute, resolve } from 'node:path'
import { z } from 'zod'
import {
  BinnacleError,
  ConfigErrors,
  checkSchema,
  expandEnvironment,
  type Place,
  parseYaml,
  type YamlDocument,
} from '../index.ts'
import { fieldMeta } from './fields.ts'
import { type Settings, settingsSchema } from './schema.ts'

/** Flags of the command line that stand for a setting. */
export const FLAGS = {
  'prometheus-config': 'prometheus_config',
  'alertmanager-config': 'alertmanager_config',
  data: 'data_dir',
  listen: 'listen',
  retention: 'retention.metrics',
  'log-level': 'log.level',
  'enable-feature': 'query.enable_features',
  'web.enable-admin-api': 'admin_api.enabled',
  'rules.alert.resend-delay': 'rules.resend_delay',
  'rules.alert.for-outage-tolerance': 'rules.for_outage_tolerance',
  'rules.alert.for-grace-period': 'rules.for_grace_period',
} as const
export type FlagName = keyof typeof FLAGS

export type LoadOptions = {
  /** binnacle.yml: its name for messages, and its text; absent when there is none. */
  readonly file?: { readonly name: string; readonly text: string }
  /** Text, or true for a flag that takes none. */
  readonly flags?: Readonly<Partial<Record<FlagName, string | true>>>
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Paths in flags and defaults are relative to it; those of the file to the file's folder. */
  readonly workingDirectory: string
  /** A prometheus.yml that lies where one looks for it; taken when neither file nor flag names one. */
  readonly foundPrometheusConfig?: string
  /** The same for an alertmanager.yml. */
  readonly foundAlertmanagerConfig?: string
}

/** One setting as it is in force, as text; a secret shows as `<secret>`. */
export type SettingEntry = {
  /** Dotted, such as `retention.metrics`. */
  readonly path: string
  readonly text: string
  readonly origin: 'default' | 'file' | 'flag'
  /** Where the file says it. */
  readonly place?: Place
  /** The flag that says it, without dashes. */
  readonly flag?: FlagName
}

export type LoadedSettings = {
  readonly settings: Settings
  readonly entries: readonly SettingEntry[]
  /** binnacle.yml's name, when there is one. */
  readonly file: string | undefined
}

type Tree = { [key: string]: unknown }

const PATHS = new Set([
  'data_dir',
  'prometheus_config',
  'alertmanager_config',
  'engine.password_file',
  'heartbeat.url_file',
  'alert_intake.token_file',
  'engine.tls.ca_file',
  'engine.tls.cert_file',
  'engine.tls.key_file',
])

const PATH_LISTS = new Set(['collectors.host.textfile.directories', 'rules.files', 'rules.tests'])

/** Reads the settings. Throws `ConfigErrors` with everything that is wrong. */
export function loadSettings(options: LoadOptions): LoadedSettings {
  const errors: BinnacleError[] = []
  const document = readDocument(options, errors)
  const raw: Tree = isTree(document?.value) ? structuredClone(document.value) : {}
  const flags = checkFlags(options.flags ?? {}, errors)
  if (document) errors.push(...checkFile(document))
  if (errors.length > 0) throw new ConfigErrors(errors)

  const fileFolder = options.file
    ? dirname(resolve(options.workingDirectory, options.file.name))
    : options.workingDirectory
  const found = new Map([
    ['prometheus_config', options.foundPrometheusConfig],
    ['alertmanager_config', options.foundAlertmanagerConfig],
  ])
  const entries: SettingEntry[] = []
  for (const { path, schema } of leaves()) {
    const parts = path.split('.')
    const flag = flags.find((one) => FLAGS[one.name] === path)
    const own = valueAt(raw, parts)
    const origin = flag ? 'flag' : own !== undefined && own !== null ? 'file' : 'default'
    const meta = fieldMeta.get(schema)
    const byDefault = found.get(path) ?? meta?.default
    let value = flag ? flag.text : (own ?? byDefault)
    const folder = origin === 'file' ? fileFolder : options.workingDirectory
    const absolute = (given: string) => (isAbsolute(given) ? given : resolve(folder, given))
    if (PATHS.has(path) && typeof value === 'string') value = absolute(value)
    else if (PATH_LISTS.has(path) && Array.isArray(value)) value = value.map(absolute)
    if (origin !== 'default' || PATHS.has(path)) setAt(raw, parts, value)
    if (own === null && origin === 'default') removeAt(raw, parts)
    if (value === undefined) continue
    const shown = meta?.secret && origin !== 'default' ? hidden(value) : value
    const text = typeof shown === 'object' ? JSON.stringify(shown) : String(shown)
    const place = origin === 'file' ? document?.placeOf(parts) : undefined
    entries.push({ path, text, origin, ...(place ? { place } : {}), ...(flag ? { flag: flag.name } : {}) })
  }
  return { settings: settingsSchema.parse(pruned(raw)), entries, file: options.file?.name }
}

function readDocument({ file, environment }: LoadOptions, errors: BinnacleError[]): YamlDocument | undefined {
  if (!file) return undefined
  try {
    const document = parseYaml(file.text, file.name)
    return { ...document, value: expanded(document.value, [], document, environment, errors) }
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error
    errors.push(...error.errors)
    return undefined
  }
}

function expanded(
  value: unknown,
  path: readonly PropertyKey[],
  document: YamlDocument,
  environment: LoadOptions['environment'],
  errors: BinnacleError[],
): unknown {
  if (typeof value === 'string') {
    try {
      return expandEnvironment(value, environment, document.placeOf(path))
    } catch (error) {
      if (!(error instanceof BinnacleError)) throw error
      errors.push(error)
      return 'unset'
    }
  }
  if (Array.isArray(value)) return value.map((item, i) => expanded(item, [...path, i], document, environment, errors))
  if (!isTree(value)) return value
  const out: Tree = {}
  for (const [key, item] of Object.entries(value))
    out[key] = expanded(item, [...path, key], document, environment, errors)
  return out
}

function checkFile(document: YamlDocument): BinnacleError[] {
  if (document.value === null || document.value === undefined) return []
  const withoutNulls = isTree(document.value) ? pruned(document.value) : document.value
  const errors = [...checkSchema({ ...document, value: withoutNulls }, settingsSchema).errors]
  const sectionOf = (name: string) => {
    const section = isTree(withoutNulls) ? withoutNulls[name] : undefined
    return isTree(section) ? section : undefined
  }
  for (const [section, key] of [
    ['engine', 'password'],
    ['heartbeat', 'url'],
    ['alert_intake', 'token'],
  ] as const) {
    const file = `${key}_file`
    if (sectionOf(section)?.[key] === undefined || sectionOf(section)?.[file] === undefined) continue
    errors.push(
      new BinnacleError('config.conflict', `${section}.${key} and ${section}.${file} exclude each other`, {
        place: document.keyPlaceOf([section, file]),
        hint: 'keep one of them',
      }),
    )
  }
  const engine = sectionOf('engine')
  const wrong = typeof engine?.url === 'string' ? whatIsWrongWithUrl(engine.url) : undefined
  if (wrong) {
    const { message, hint } = wrong
    const place = document.placeOf(['engine', 'url'])
    errors.push(new BinnacleError('config.invalid_value', message, { place, ...(hint === undefined ? {} : { hint }) }))
  }
  return errors
}

/** The message never quotes the URL: a password may stand in it. */
function whatIsWrongWithUrl(text: string): { message: string; hint?: string } | undefined {
  if (!/^https?:\/\/[^/]/i.test(text)) return { message: 'engine.url must start with http:// or https://' }
  if (!URL.canParse(text)) return { message: 'engine.url is not an address such as https://clickhouse.example:8443' }
  const { username, password, pathname, search, hash } = new URL(text)
  // The address shows in logs and in the settings in force, where a password must not.
  if (username !== '' || password !== '') {
    return { message: 'engine.url must not hold a user or password', hint: 'set engine.user and engine.password' }
  }
  if (pathname !== '/' || search !== '' || hash !== '') {
    return { message: 'engine.url must end after host and port', hint: 'the database is set by engine.database' }
  }
  return undefined
}

function checkFlags(
  flags: Readonly<Partial<Record<FlagName, string | true>>>,
  errors: BinnacleError[],
): { name: FlagName; text: string | true }[] {
  const given: { name: FlagName; text: string | true }[] = []
  const schemas = new Map(leaves().map(({ path, schema }) => [path, schema]))
  for (const [key, text] of Object.entries(flags)) {
    const name = key as FlagName
    const result = schemas.get(FLAGS[name])?.safeParse(text)
    if (result?.success) given.push({ name, text })
    else
      errors.push(
        new BinnacleError('config.bad_flag', `--${name}: ${result?.error?.issues[0]?.message ?? 'unknown flag'}`),
      )
  }
  return given
}

/** Every setting with its schema, in order of the schema. */
export function leaves(): { path: string; schema: z.ZodType }[] {
  const found: { path: string; schema: z.ZodType }[] = []
  const visit = (shape: Readonly<Record<string, z.core.$ZodType>>, prefix: string): void => {
    for (const [key, schema] of Object.entries(shape)) {
      const path = prefix + key
      const inner = objectShape(schema)
      if (inner && !fieldMeta.has(schema)) visit(inner, `${path}.`)
      else found.push({ path, schema: schema as z.ZodType })
    }
  }
  visit(settingsSchema.shape, '')
  return found
}

/** Shape of a section under its prefault. */
export function objectShape(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> | undefined {
  if (schema instanceof z.ZodPrefault) return objectShape(schema.def.innerType)
  return schema instanceof z.ZodObject ? schema.shape : undefined
}

/** Of a map the names still show. */
function hidden(value: unknown): unknown {
  if (!isTree(value)) return '<secret>'
  return Object.fromEntries(Object.keys(value).map((key) => [key, '<secret>']))
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function valueAt(tree: unknown, path: readonly string[]): unknown {
  let at: unknown = tree
  for (const part of path) at = isTree(at) ? at[part] : undefined
  return at
}

function setAt(tree: Tree, path: readonly string[], value: unknown): void {
  let at = tree
  for (const part of path.slice(0, -1)) {
    if (!isTree(at[part])) at[part] = {}
    at = at[part] as Tree
  }
  if (value !== undefined) at[path.at(-1)!] = value
}

function removeAt(tree: Tree, path: readonly string[]): void {
  const parent = valueAt(tree, path.slice(0, -1))
  if (isTree(parent)) delete parent[path.at(-1)!]
}

/** Without keys that have no value (`engine:` alone on a line): the same as leaving them out. */
function pruned(tree: Tree): Tree {
  const out: Tree = {}
  for (const [key, value] of Object.entries(tree)) {
    if (value !== null) out[key] = isTree(value) ? pruned(value) : value
  }
  return out
}
