import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'
import {
  axeFindings,
  buildWeb,
  launchBrowser,
  openPage,
  overflow,
  type PageOptions,
  type WatchedPage,
} from './web-browser.ts'

// Pages of rules over a target that is really scraped: a condition comes true, its alert fires, ends, and all of it is told.

let binnacle: RunningBinnacle
let browser: Browser
let shop: Server
let folder: string
/** What the target says of itself. */
let queue = 5
let gone = false
const opened: WatchedPage[] = []

const open = async (path: string, options?: PageOptions): Promise<WatchedPage> => {
  const page = await openPage(browser, binnacle.url, path, options)
  opened.push(page)
  return page
}

const RULES = `groups:
  - name: shop
    interval: 1s
    rules:
      - alert: QueueLong
        expr: shop_queue_length > 10
        for: 2s
        labels: {severity: warning, team: shop}
        annotations:
          summary: 'The queue has {{ $value }} entries'
          runbook_url: https://wiki.example.com/queue
      - alert: WorkersIdle
        expr: shop_workers_idle > 3
        labels: {severity: info}
      - alert: Doubled
        expr: shop_queue_length + on () group_left shop_twice > 0
        labels: {severity: warning}
      - record: shop:queue:max
        expr: max(shop_queue_length)
`
const TESTS = `rule_files: [rules.yml]
evaluation_interval: 1s
tests:
  - interval: 1s
    input_series: [{series: shop_queue_length, values: '20x10'}]
    alert_rule_test:
      - {eval_time: 5s, alertname: QueueLong, exp_alerts: []}
`

beforeAll(async () => {
  buildWeb()
  shop = createServer((_request, response) => {
    const idle = gone ? '' : '# TYPE shop_workers_idle gauge\nshop_workers_idle 4\n'
    response
      .setHeader('content-type', 'text/plain; version=0.0.4')
      .end(
        `# TYPE shop_queue_length gauge\nshop_queue_length ${queue}\n${idle}shop_twice{a="1"} 1\nshop_twice{a="2"} 1\n`,
      )
  })
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve))
  const { port } = shop.address() as AddressInfo
  folder = await mkdtemp(join(tmpdir(), 'binnacle-rules-page-'))
  await writeFile(join(folder, 'rules.yml'), RULES)
  await writeFile(join(folder, 'rules.test.yml'), TESTS)
  await writeFile(
    join(folder, 'alertmanager.yml'),
    `route:
  receiver: quiet
  routes:
    - {matchers: [team="shop"], receiver: quiet}
    - {matchers: [team="shop", severity="warning"], receiver: late}
receivers: [{name: quiet}, {name: late}]
`,
  )
  const [started, chrome] = await Promise.all([
    startBinnacle({
      config: `collectors:\n  host: {enabled: false}\nrules:\n  tests: ['${join(folder, 'rules.test.yml')}']\n`,
      args: ['--alertmanager-config', join(folder, 'alertmanager.yml')],
      prometheusConfig: `global: {scrape_interval: 1s, external_labels: {cluster: test}}
rule_files: ['${join(folder, 'rules.yml')}']
scrape_configs: [{job_name: shop, static_configs: [{targets: ['127.0.0.1:${port}']}]}]
`,
    }),
    launchBrowser(),
  ])
  binnacle = started
  browser = chrome
  queue = 42
  await until(async () => (await alertsOf('QueueLong')).length === 1)
  await until(async () => (await alertsOf('WorkersIdle')).length === 1)
}, 90_000)

