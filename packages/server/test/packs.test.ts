import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runCli } from './run-cli.ts'
import { startBinnacle } from './start-binnacle.ts'

const folder = fileURLToPath(new URL('../../../packs', import.meta.url))
const packs = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
const promtool = join(process.env.JUDGES_DIR ?? '', 'root/usr/bin/promtool')

describe.for(packs)('the pack %s', (pack) => {
  const rules = join(folder, pack, 'rules.yml')
  const tests = join(folder, pack, 'rules.test.yml')

  test('passes the checks without a warning', async () => {
    const { code, stdout } = await runCli(['check', rules])
    expect(stdout).not.toContain('warning')
    expect(code).toBe(0)
  })

  test('has a severity, a summary and a description in each rule, and a case where it fires and one where it does not', () => {
    const text = readFileSync(rules, 'utf8')
    const alerts = [...text.matchAll(/^ {6}- alert: (\w+)$/gm)].map(([, name]) => name!)
    expect(alerts.length).toBeGreaterThan(5)
    for (const key of ['severity', 'summary', 'description'])
      expect(text.match(new RegExp(`\\b${key}: `, 'g')), key).toHaveLength(alerts.length)
    const cases = readFileSync(tests, 'utf8')
    const lacking = alerts.filter((name) => {
      const fires = new RegExp(`alertname: ${name}\\n +exp_alerts:\\n +- exp_labels`).test(cases)
      const quiet = cases.includes(`alertname: ${name}, exp_alerts: []`)
      return !fires || (!quiet && name !== 'Watchdog')
    })
    expect(lacking).toEqual([])
  })

  test('passes its tests', async () => {
    const { code, stdout } = await runCli(['test', 'rules', tests])
    expect(code, stdout).toBe(0)
  })

  test.skipIf(!existsSync(promtool))('passes its tests in promtool (JUDGES_DIR)', () => {
    expect(execFileSync(promtool, ['test', 'rules', tests], { encoding: 'utf8' })).toContain('SUCCESS')
  })
})

type Group = { name: string; rules: { name: string; health: string; lastError?: string }[] }

test('without any configuration the packs are loaded, and evaluate on what Binnacle and this host say of themselves', async () => {
  await using it = await startBinnacle()
  const groups = async () => {
    const answer = (await (await fetch(`${it.url}/api/v1/rules`)).json()) as { data: { groups: Group[] } }
    return answer.data.groups
  }
  const isDone = (found: readonly Group[]) =>
    found.length > 0 && found.every(({ rules }) => rules.every(({ health }) => health !== 'unknown'))
  let found = await groups()
  for (let i = 0; i < 400 && !isDone(found); i++) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    found = await groups()
  }
  expect(found.map(({ name }) => name).sort()).toEqual(['binnacle', 'host'])
  const bad = found.flatMap(({ rules }) => rules.filter(({ health }) => health !== 'ok'))
  expect(bad).toEqual([])
  const { data } = (await (await fetch(`${it.url}/api/v1/alerts`)).json()) as {
    data: { alerts: { labels: { alertname: string }; state: string }[] }
  }
  expect(data.alerts.map(({ labels, state }) => [labels.alertname, state])).toContainEqual(['Watchdog', 'firing'])
}, 120_000)

test('an alertmanager.yml switches the packs off unless they are asked for', async () => {
  const config = (more: string) => `collectors: {host: {enabled: false}}\n${more}`
  const groupsOf = async (more: string) => {
    await using it = await startBinnacle({
      config: config(more),
      files: { 'alertmanager.yml': 'route: {receiver: none}\nreceivers: [{name: none}]\n' },
    })
    const answer = (await (await fetch(`${it.url}/api/v1/rules`)).json()) as { data: { groups: Group[] } }
    return answer.data.groups.map(({ name }) => name)
  }
  expect(await groupsOf('packs: {enabled: auto}\n')).toEqual([])
  expect(await groupsOf('packs: {enabled: [binnacle]}\n')).toEqual(['binnacle'])
})
