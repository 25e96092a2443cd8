// Binnacle, and Prometheus with Alertmanager, with the same rules, routing and targets.

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  alertmanagerMissing,
  startAlertmanager,
} from '../../packages/server/src/alerting/testkit/start-alertmanager.ts'
import { killAll, recipes, type System, startSystem } from '../system/systems.ts'

export type AlertingSystemName = 'Binnacle' | 'Prometheus'

export type AlertingSystem = System & {
  readonly name: AlertingSystemName
  /** Of the Alertmanager that Prometheus sends to; undefined for Binnacle, which has its own inside. */
  readonly alertmanager: { readonly url: string; readonly pid: number } | undefined
  /** All processes, Alertmanager's too. */
  allPids(): number[]
}

export type AlertingSetUp = {
  /** prometheus.yml without rules and alertmanagers. */
  readonly scrape: string
  /** A rule file; undefined: no rules. */
  readonly rules: string | undefined
  /** alertmanager.yml. */
  readonly routing: string
  /** Options for Node, for profiles of Binnacle. */
  readonly nodeArgs?: readonly string[]
  /** Folder of the built Binnacle; by default where the benchmark runs. To compare one with another. */
  readonly repository?: string
}

/** Ends the benchmark with a line when something that it needs is not there. */
export function namesToMeasure(): AlertingSystemName[] {
  if (!existsSync('packages/server/dist/cli/main.js')) {
    console.error('nothing is built: run `npm run build` first, and this in the top folder')
    process.exit(2)
  }
  const hasOthers = alertmanagerMissing === '' && recipes('.', process.env.JUDGES_DIR).has('Prometheus')
  if (!hasOthers)
    console.error('prometheus and prometheus-alertmanager are missing (JUDGES_DIR): only Binnacle is measured')
  return hasOthers ? ['Binnacle', 'Prometheus'] : ['Binnacle']
}

/** A temporary folder that goes with the process; what was started ends with it when it is interrupted. */
export function createBenchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'binnacle-bench-alerting-'))
  process.on('exit', () => {
    killAll()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  return folder
}

export async function startAlertingSystem(
  name: AlertingSystemName,
  folder: string,
  { scrape, rules, routing, nodeArgs, repository = process.cwd() }: AlertingSetUp,
): Promise<AlertingSystem> {
  mkdirSync(folder, { recursive: true })
  const config = [scrape]
  if (rules !== undefined) {
    writeFileSync(join(folder, 'rules.yml'), rules)
    config.push('rule_files: [rules.yml]')
  }
  const recipe = recipes(resolve(repository), process.env.JUDGES_DIR).get(name)
  if (recipe === undefined) throw new Error(`${name} is not there`)
  if (name === 'Binnacle') {
    const file = join(folder, 'alertmanager.yml')
    writeFileSync(file, routing)
    const options = { folder, scrape: `${config.join('\n')}\n`, args: ['--alertmanager-config', file] }
    const system = await startSystem(name, recipe, { ...options, ...(nodeArgs === undefined ? {} : { nodeArgs }) })
    return { ...system, name, alertmanager: undefined, allPids: () => system.pids() }
  }
  const alertmanager = await startAlertmanager({ config: routing })
  const address = alertmanager.url.replace('http://', '')
  config.push(`alerting: { alertmanagers: [{ static_configs: [{ targets: ['${address}'] }] }] }`)
  const system = await startSystem(name, recipe, { folder, scrape: `${config.join('\n')}\n` })
  return {
    ...system,
    name,
    alertmanager,
    allPids: () => [...system.pids(), alertmanager.pid],
    async stop() {
      await system.stop()
      await alertmanager[Symbol.asyncDispose]()
    },
  }
}

/** Title of a column. */
export const titleOf = (name: AlertingSystemName) => (name === 'Prometheus' ? 'Prometheus + Alertmanager' : name)
