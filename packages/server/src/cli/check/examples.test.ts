import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { BinnacleError } from '../../config/index.ts'
import { checkFiles } from './check-files.ts'

const examples = fileURLToPath(new URL('../../../../../examples', import.meta.url))
const folders = readdirSync(examples).filter((name) => existsSync(join(examples, name, 'alertmanager.yml')))

test('there are five examples', () => {
  expect(folders).toHaveLength(5)
})

test.for(folders)('the example %s has nothing that a check finds, its messages filled in included', async (name) => {
  const files = readdirSync(join(examples, name))
    .filter((file) => /^(binnacle|prometheus|alertmanager)\.yml$/.test(file))
    .map((file) => join(examples, name, file))
  const texts = files.map((file) => readFileSync(file, 'utf8')).join('\n')
  const environment = Object.fromEntries(
    [...texts.matchAll(/\$\{?([A-Z][A-Z_]+)\}?/g)].map(([, variable]) => [
      variable!,
      variable!.includes('SMARTHOST') ? 'mail.example:25' : 'https://chat.example/hook',
    ]),
  )
  const reports = await checkFiles(files, {
    read: (path) => {
      try {
        return readFileSync(path, 'utf8')
      } catch {
        return new BinnacleError('config.unreadable', 'there is no such file', { place: { file: path } })
      }
    },
    environment,
    nowMs: Date.parse('2026-01-01T00:00:00Z'),
    features: new Set(),
    ignoreUnknownFields: false,
    syntaxOnly: false,
  })
  expect(reports.map(({ kind }) => kind)).toContain('alertmanager')
  expect(
    reports.flatMap(({ errors, warnings }) =>
      [...errors, ...warnings].map(
        ({ place, message }) => `${relative(examples, place?.file ?? '')}:${place?.line} ${message}`,
      ),
    ),
  ).toEqual([])
})
