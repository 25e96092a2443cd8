import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ConfigErrors } from '../config/index.ts'
import { loadSettings } from '../config/settings/index.ts'
import { checkPrometheusConfig } from '../metrics/intake/prometheus-config/index.ts'
import { readRules } from './rule-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'binnacle-rule-files-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'rules'))
const rule = (name: string) => `groups: [{name: ${name}, rules: [{record: x, expr: up}]}]\n`
writeFileSync(join(folder, 'rules', 'a.yml'), rule('a'))
writeFileSync(join(folder, 'rules', 'b.yaml'), rule('b'))
writeFileSync(join(folder, 'own.yml'), rule('own'))
writeFileSync(join(folder, 'bad.yml'), 'groups: [{name: x, rules: [{record: x, expr: "up >"}]}]\n')

function read(prometheusYml: string, binnacleYml = '') {
  const checked = checkPrometheusConfig(prometheusYml, join(folder, 'prometheus.yml'))
  const file = { name: join(folder, 'binnacle.yml'), text: `packs: {enabled: []}\n${binnacleYml}` }
  const { settings, entries } = loadSettings({ environment: {}, workingDirectory: folder, file })
  const filesPlace = entries.find(({ path }) => path === 'rules.files')?.place
  return readRules(checked.config!, settings, { settingsFile: file.name, filesPlace, externalUrl: 'http://x/' })
}

test('patterns and paths are read from the folder of their file, each file once', () => {
  const { config, warnings } = read(
    'rule_files: ["rules/*.y*ml", rules/a.yml]\nglobal: {evaluation_interval: 30s, rule_query_offset: 5s, external_labels: {region: eu}}\nscrape_configs: [{job_name: a, scrape_interval: 2m}]\n',
    'rules: {files: [own.yml], no_data: [{match: "{alertname=\\"X\\"}", for: 1m, labels: {team: y}}]}\n',
  )
  expect(config.files.map(({ file }) => file.slice(folder.length + 1))).toEqual([
    'rules/a.yml',
    'rules/b.yaml',
    'own.yml',
  ])
  expect(config).toMatchObject({
    evaluationIntervalMs: 30_000,
    queryOffsetMs: 5_000,
    externalLabels: ['region', 'eu'],
    externalUrl: 'http://x',
    slowestScrapeMs: 120_000,
    noData: [{ matchers: [{ name: 'alertname', op: '=', value: 'X' }], forMs: 60_000, labels: ['team', 'y'] }],
  })
  expect(warnings).toEqual([])
})

test('what matches nothing is a warning with its place', () => {
  const { warnings } = read('rule_files:\n- rules/*.yml\n- nothing/*.yml\n- gone.yml\n')
  expect(warnings.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([
    '3:3 rule_files: nothing matches "nothing/*.yml", so that no rule of it is loaded',
    '4:3 rule_files: nothing matches "gone.yml", so that no rule of it is loaded',
  ])
})

test('the same of the settings', () => {
  const { warnings } = read('{}', 'rules:\n  files: [none/*.yml]\n')
  expect(warnings).toMatchObject([
    { file: join(folder, 'binnacle.yml'), line: 3, message: expect.stringContaining('rules.files:') },
  ])
})

test('a bad rule file is an error with its place', () => {
  try {
    read('rule_files: [bad.yml]\n')
    throw new Error('taken')
  } catch (error) {
    if (!(error instanceof ConfigErrors)) throw error
    expect(error.errors[0]!.place).toMatchObject({ file: join(folder, 'bad.yml'), line: 1 })
  }
})

test('a selector that is none is refused', () => {
  expect(() => read('{}', 'rules: {no_data: [{match: "x >"}]}\n')).toThrow(/is no selector/)
})
