import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startBinnacle } from './start-binnacle.ts'

type Problem = { pool: string; message: string; file?: string; line?: number; column?: number }

test('a broken file of targets is told with its place until it is corrected, and the Targets API stays as it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'binnacle-discovery-'))
  try {
    const file = join(folder, 'fleet.yml')
    writeFileSync(file, '- targets: ["127.0.0.1:1"]\n- targts: ["127.0.0.1:2"]\n')
    await using it = await startBinnacle({
      config: 'collectors: {host: {enabled: false}}\n',
      prometheusConfig:
        `scrape_configs:\n- job_name: fleet\n  file_sd_configs: [{files: [${JSON.stringify(file)}]}]\n` +
        '- job_name: odd\n  static_configs: [{targets: ["127.0.0.1:3"]}]\n' +
        '  relabel_configs: [{target_label: __scrape_interval__, replacement: soon}]\n',
    })
    const problems = async () => {
      const self = (await (await fetch(`${it.url}/api/app/self`)).json()) as { config: { problems: Problem[] } }
      return self.config.problems
    }
    const settled = async (count: number) => {
      for (let i = 0; i < 100; i++) {
        const found = await problems()
        if (found.length === count) return found
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      return problems()
    }
    const found = await settled(2)
    expect(found[0]).toEqual({
      pool: 'fleet',
      message: expect.stringContaining('unknown key "targts"'),
      file,
      line: 2,
      column: 3,
    })
    expect(found[1]).toEqual({
      pool: 'odd',
      message: expect.stringContaining('__scrape_interval__ is not a valid duration'),
    })
    const targets = (await (await fetch(`${it.url}/api/v1/targets`)).json()) as { data: object }
    expect(Object.keys(targets.data).sort()).toEqual(['activeTargets', 'droppedTargetCounts', 'droppedTargets'])

    writeFileSync(file, '- targets: ["127.0.0.1:1", "127.0.0.1:2"]\n')
    expect((await settled(1)).map(({ pool }) => pool)).toEqual(['odd'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
