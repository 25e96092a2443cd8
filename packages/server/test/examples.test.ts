import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runCli } from './run-cli.ts'

const folder = fileURLToPath(new URL('../../../examples', import.meta.url))
const examples = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() && existsSync(join(folder, entry.name, 'prometheus.yml')) ? [entry.name] : [],
)
const promtool = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/promtool')

type Service = {
  troubles: readonly string[]
  environment: (ports: { httpPort: number; smtpPort: number }) => Record<string, string>
}
const serviceOf = (example: string): Promise<Service> => import(join(folder, example, 'service.mjs'))
const testsOf = (example: string) =>
  readdirSync(join(folder, example, 'tests')).map((name) => join(folder, example, 'tests', name))

describe.for(examples)('the example %s', (example) => {
  test('is found right, without a warning', async () => {
    const { environment } = await serviceOf(example)
    const files = ['prometheus.yml', 'alertmanager.yml', 'binnacle.yml'].map((name) => join(folder, example, name))
    const env = environment({ httpPort: 7171, smtpPort: 7172 })
    const { code, stdout } = await runCli(['check', ...files], { env })
    expect(stdout).not.toContain('warning')
    expect(code, stdout).toBe(0)
  })

  test('has a case where each alert fires, and each but a watchdog one where it does not', () => {
    const rules = readdirSync(join(folder, example, 'rules')).map((name) =>
      readFileSync(join(folder, example, 'rules', name), 'utf8'),
    )
    const alerts = rules.flatMap((text) => [...text.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name!))
    const cases = testsOf(example)
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n')
    expect(alerts.length).toBeGreaterThan(5)
    const lacking = alerts.filter((name) => {
      if (name === 'Watchdog') return !cases.includes('alertname: Watchdog')
      const fires = new RegExp(`alertname: ${name}\\n +exp_alerts:\\n +- exp_labels`).test(cases)
      return !fires || !cases.includes(`alertname: ${name}, exp_alerts: []`)
    })
    expect(lacking).toEqual([])
  })

  test('passes its tests', async () => {
    const { code, stdout } = await runCli(['test', 'rules', ...testsOf(example)])
    expect(code, stdout).toBe(0)
  })

  // A day of history, evaluated by the group's own interval of 5 s, takes promtool a while.
  test.skipIf(!existsSync(promtool))('passes its tests in promtool (JUDGES_DIR)', { timeout: 120_000 }, () => {
    expect(execFileSync(promtool, ['test', 'rules', ...testsOf(example)], { encoding: 'utf8' })).toContain('SUCCESS')
  })
})

test('the example threat-compass, whose alarms are made elsewhere, is found right', async () => {
  const { environment } = await serviceOf('threat-compass')
  const files = ['alertmanager.yml', 'binnacle.yml'].map((name) => join(folder, 'threat-compass', name))
  const env = environment({ httpPort: 7171, smtpPort: 7172 })
  const { code, stdout } = await runCli(['check', '--strict', ...files], { env })
  expect(code, stdout).toBe(0)
})
