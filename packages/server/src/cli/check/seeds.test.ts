import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BinnacleError } from '../../config/index.ts'
import { checkFiles } from './check-files.ts'

/*
 * Configurations of the reference teams as their documents have them, in the folders that the documents name, where those
 * documents are there (SHARED_DIR, or `shared` beside the clone).
 */
const shared = process.env.SHARED_DIR ?? fileURLToPath(new URL('../../../../../../shared', import.meta.url))
const seeds = join(shared, 'seeds')

/** Writes each fenced YAML block of a document that begins with `# PATH` to that path. */
function unpack(marker: string, folder: string): void {
  const document = readdirSync(seeds)
    .map((name) => readFileSync(join(seeds, name), 'utf8'))
    .find((text) => text.includes(marker))
  for (const [, path = '', block = ''] of (document ?? '').matchAll(/```yaml\n# ([\w./-]+\.ya?ml)\n(.*?)```/gs)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), block)
  }
}

describe.skipIf(!existsSync(seeds))('the configurations of the documents (SHARED_DIR names their folder)', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'seeds-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('Threat Modeling: the pattern that matches nothing is told with the file that was meant', async () => {
    unpack('alert: LowThreatDetectionRate', folder)
    // The document has the rules beside the configuration in words, and in a folder of their own in its block.
    mkdirSync(join(folder, 'prometheus/alerts'), { recursive: true })
    writeFileSync(
      join(folder, 'prometheus/alerts/application-alerts.yaml'),
      readFileSync(join(folder, 'alerts/application-alerts.yaml')),
    )
    const file = join(folder, 'prometheus/prometheus.yml')
    const [report] = await checkFiles([file], {
      read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : new BinnacleError('config.unreadable', 'gone')),
      environment: {},
      nowMs: 0,
      features: new Set(),
      ignoreUnknownFields: false,
      syntaxOnly: false,
    })
    expect(report?.errors).toEqual([])
    const told = report?.warnings.filter(({ message }) => message.startsWith('rule_files')) ?? []
    expect(told.map(({ message, hint }) => `${message}: ${hint}`)).toEqual([
      'rule_files: no file matches "alerts/*.yml", so that no rule of it is loaded: there is "alerts/application-alerts.yaml"',
      expect.stringContaining(
        'rule_files: no file matches "recording/*.yml", so that no rule of it is loaded: there is no folder "recording"',
      ),
    ])
  })
})