afterAll(async () => {
  await browser?.close()
  shop?.close()
  await binnacle?.[Symbol.asyncDispose]()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

afterEach(async () => {
  const complaints = opened.flatMap((page) => page.complaints)
  await Promise.all(opened.splice(0).map((page) => page.context().close()))
  expect(complaints).toEqual([])
})

const LONG_MS = 90_000

type Item = { fingerprint: string; rule: string; standing: string }
async function alertsOf(name: string): Promise<Item[]> {
  const filter = encodeURIComponent(`alertname="${name}"`)
  const answer = await fetch(`${binnacle.url}/api/app/alerts?state=firing&filter=${filter}`)
  return answer.ok ? ((await answer.json()) as { items: Item[] }).items : []
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; !(await holds()); i++) {
    if (i === 100) throw new Error(`it did not come true\n${binnacle.stderr}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

const rulePath = async (name: string, search = '') => `/alerts/rules/${(await alertsOf(name))[0]!.rule}${search}`
const sheet = (page: Page, heading: string) =>
  page.locator('section').filter({ has: page.getByRole('heading', { name: heading, exact: true }) })

test.for((['dark', 'light'] as const).flatMap((theme) => [1440, 390].map((width) => ({ theme, width }))))(
  'the page of a rule is accessible, fits and asks nobody else ($theme, $width px)',
  async ({ theme, width }) => {
    const page = await open(await rulePath('QueueLong', '?back=1&preview=quiet'), { theme, width })
    await page.getByText(/It would/).waitFor()
    await page.locator('canvas').first().waitFor()
    expect(await axeFindings(page)).toEqual([])
    expect(await overflow(page)).toBe(0)
  },
)

test('all rules are listed with what fires and what fails, and why', async () => {
  const page = await open('/alerts/rules')
  const row = (name: string) =>
    page.getByRole('listitem').filter({ has: page.getByRole('link', { name, exact: true }) })
  await expect.poll(() => row('QueueLong').textContent()).toContain('1 firing')
  await expect.poll(() => row('Doubled').textContent()).toContain('fails')
  expect(await row('Doubled').textContent()).toMatch(/many-to-many|duplicate series/)
  expect(await row('shop:queue:max').textContent()).toContain('recorded')
  await page.getByRole('button', { name: 'Failing 1' }).click()
  await expect.poll(() => page.getByRole('list', { name: 'Rules' }).getByRole('link').count()).toBe(1)
  // Whether a condition holds that cannot be evaluated is not known: its page must not say that it does not.
  await page.getByRole('link', { name: 'Doubled', exact: true }).click()
  await sheet(page, 'Instances').getByText('Not known').waitFor()
  await page.goto(`${binnacle.url}/alerts/rules/0000`)
  await page.getByText('No rule is known by this address').waitFor()
  await page.getByRole('link', { name: 'All rules' }).waitFor()
  // For some seconds after a start there are none: that is no reason to tell how to load some.
  await page.route('**/api/app/rules', (route) => route.fulfill({ json: { groups: [] } }))
  await page.route('**/api/app/self', async (route) => {
    const self = (await (await route.fetch()).json()) as { starting: boolean }
    expect(self.starting).toBe(false)
    await route.fulfill({ json: { ...self, starting: true } })
  })
  await page.goto(`${binnacle.url}/alerts/rules`)
  await page.getByText('Binnacle is starting').waitFor()
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await page.reload()
  await page.getByRole('link', { name: 'QueueLong', exact: true }).waitFor()
})

test('a rule shows what it measures with its threshold and firing spans, its instances, its file', async () => {
  const page = await open(await rulePath('QueueLong'))
  await page.getByRole('slider', { name: /QueueLong: Measured/ }).waitFor()
  const rule = sheet(page, 'Rule')
  await expect.poll(() => rule.textContent()).toMatch(/rules\.yml:5/)
  expect(await rule.textContent()).toContain('for2s')
  const instance = sheet(page, 'Instances').getByRole('listitem').first()
  await expect.poll(() => instance.textContent()).toContain('42')
  expect(await instance.textContent()).toContain('cluster="test"')
  expect(await page.getByRole('link', { name: 'Runbook' }).getAttribute('href')).toBe('https://wiki.example.com/queue')
})

test('a back-test says when it would have fired, and what another for would change', { timeout: LONG_MS }, async () => {
  // A day is looked at every 15 s: one of these moments must lie within the samples.
  const query = new URLSearchParams({ query: 'count_over_time(shop_queue_length[1m]) > 20' })
  const hasSamples = async () => {
    const answer = await fetch(`${binnacle.url}/api/v1/query?${query}`)
    return ((await answer.json()) as { data: { result: unknown[] } }).data.result.length > 0
  }
  await expect.poll(hasSamples, { timeout: 40_000, interval: 500 }).toBe(true)
  const page = await open(await rulePath('QueueLong'))
  const back = sheet(page, 'Back-test')
  await back.getByRole('button', { name: '1 day' }).click()
  await expect
    .poll(() => back.textContent(), { timeout: 15_000 })
    .toMatch(/It would (have fired 1 time|not have fired)/)
  await back.getByLabel('for, to try').fill('3h')
  await page.keyboard.press('Enter')
  await expect.poll(() => back.textContent()).toContain('It would not have fired and calmed down 1 time')
  expect(new URL(page.url()).searchParams.get('hold')).toBe('3h')
})

test('the unit tests that name a rule are run on its page', async () => {
  const page = await open(await rulePath('QueueLong'))
  await sheet(page, 'Unit tests').getByRole('button', { name: 'Run them' }).click()
  await sheet(page, 'Unit tests').getByText('failed', { exact: true }).waitFor()
  await expect.poll(() => sheet(page, 'Unit tests').textContent()).toContain('got:')
  const other = await open(await rulePath('WorkersIdle'))
  await sheet(other, 'Instances').waitFor()
  expect(await sheet(other, 'Unit tests').count()).toBe(0)
})

test('routing tells of a route that nothing reaches', async () => {
  const page = await open('/routing')
  await expect.poll(() => sheet(page, 'Findings').textContent()).toMatch(/alertmanager\.yml:5.*takes all of its alerts/)
})

test('a value that fell and a series that vanished end an alert for different reasons', {
  timeout: LONG_MS,
}, async () => {
  const [{ fingerprint }] = (await alertsOf('QueueLong')) as [Item]
  queue = 5
  gone = true
  await until(async () => (await alertsOf('QueueLong')).length === 0)
  await until(async () => (await alertsOf('WorkersIdle')).length === 0)
  const page = await open('/alerts/history?from=now-1h&to=now')
  const event = (name: string, reason: string) =>
    page.getByRole('article').filter({ hasText: name }).filter({ hasText: reason }).first()
  await event('QueueLong', 'value is back within bounds').waitFor()
  await event('WorkersIdle', 'its series vanished').waitFor()
  await page.getByLabel('because').selectOption('vanished')
  await expect.poll(() => page.getByRole('article').filter({ hasText: 'QueueLong' }).count()).toBe(0)
  await page.goto(`${binnacle.url}/alerts/${fingerprint}`)
  await page.getByRole('heading', { name: 'QueueLong' }).waitFor()
  await page.getByText('value is back within bounds').first().waitFor()
  expect(await page.getByRole('button', { name: 'Acknowledge' }).count()).toBe(0)
})
