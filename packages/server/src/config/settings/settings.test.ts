import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ConfigErrors, formatError } from '../index.ts'
import { effectiveYaml, type LoadOptions, loadSettings, parseListen, renderReference } from './index.ts'

function load(text: string | undefined, more: Partial<LoadOptions> = {}) {
  return loadSettings({
    ...(text === undefined ? {} : { file: { name: 'conf/binnacle.yml', text } }),
    environment: { DB_PASSWORD: 'hunter2' },
    workingDirectory: '/srv',
    ...more,
  })
}

function findings(text: string, more: Partial<LoadOptions> = {}): string[] {
  try {
    load(text, more)
    return []
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error
    return error.errors.map((finding) => formatError(finding))
  }
}

test('without a file and flags every setting has its default', () => {
  const { settings, entries } = load(undefined)
  expect(settings.listen).toEqual({ host: '127.0.0.1', port: 7070 })
  expect(settings.data_dir).toBe('/srv/binnacle-data')
  expect(settings.retention.metrics).toBe(30 * 86_400_000)
  expect(settings.head.max_bytes).toBeUndefined()
  expect(settings.prometheus_config).toBeUndefined()
  expect(settings.collectors.host.interval).toBe(5000)
  expect(entries.every((entry) => entry.origin === 'default')).toBe(true)
})

test('a flag wins over the file, the file over the default, and each value knows its origin', () => {
  const { settings, entries } = load(
    'listen: 127.0.0.1:8080\nretention:\n  metrics: 7d\nhead:\n  max_bytes: 128MiB\n',
    {
      flags: { listen: 'localhost:9000' },
    },
  )
  expect(settings.listen).toEqual({ host: 'localhost', port: 9000 })
  expect(settings.retention.metrics).toBe(7 * 86_400_000)
  expect(settings.head.max_bytes).toBe(128 * 1024 * 1024)
  const by = Object.fromEntries(entries.map((entry) => [entry.path, entry]))
  expect(by.listen).toMatchObject({ origin: 'flag', flag: 'listen', text: 'localhost:9000' })
  expect(by['retention.metrics']).toMatchObject({ origin: 'file', text: '7d', place: { line: 3, column: 12 } })
  expect(by['query.timeout']).toMatchObject({ origin: 'default', text: '2m' })
})

test('paths of the file count from its folder, those of flags from the working directory', () => {
  const inFile = load('data_dir: data\nprometheus_config: prom.yml\n').settings
  expect(inFile).toMatchObject({ data_dir: '/srv/conf/data', prometheus_config: '/srv/conf/prom.yml' })
  const byFlag = load('data_dir: data\n', { flags: { data: 'other' } }).settings
  expect(byFlag.data_dir).toBe('/srv/other')
})

test('a variable of the environment is put in, and a secret never shows', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what a configuration holds, not a template of ours
  const loaded = load('engine:\n  url: https://ch.example:8443\n  password: ${DB_PASSWORD}\n')
  expect(loaded.settings.engine.password?.reveal()).toBe('hunter2')
  expect(JSON.stringify(loaded)).not.toContain('hunter2')
  expect(effectiveYaml(loaded.entries)).toContain('password: <secret>  # conf/binnacle.yml:3')
})

test('a section without content is the same as no section', () => {
  expect(load('engine:\nhead:\n  max_bytes:\n').settings).toEqual(load(undefined).settings)
})

