import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labelsOf } from '@binnacle/promql'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkAlertmanagerConfig, type Route } from '../config/index.ts'
import { alertmanagerMissing, amtool, startAlertmanager } from '../testkit/index.ts'
import { groupOf, matchRoutes, walkRoutes } from './index.ts'

type RouteText = {
  receiver?: string
  matchers?: string[]
  match?: Record<string, string>
  match_re?: Record<string, string>
  continue?: boolean
  routes?: RouteText[]
  group_by?: string[]
}
const RECEIVERS = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name }))
const configOf = (route: RouteText) => JSON.stringify({ route: { receiver: 'a', ...route }, receivers: RECEIVERS })
const read = (route: RouteText): Route => {
  const { config, errors } = checkAlertmanagerConfig(configOf(route), 'alertmanager.yml', { environment: {} })
  expect(errors).toEqual([])
  return config!.route
}
const receivers = (root: Route, labels: Record<string, string>) =>
  matchRoutes(root, labelsOf(labels)).map(({ receiver }) => receiver)

const TREE: RouteText = {
  routes: [
    { receiver: 'b', matchers: ['severity="critical"'], continue: true },
    { receiver: 'c', match: { team: 'security' }, routes: [{ receiver: 'd', match_re: { env: 'prod.*' } }] },
    { receiver: 'e', matchers: ['severity=~"critical|warning"'] },
  ],
}

test.for<[Record<string, string>, string[]]>([
  [{}, ['a']],
  [{ severity: 'info' }, ['a']],
  [{ severity: 'critical' }, ['b', 'e']],
  [{ severity: 'warning' }, ['e']],
  [{ severity: 'critical', team: 'security' }, ['b', 'c']],
  [{ team: 'security', env: 'production' }, ['d']],
  [{ team: 'security', env: 'test' }, ['c']],
])('%j goes to %j', ([labels, wanted]) => {
  expect(receivers(read(TREE), labels)).toEqual(wanted)
})

test('a branch that continues to nothing is the end of it; the parent is not told', () => {
  const root = read({ routes: [{ receiver: 'b', matchers: ['x=y'], continue: true }] })
  expect(receivers(root, { x: 'y' })).toEqual(['b'])
})

test('a group has the labels that its route asks for and the alert has', () => {
  const root = read({ group_by: ['alertname', 'cluster'], routes: [{ matchers: ['x=y'], group_by: ['...'] }] })
  const labels = labelsOf({ alertname: 'A "b"', x: 'y', z: '1' })
  expect(groupOf(root, labels)).toEqual({ labels: ['alertname', 'A "b"'], key: '{}:{alertname="A \\"b\\""}' })
  const all = [...walkRoutes(root)][1]!
  expect(groupOf(all, labels).key).toBe('{}/{x="y"}:{alertname="A \\"b\\"", x="y", z="1"}')
})

test('ten thousand alerts through two hundred routes take less than a second', () => {
  const root = read({
    routes: Array.from({ length: 200 }, (_, i) => ({ matchers: [`team="t${i}"`, `service=~"s${i}|x.*|.*y${i}.*z"`] })),
  })
  const start = performance.now()
  for (let i = 0; i < 10_000; i++) {
    const labels = labelsOf({
      alertname: `A${i % 100}`,
      team: `t${i % 200}`,
      service: `s${i % 200}`,
      instance: `i${i}`,
    })
    expect(matchRoutes(root, labels)[0]?.id).toBe(`0.${i % 200}`)
  }
  expect(performance.now() - start).toBeLessThan(1500)
})

const word = fc.constantFrom('x', 'y', 'z', '')
const name = fc.constantFrom('l', 'm', 'n')
const matcher = fc
  .tuple(name, fc.constantFrom('=', '!=', '=~', '!~'), fc.constantFrom('x', 'y', '', 'x|y', '.+', 'x.*', '.*'))
  .map(([label, op, value]) => `${label}${op}"${value}"`)
const { tree } = fc.letrec<{ tree: RouteText }>((tie) => ({
  tree: fc.record(
    {
      receiver: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      matchers: fc.array(matcher, { maxLength: 2 }),
      match: fc.dictionary(name, fc.constantFrom('x', 'y'), { maxKeys: 1 }),
      match_re: fc.dictionary(name, fc.constantFrom('x|z', '.*', 'y'), { maxKeys: 1 }),
      continue: fc.boolean(),
      routes: fc.array(tie('tree'), { maxLength: 3, depthIdentifier: 'route' }),
    },
    { requiredKeys: ['matchers'] },
  ),
}))
const labelSet = fc.record({ l: word, m: word, n: word })

describe.skipIf(alertmanagerMissing !== '')(`beside Alertmanager${alertmanagerMissing}`, () => {
  test('amtool config routes test names the same receivers, whatever the tree', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'binnacle-routes-'))
    const file = join(folder, 'alertmanager.yml')
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(tree, { minLength: 1, maxLength: 4 }), labelSet, async (routes, labels) => {
          writeFileSync(file, configOf({ routes }))
          const given = Object.entries(labels).filter(([, value]) => value !== '')
          const args = given.map(([key, value]) => `${key}=${value}`)
          const { stdout } = await amtool(['config', 'routes', 'test', `--config.file=${file}`, ...args])
          expect(receivers(read({ routes }), labels).join(',')).toBe(stdout.trim())
        }),
        { numRuns: 150 },
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('alerts join the groups that Alertmanager makes', async () => {
    const [routes = []] = fc.sample(fc.array(tree, { minLength: 4, maxLength: 4 }), 1)
    const route: RouteText = { group_by: ['l'], routes }
    await using judge = await startAlertmanager({ config: configOf(route) })
    const sets = fc.sample(labelSet, 40).map((labels, i) => ({ ...labels, i: String(i) }))
    await fetch(`${judge.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(sets.map((labels) => ({ labels }))),
    })
    const groups = (await (await fetch(`${judge.url}/api/v2/alerts/groups`)).json()) as {
      readonly labels: Record<string, string>
      readonly receiver: { readonly name: string }
      readonly alerts: { readonly labels: Record<string, string> }[]
    }[]
    const theirs = groups.map(
      (group) =>
        `${group.receiver.name} ${labelsOf(group.labels)} ${group.alerts.map(({ labels }) => labels.i).sort()}`,
    )
    const root = read(route)
    const own = new Map<string, string[]>()
    for (const labels of sets) {
      for (const taken of matchRoutes(root, labelsOf(labels))) {
        const group = groupOf(taken, labelsOf(labels))
        const key = `${taken.id} ${taken.receiver} ${group.labels}`
        own.set(key, [...(own.get(key) ?? []), labels.i])
      }
    }
    const ours = [...own].map(([key, ids]) => `${key.slice(key.indexOf(' ') + 1)} ${ids.sort()}`)
    expect(ours.sort()).toEqual(theirs.sort())
  })
})
