import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
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

// The page of the doctor over a target that is really scraped.

let binnacle: RunningBinnacle
let browser: Browser
let shop: Server
let folder: string
const opened: WatchedPage[] = []

const open = async (path: string, options?: PageOptions): Promise<WatchedPage> => {
  const page = await openPage(browser, binnacle.url, path, options)
  opened.push(page)
  return page
}

const TWO_HOURS_AGO = Date.now() - 2 * 3_600_000

const RULES = `groups:
  - name: shop
    interval: 1s
    rules:
      - {alert: Errors, expr: 'shop_requests_total{status="500"} > 1'}
      - {alert: CacheFull, expr: shop_cache_bytes / shop_cache_limit_bytes > 0.9}
      - {alert: QueueLong, expr: shop_queue_length > 10}
      - {alert: OrdersStuck, expr: 'shop_orders_total{state="open"} > 10'}
      - {alert: Refunds, expr: 'shop_orders_total{status="refunded"} > 10'}
`

beforeAll(async () => {
  buildWeb()
  shop = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(
      `shop_requests_total{status_code="200"} 3
shop_cache_bytes 5
shop_cache_limit_bytes 0
shop_queue_length 1
shop_orders_total{status="open"} 4
shop_orders_total{state="open"} 4 ${TWO_HOURS_AGO}
shop_orders_total{state="paid"} 9 ${TWO_HOURS_AGO}
shop_orders_total{status="refunded"} 2 ${TWO_HOURS_AGO}
`,
    )
  })
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve))
  folder = await mkdtemp(join(tmpdir(), 'binnacle-doctor-page-'))
  await writeFile(join(folder, 'rules.yml'), RULES)
  await writeFile(
    join(folder, 'alertmanager.yml'),
    'route: {receiver: all, routes: [{matchers: [tier = gold], receiver: gold}]}\nreceivers: [{name: all}, {name: gold}]\n',
  )
  const [started, chrome] = await Promise.all([
    startBinnacle({
      config: 'collectors: {host: {enabled: false}, process: {enabled: false}}\npacks: {enabled: []}\n',
      args: ['--alertmanager-config', join(folder, 'alertmanager.yml')],
      prometheusConfig: `global: {scrape_interval: 1s}
rule_files: ['${join(folder, 'rules.yml')}']
scrape_configs: [{job_name: shop, static_configs: [{targets: ['127.0.0.1:${(shop.address() as AddressInfo).port}']}]}]
`,
    }),
    launchBrowser(),
  ])
  binnacle = started
  browser = chrome
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

test('before the first look the page says so; then it names what is missing, where, and what is there', {
  timeout: 120_000,
}, async () => {
  const page = await open('/doctor')
  await page.getByText('Not looked yet').waitFor()
  // The first look comes by itself.
  await page.getByText('no series of shop_requests_total has the label status').waitFor({ timeout: 60_000 })
  await page.getByText('did you mean "status_code"?', { exact: false }).waitFor()
  await page.getByText('/rules.yml:5:', { exact: false }).first().waitFor()
  await page.getByText('the division gives +Inf', { exact: false }).waitFor()
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('3 of 5 alerts can fire · 4 findings')
  // What was renamed meanwhile: since when, and on how many series it was.
  await page.getByText('has the label state any more: it was last seen 2h ago, on 2 series').waitFor()
  await page.getByText('last sample', { exact: false }).waitFor()
  expect(await page.getByText('QueueLong').count()).toBe(0)
  await page.getByRole('button', { name: 'All' }).click()
  await page.getByText('QueueLong').waitFor()
  // What may come again is a note, which is folded.
  const note = page.getByText('has status="refunded" any more', { exact: false })
  expect(await note.isVisible()).toBe(false)
  await page.getByText('1 note').click()
  await note.waitFor()
  await page.getByRole('button', { name: 'Cannot fire' }).click()
  await expect.poll(() => page.getByText('CacheFull').count()).toBe(0)

  // In the corner of every page.
  const corner = page.getByRole('region', { name: 'Binnacle itself' })
  await corner.getByText('4 findings of the doctor').waitFor({ timeout: 40_000 })

  await page.getByRole('button', { name: 'Look now' }).click()
  await page.getByText('looked', { exact: false }).first().waitFor()
})

test.for((['dark', 'light'] as const).flatMap((theme) => [1440, 390].map((width) => ({ theme, width }))))(
  'the page is accessible, fits and asks nobody else ($theme, $width px)',
  { timeout: 60_000 },
  async ({ theme, width }) => {
    const page = await open('/doctor', { theme, width })
    await page.getByText('no series of shop_requests_total has the label status').waitFor({ timeout: 40_000 })
    expect(await axeFindings(page)).toEqual([])
    expect(await overflow(page)).toBe(0)
  },
)

test('the page of routing tells of routes that no alert of these series can reach', { timeout: 60_000 }, async () => {
  const page = await open('/routing')
  const finding = 'none of the rules makes an alert for the route {tier="gold"}'
  await page.getByText(finding, { exact: false }).waitFor({ timeout: 40_000 })
})