test.for([
  [
    'unknown key',
    'retentoin:\n  metrics: 1d\n',
    'conf/binnacle.yml:1:1: unknown key "retentoin" (config.unknown_key)\n  did you mean "retention"?',
  ],
  [
    'nested unknown key',
    'query:\n  timeuot: 1m\n',
    'conf/binnacle.yml:2:3: unknown key "timeuot" (config.unknown_key)\n  did you mean "timeout"?',
  ],
  [
    'bad duration',
    'query:\n  timeout: soon\n',
    'conf/binnacle.yml:2:12: "soon" is not a duration such as 30s, 5m or 30d (config.invalid_value)',
  ],
  [
    'retention below a day',
    'retention: {metrics: 1h}\n',
    'conf/binnacle.yml:1:22: "1h" is not long enough: at least 1d (config.invalid_value)',
  ],
  ['bad size', 'head:\n  max_bytes: many\n', '"many" is not "auto" nor a size such as 512MB or 64MiB'],
  ['bad choice', 'log: {level: loud}\n', 'level: expected one of error, warn, info, debug, silent'],
  [
    'unset variable',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what a configuration holds, not a template of ours
    'engine:\n  user: ${NOBODY}\n',
    'conf/binnacle.yml:2:9: the environment variable NOBODY is not set (config.unset_variable)',
  ],
  ['bad regex', 'collectors: {host: {netdev: {device_exclude: "a(?=b)"}}}\n', 'not a regular expression in RE2 syntax'],
  [
    'two passwords',
    'engine: {url: "http://x", password: a, password_file: b}\n',
    'engine.password and engine.password_file exclude each other',
  ],
  [
    'two addresses of the heartbeat',
    'heartbeat: {url: "http://x", url_file: b}\n',
    'heartbeat.url and heartbeat.url_file exclude each other',
  ],
  [
    'a heartbeat to nowhere',
    'heartbeat:\n  url: hc-ping.com/x\n',
    'conf/binnacle.yml:2:8: not an address that begins with http:// or https://',
  ],
  ['engine.url without scheme', 'engine: {url: "ch:8123"}\n', 'engine.url must start with http:// or https://'],
  ['engine.url that is none', 'engine: {url: "http://a b"}\n', 'engine.url is not an address'],
  [
    'engine.url with a password',
    'engine: {url: "http://me:hunter2@ch:8123"}\n',
    'conf/binnacle.yml:1:15: engine.url must not hold a user or password (config.invalid_value)\n  set engine.user and engine.password',
  ],
  [
    'engine.url with a path',
    'engine: {url: "http://ch:8123/telemetry"}\n',
    'engine.url must end after host and port (config.invalid_value)\n  the database is set by engine.database',
  ],
  [
    'unknown feature',
    'query:\n  enable_features: [promql-duration-expr, promql-experimental-function]\n',
    'conf/binnacle.yml:2:43: "promql-experimental-function" is not known: did you mean "promql-experimental-functions"? (config.invalid_value)',
  ],
  [
    'a part of nothing',
    'scrape: {spread: 0%}\n',
    'conf/binnacle.yml:1:18: "0%" is not "auto" nor a part from above 0% to 100%',
  ],
  ['a part without its sign', 'scrape: {spread: 1}\n', 'expected "auto" or a part such as 20%'],
  ['a list that is none', 'collectors: {host: {textfile: {directories: a}}}\n', 'expected a list of paths'],
  ['a time that is too long', 'collectors: {host: {timeout: 2m}}\n', '"2m" is not short enough: at most 1m'],
  [
    'open address',
    'listen: 0.0.0.0:7070\n',
    'conf/binnacle.yml:1:9: refusing to listen on 0.0.0.0: Binnacle has no login yet',
  ],
  ['not a map', '- a\n', 'expected object'],
  ['broken YAML', 'a: [1\n', 'config.bad_yaml'],
] as const)('%s is an error with its place', ([, text, expected]) => {
  expect(findings(text).join('\n')).toContain(expected)
})

test('all findings are reported, those of flags among them', () => {
  const found = findings('listne: a\nquery: {max_steps: 0}\n', { flags: { retention: 'x', listen: '1.2.3.4:1' } })
  expect(found).toHaveLength(4)
  expect(found.join('\n')).toContain('--retention: "x" is not a duration')
  expect(found.join('\n')).toContain('--listen: refusing to listen on 1.2.3.4')
})

test('experimental features are a list in the file, names with commas between them as flag', () => {
  const [one, other] = ['promql-duration-expr', 'promql-experimental-functions']
  const listed = load(`query: {enable_features: [${one}, ${other}]}\n`).settings
  expect(listed.query.enable_features).toEqual([one, other])
  const flagged = load(undefined, { flags: { 'enable-feature': `${one}, ${other}` } })
  expect(flagged.settings).toEqual({ ...load(undefined).settings, query: listed.query })
  const found = findings('', { flags: { 'enable-feature': 'promql-duration-exp' } })
  expect(found).toEqual([
    '--enable-feature: "promql-duration-exp" is not known: did you mean "promql-duration-expr"? (config.bad_flag)',
  ])
})

test('a part is in percent, or up to Binnacle', () => {
  expect(load('scrape: {spread: 12.5%}\n').settings.scrape.spread).toBe(0.125)
  expect(load('scrape: {spread: 100%}\n').settings.scrape.spread).toBe(1)
  expect(load(undefined).settings.scrape.spread).toBeUndefined()
})

test.for([
  ['127.0.0.1:7070', '127.0.0.1', 7070],
  ['[::1]:80', '::1', 80],
  ['localhost:0', 'localhost', 0],
  [':9090', '127.0.0.1', 9090],
  ['9090', '127.0.0.1', 9090],
] as const)('%s is an address to listen on', ([text, host, port]) => {
  expect(parseListen(text)).toEqual({ host, port })
})

test.for(['', 'localhost', '127.0.0.1:', '127.0.0.1:70000', 'example.com:80', '[::]:80', '127.0.0.1.evil.com:1'])(
  '%j is refused as address',
  (text) => {
    expect(parseListen(text)).toHaveProperty('wrong')
  },
)

test('of a map that may hold passwords only the names show', () => {
  const { entries } = load('alerting: {defaults: {smtp_auth_password: hunter2, smtp_hello: x}}\n')
  const text = entries.find(({ path }) => path === 'alerting.defaults')?.text
  expect(text).toBe('{"smtp_auth_password":"<secret>","smtp_hello":"<secret>"}')
})

test('the settings in force print as YAML that loads to the same settings', () => {
  const first = load('listen: 127.0.0.1:1\nengine: {url: "http://x:1"}\ncollectors: {host: {families: {arp: false}}}\n')
  const again = load(effectiveYaml(first.entries))
  expect(again.settings).toEqual(first.settings)
})

test('the reference page is fresh (node scripts/write-reference.mjs)', () => {
  const page = new URL('../../../../../docs/reference/configuration.md', import.meta.url)
  expect(readFileSync(page, 'utf8')).toBe(renderReference())
})
