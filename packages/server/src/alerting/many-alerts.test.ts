import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { IncomingAlert } from '../rules/index.ts'
import { createState } from '../state/index.ts'
import { createRegistry, silentLogger, systemClock } from '../telemetry/index.ts'
import { watchLongestTurn } from '../telemetry/testkit/longest-turn.ts'
import { isResolvedAt } from './alert.ts'
import { checkAlertmanagerConfig } from './config/index.ts'
import { createAlerting } from './create-alerting.ts'
import { createTemplates } from './notify/index.ts'
import { recorderKind } from './testkit/index.ts'
import { toAlertingConfig } from './to-alerting-config.ts'

const COUNT = 10_000
const HOUR_MS = 3_600_000

const incoming = (ends: boolean): IncomingAlert[] =>
  Array.from({ length: COUNT }, (_, i) => ({
    labels: ['alertname', 'Down', 'instance', `host-${i}:9100`, 'job', 'node', 'severity', i % 10 ? 'warning' : 'page'],
    annotations: ['summary', `host-${i} does not answer and has not done so for five minutes`],
    generatorUrl: 'http://prometheus/graph',
    ...(ends ? { endsAtMs: Date.now() } : { startsAtMs: Date.now(), endsAtMs: Date.now() + HOUR_MS }),
  }))

test.for([
  ['one group', '[alertname]', 1],
  ['a group each', "['...']", COUNT],
] as const)(
  '10,000 alerts at once are told in %s, and so are their ends',
  { timeout: 120_000 },
  async ([, by, groups]) => {
    const folder = mkdtempSync(join(tmpdir(), 'binnacle-many-'))
    const told = { calls: 0, firing: new Set<string>(), resolved: new Set<string>() }
    const kind = recorderKind(Date.now, ({ notification: { alerts, nowMs } }) => {
      told.calls++
      for (const alert of alerts) (isResolvedAt(alert, nowMs) ? told.resolved : told.firing).add(alert.fingerprint)
      return undefined
    })
    const base = { clock: systemClock, log: silentLogger, registry: createRegistry() }
    const state = createState(base, { file: join(folder, 'state.db') })
    const alerting = createAlerting({ ...base, state })
    const text = `
route: {receiver: r, group_by: ${by}, group_wait: 100ms, group_interval: 1s}
receivers: [{name: r, webhook_configs: [{url: "http://x"}]}]
`
    const { config } = checkAlertmanagerConfig(text, 'alertmanager.yml', { environment: {}, kinds: [kind] })
    const templates = createTemplates({ files: [], externalUrl: 'http://x' }, systemClock)
    const { signal } = new AbortController()
    let longest = 0
    try {
      await state.start(signal)
      await alerting.apply(
        toAlertingConfig(config!, { ...base, templates, userAgent: 't', hostname: 't', environment: {} }),
      )
      await alerting.start(signal)
      const begins = incoming(false)
      const longestTurn = watchLongestTurn()
      const until = async (done: () => boolean | Promise<boolean>) => {
        for (const end = Date.now() + 50_000; !(await done()) && Date.now() < end; )
          await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await alerting.receive(begins)
      await until(() => told.firing.size === COUNT)
      expect(told).toMatchObject({ calls: groups, firing: { size: COUNT }, resolved: { size: 0 } })
      await alerting.receive(incoming(true))
      await until(() => told.resolved.size === COUNT)
      longest = longestTurn()
      expect(told).toMatchObject({ calls: 2 * groups, resolved: { size: COUNT } })
      await until(async () => (await alerting.groups({})).length === 0)
      expect(await alerting.groups({})).toEqual([])
    } finally {
      await alerting.stop()
      await state.stop()
      rmSync(folder, { recursive: true, force: true })
    }
    // Mostly below 60 ms, garbage collection included.
    expect(longest).toBeLessThan(400)
  },
)
