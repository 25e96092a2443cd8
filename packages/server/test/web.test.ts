import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { labelsOf } from '@binnacle/promql'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { encodeRemoteWrite } from '../src/metrics/intake/remote-write/testkit/index.ts'
import { checkRuleFile } from '../src/rules/rule-file/index.ts'
import { type RunningBinnacle, startBinnacle } from './start-binnacle.ts'
import {
  axeFindings,
  buildWeb,
  launchBrowser,
  openPage,
  overflow,
  type PageOptions,
  searchOf,
  type WatchedPage,
} from './web-browser.ts'

// The real pages, served by the real program, in a real Chromium.

let binnacle: RunningBinnacle
let browser: Browser
let shop: Server
const opened: WatchedPage[] = []

const open = async (path: string, options?: PageOptions): Promise<WatchedPage> => {
  const page = await openPage(browser, binnacle.url, path, options)
  opened.push(page)
  return page
}

const METRICS = (count: number) => `# HELP shop_requests Requests answered.
# TYPE shop_requests counter
shop_requests_total{route="/",code="200"} ${count * 5}
shop_requests_total{route="/cart",code="200"} ${count * 2}
# HELP shop_latency_seconds Time to answer.
# TYPE shop_latency_seconds histogram
shop_latency_seconds_bucket{le="0.1"} ${count * 6}
shop_latency_seconds_bucket{le="+Inf"} ${count * 7} # {trace_id="abc${count}"} 0.25
shop_latency_seconds_sum ${count}
shop_latency_seconds_count ${count * 7}
# EOF
`

beforeAll(async () => {
  buildWeb()
  let served = 0
  shop = createServer((_request, response) => {
    served++
    response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0').end(METRICS(served))
  })
  await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve))
  const { port } = shop.address() as AddressInfo
  const [started, chrome] = await Promise.all([
    startBinnacle({
      config: 'collectors:\n  host: {interval: 1s}\n  process: {interval: 1s}\n',
      prometheusConfig: `global: {scrape_interval: 1s}
rule_files: [rules.yml]
scrape_configs:
  - job_name: shop
    static_configs:
      - targets: ['127.0.0.1:${port}', '127.0.0.1:1', 'old.example:80']
    relabel_configs:
      - {source_labels: [__address__], regex: old.*, action: drop}
`,
    }),
    launchBrowser(),
  ])
  binnacle = started
  browser = chrome
  // Rates need two scrapes; a few more and the charts have lines.
  const ready = async () => {
    const response = await fetch(
      `${binnacle.url}/api/v1/query?query=${encodeURIComponent('count_over_time(up{job="shop"}[1m]) > 4')}`,
    )
    return ((await response.json()) as { data: { result: unknown[] } }).data.result.length
  }
  for (let i = 0; (await ready()) !== 2; i++) {
    if (i === 100) throw new Error(`nothing was scraped\n${binnacle.stderr}`)
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}, 90_000)

afterAll(async () => {
  await browser?.close()
  shop?.close()
  await binnacle?.[Symbol.asyncDispose]()
})

afterEach(async () => {
  const complaints = opened.flatMap((page) => page.complaints)
  await Promise.all(opened.splice(0).map((page) => page.context().close()))
  expect(complaints).toEqual([])
})

/** For stories of many steps, each of which waits for the server: on a busy machine that adds up. */
const LONG_MS = 90_000

const chartsDrawn = (page: Page) => page.locator('canvas').first().waitFor({ timeout: 15_000 })
const inEditor = (page: Page) => page.locator('[data-query-editor] .cm-content').first()

describe('each page', () => {
  const looks = (['dark', 'light'] as const).flatMap((theme) => [1440, 390].map((width) => ({ theme, width })))
  const pages: { name: string; path: string; ready: (page: Page) => Promise<unknown> }[] = [
    { name: 'Home', path: '/', ready: chartsDrawn },
    { name: 'the metrics browser', path: '/explore?metric=shop_latency_seconds', ready: chartsDrawn },
    { name: 'a chart', path: '/explore?q=rate(shop_requests_total[1m])&q=node_load1', ready: chartsDrawn },
    {
      name: 'a table',
      path: '/explore?q=up&view=table',
      ready: (page) => page.getByText('up{instance', { exact: false }).first().waitFor(),
    },
    {
      name: 'a heatmap with exemplars',
      path: '/explore?q=sum by (le) (rate(shop_latency_seconds_bucket[10s]))&view=heatmap&exemplars=yes',
      ready: async (page) => {
        await chartsDrawn(page)
        await page.getByText(/\d+ exemplars/).click()
      },
    },
    {
      name: 'an explained query, taken apart',
      path: '/explore?q=sum by (code) (rate(shop_requests_total[1s])) %2B shop_requests_total&explain=A&by=route',
      ready: async (page) => {
        await page.getByText('shorter than two scrapes').first().waitFor()
        await page.getByRole('button', { name: 'Only route="/cart"' }).waitFor()
      },
    },
    {
      name: 'a refused query',
      path: '/explore?q=rate(up',
      ready: (page) => page.getByText('parse error').first().waitFor(),
    },
    { name: 'Targets', path: '/targets', ready: (page) => page.getByText('127.0.0.1:1', { exact: true }).waitFor() },
  ]
  test.for(pages.flatMap((page) => looks.map((look) => ({ ...page, ...look }))))(
    '$name is accessible, fits and asks nobody else ($theme, $width px)',
    async ({ path, ready, theme, width }) => {
      const page = await open(path, { theme, width })
      await ready(page)
      expect(await axeFindings(page)).toEqual([])
      expect(await overflow(page)).toBe(0)
    },
  )
})

test('a browser of the POSIX locale, whose language Intl refuses, shows the page all the same', async () => {
  const page = await open('/', { locale: 'en-US@posix' })
  await chartsDrawn(page)
})

test('Home says in one sentence how things are, and each part leads to its cause', async () => {
  const page = await open('/')
  const line = page.getByRole('heading', { level: 1 })
  await expect
    .poll(() => line.textContent(), { timeout: 10_000 })
    .toMatch(/^No alert firing, 1 of 4 targets down: shop 127\.0\.0\.1:1; collecting [\d,]+ series/)
  expect(await line.textContent()).toContain('1 configuration warning')
  await line.getByRole('link', { name: '1 of 4 targets down' }).click()
  expect((await searchOf(page, (s) => s.has('state'))).get('state')).toBe('down')
})

test('Home shows this host within moments, and what arrives turns green', async () => {
  const page = await open('/')
  await chartsDrawn(page)
  const cpu = page.getByRole('region', { name: 'CPU', exact: true })
  await expect.poll(() => cpu.textContent(), { timeout: 10_000 }).toMatch(/[\d.]+%(, warning)?of \d+ cores?/)
  await expect.poll(() => page.getByText('data arrives').count(), { timeout: 10_000 }).toBe(1)
})

test('a newcomer sees curves move within ten seconds of the line that says it is ready', async () => {
  await using fresh = await startBinnacle()
  const ready = performance.now()
  const page = await openPage(browser, fresh.url, '/')
  opened.push(page)
  const curve = page.getByRole('region', { name: 'CPU', exact: true }).locator('path').last()
  const points = async () => (await curve.getAttribute('d'))?.split('L').length ?? 0
  // The first line, then a longer one: it moves.
  await expect.poll(points, { timeout: 9000, interval: 100 }).toBeGreaterThan(1)
  const first = await points()
  await expect.poll(points, { timeout: 3000, interval: 100 }).toBeGreaterThan(first)
  expect(performance.now() - ready).toBeLessThan(10_000)
  expect(await page.locator('canvas').count()).toBeGreaterThan(1)
})

test('a chart off screen asks nothing until it is scrolled to', async () => {
  const page = await open('/', { width: 390 })
  const asked: string[] = []
  page.on('request', (request) => asked.push(decodeURIComponent(request.url())))
  await chartsDrawn(page)
  await page.waitForTimeout(1500)
  expect(asked.filter((url) => url.includes('node_pressure'))).toEqual([])
  await page.getByRole('heading', { name: 'Pressure' }).scrollIntoViewIfNeeded()
  await expect.poll(() => asked.some((url) => url.includes('node_pressure')), { timeout: 5000 }).toBe(true)
})

test('a query is typed, completed, run and shared by its address', async () => {
  const page = await open('/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('m')
  await inEditor(page).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('sum by (route) (rate(shop_req')
  await page.locator('.cm-tooltip-autocomplete li', { hasText: 'shop_requests_total' }).waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.type('[1m]')
  await page.keyboard.press('Enter')
  const search = await searchOf(page, (s) => s.has('q'))
  expect(search.getAll('q')).toEqual(['sum by (route) (rate(shop_requests_total[1m]))'])
  await page.getByText('route="/cart"').first().waitFor()

  const other = await open(new URL(page.url()).pathname + new URL(page.url()).search)
  await other.getByText('route="/cart"').first().waitFor()
  expect(await inEditor(other).textContent()).toBe('sum by (route) (rate(shop_requests_total[1m]))')
  await page.goBack()
  await page.getByRole('heading', { name: 'Metrics', level: 2 }).waitFor()
})

test('Enter runs what is written, also while completions are offered', async () => {
  const page = await open('/explore')
  await inEditor(page).click()
  await page.keyboard.type('node_load1')
  await page.locator('.cm-tooltip-autocomplete li', { hasText: 'node_load15' }).waitFor()
  await page.keyboard.press('Enter')
  await searchOf(page, (s) => s.get('q') === 'node_load1')
})

test('several queries share a chart; one can be hidden or removed', async () => {
  const page = await open('/explore?q=node_load1&q=node_load5')
  await page.getByText('A · node_load1').first().waitFor()
  await page.getByRole('button', { name: 'Hide query A' }).click()
  await searchOf(page, (s) => s.get('hide') === '0')
  await expect.poll(() => page.getByText('node_load1', { exact: true }).count()).toBe(1)
  await page.getByRole('button', { name: 'Remove query B' }).click()
  await searchOf(page, (s) => s.getAll('q').join() === 'node_load1')
})

test('a wrong query is marked where it is wrong, in the words of Prometheus', async () => {
  const page = await open('/explore?q=sum(rate(up[5m])')
  const alert = page.getByRole('alert')
  await expect.poll(() => alert.textContent()).toContain('parse error: unclosed left parenthesis')
  expect(await alert.locator('mark').count()).toBe(1)
})

test.for([
  ['shop_request_total', /There is no metric shop_request_total/, 'shop_requests_total'],
  ['shop_requests_total{route="/nowhere"}', /exists, but no series match route="\/nowhere"/, '"/cart"'],
  ['shop_requests_total > 1e9', /leaves nothing/, 'at >'],
] as const)('an empty answer to %s says why and offers the way out', async ([query, reason, way]) => {
  const page = await open(`/explore?q=${encodeURIComponent(query)}`)
  await page.getByText(reason).waitFor({ timeout: 10_000 })
  await page.getByText(way).first().waitFor()
})

test('data younger than the step of a long range are said to be there, with a way to see them', async () => {
  const page = await open('/explore?q=node_load1&from=now-2y&to=now')
  await page.getByText('The samples lie between two points of this chart').waitFor()
  await page.getByRole('button', { name: 'Look at the last 15 minutes' }).click()
  await searchOf(page, (s) => s.get('from') === 'now-15m')
  await chartsDrawn(page)
})

test('a suggestion replaces the name that does not exist', async () => {
  const page = await open('/explore?q=rate(shop_request_total[1m])')
  await page.getByRole('button', { name: 'shop_requests_total' }).click()
  await searchOf(page, (s) => s.get('q') === 'rate(shop_requests_total[1m])')
})

test('a metric without a query is shown as makes sense for its type', async () => {
  const page = await open('/explore')
  await page.getByLabel('Filter metrics').fill('job="shop" latency')
  // One entry for the family: its parts stand alone until the page knows its type.
  await page.getByRole('button', { name: /^shop_latency_seconds(?!_)/ }).click()
  await page.getByText('histogram', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Use this query' }).click()
  const search = await searchOf(page, (s) => s.has('q'))
  expect(search.get('q')).toBe(
    'histogram_quantile(0.95, sum by (le) (rate(shop_latency_seconds_bucket{job="shop"}[5m])))',
  )
})

test('a click in the legend isolates a series, Ctrl and click toggles one', async () => {
  const page = await open('/explore?q=shop_requests_total')
  const cart = page.getByRole('button', { name: 'route="/cart"', exact: true })
  const root = page.getByRole('button', { name: 'route="/"', exact: true })
  await cart.click()
  expect(await root.getAttribute('aria-pressed')).toBe('false')
  await cart.click()
  expect(await root.getAttribute('aria-pressed')).toBe('true')
  await root.click({ modifiers: ['Control'] })
  expect([await root.getAttribute('aria-pressed'), await cart.getAttribute('aria-pressed')]).toEqual(['false', 'true'])
})

test('dragging on a chart zooms in, a double click zooms out, the back button undoes both', async () => {
  const page = await open('/explore?q=node_load1&from=now-2m&to=now')
  await chartsDrawn(page)
  const box = (await page.locator('.u-over').first().boundingBox())!
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + box.width * 0.85, y)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.98, y, { steps: 5 })
  await page.mouse.up()
  const zoomed = await searchOf(page, (s) => s.get('from') !== 'now-2m')
  const width = Number(zoomed.get('to')) - Number(zoomed.get('from'))
  expect(Math.abs(width - 15_600)).toBeLessThan(3000)
  await page.locator('.u-over').first().dblclick()
  await searchOf(page, (s) => s.get('from') !== zoomed.get('from'))
  await page.goBack()
  await page.goBack()
  await searchOf(page, (s) => s.get('from') === 'now-2m')
})

test('a focused chart is read with the arrow keys, and any chart can be a table', async () => {
  const page = await open('/')
  await chartsDrawn(page)
  const chart = page.getByRole('slider', { name: /^CPU by mode/ })
  await chart.focus()
  const last = await chart.getAttribute('aria-valuetext')
  await page.keyboard.press('ArrowLeft')
  const before = await chart.getAttribute('aria-valuetext')
  expect(before).toMatch(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}: /)
  expect(before).not.toBe(last)
  await page.getByRole('button', { name: 'CPU by mode as a table' }).click()
  await page.getByRole('columnheader', { name: 'user' }).waitFor()
})

test('a time range is typed as people say it', async () => {
  const page = await open('/targets')
  await page.getByText('127.0.0.1:1', { exact: true }).waitFor()
  await page.keyboard.press('t')
  await page.keyboard.press('t')
  const field = page.getByLabel('Range, typed')
  await field.waitFor()
  await field.fill('soon')
  expect(await field.getAttribute('aria-invalid')).toBe('true')
  await field.fill('13h')
  await page.keyboard.press('Enter')
  const search = await searchOf(page, (s) => s.has('from'))
  expect([search.get('from'), search.get('to')]).toEqual(['now-13h', 'now'])
  await page.keyboard.press('t')
  await page.keyboard.press('-')
  await searchOf(page, (s) => s.get('from') === 'now-93600s')
  await page.keyboard.press('g')
  await page.keyboard.press('h')
  await page.waitForURL((url) => url.pathname === '/')
  expect(new URL(page.url()).searchParams.get('from')).toBe('now-93600s')
})

test('keys are listed, Esc closes the topmost layer only, and letters typed into a field stay letters', async () => {
  const page = await open('/explore')
  await inEditor(page).waitFor()
  // Whoever comes back from a layer is where they were.
  const before = page.getByRole('link', { name: 'Silences', exact: true })
  const isFocused = () => before.evaluate((link) => link === document.activeElement)
  await before.focus()
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder('Page, rule, metric or action').waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(isFocused).toBe(true)
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Keys of this page' })
  await help.waitFor()
  expect(await help.getByText('Go to the query').count()).toBe(1)
  await page.keyboard.press('Escape')
  await help.waitFor({ state: 'detached' })
  await expect.poll(isFocused).toBe(true)
  await page.keyboard.press('/')
  await page.keyboard.type('g h?')
  expect(new URL(page.url()).pathname).toBe('/explore')
  expect(await inEditor(page).textContent()).toBe('g h?')
})

test('the palette finds pages, metrics and actions', async () => {
  const page = await open('/', { theme: 'dark' })
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.keyboard.press('Control+k')
  const field = page.getByPlaceholder('Page, rule, metric or action')
  await field.fill('latency shop')
  await page.getByText('shop_latency_seconds_bucket').first().waitFor()
  await field.fill('light theme')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.evaluate(() => document.documentElement.dataset.mantineColorScheme)).toBe('light')
  await page.reload()
  await expect.poll(() => page.evaluate(() => document.documentElement.dataset.mantineColorScheme)).toBe('light')
})

test('what is typed right after Ctrl+K arrives in the palette, and Enter takes its first entry', async () => {
  const page = await open('/targets')
  await page.getByText('127.0.0.1:1', { exact: true }).waitFor()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('shop requests')
  await expect.poll(() => page.getByPlaceholder('Page, rule, metric or action').inputValue()).toBe('shop requests')
  await page.locator('[data-selected]').getByText('shop_requests_total').waitFor()
  await page.keyboard.press('Enter')
  await searchOf(page, (s) => s.get('metric') === 'shop_requests_total')
})

test('thousands of targets are one list of which only rows in sight exist; what discovery cannot read stands on top', async () => {
  const page = await open('/explore')
  await inEditor(page).waitFor()
  await page.route('**/api/v1/targets*', async (route) => {
    const activeTargets = Array.from({ length: 5000 }, (_x, i) => ({
      id: `t${i}`,
      discoveredLabels: { __address__: `n${i}:80` },
      labels: { job: 'fleet', instance: `n${i}:80` },
      scrapePool: 'fleet',
      scrapeUrl: `http://n${i}/metrics`,
      lastError: '',
      lastScrape: new Date().toISOString(),
      lastScrapeDuration: 0.01,
      health: 'up',
      scrapeInterval: '15s',
      scrapeTimeout: '10s',
    }))
    await route.fulfill({ json: { status: 'success', data: { activeTargets, droppedTargets: [] } } })
  })
  await page.route('**/api/app/self', async (route) => {
    const answer = await (await route.fetch()).json()
    answer.config.problems = [
      { pool: 'fleet', message: 'expected a list', file: '/etc/sd/fleet.json', line: 3, column: 1 },
    ]
    await route.fulfill({ json: answer })
  })
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: 'Targets' }).first().click()
  await page.getByText('5,000 of 5,000 up', { exact: false }).first().waitFor()
  await page.getByText('sd/fleet.json:3:1').waitFor()
  await page.getByText('fleet.json cannot be read').waitFor()
  expect(await page.locator('tbody tr').count()).toBeLessThan(100)
  expect(await axeFindings(page)).toEqual([])
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
  await page.getByText('n4999:80').waitFor()
  expect(await page.locator('tbody tr').count()).toBeLessThan(100)
})

test('Targets shows what is down and why, what relabelling did, and a raw answer on demand', async () => {
  const page = await open('/targets')
  const down = page.getByRole('row', { name: /down 127\.0\.0\.1:1/ })
  await down.waitFor()
  expect(await down.textContent()).toMatch(/ECONNREFUSED|refused/)
  await page.getByText('1 dropped by relabelling').click()
  await page.getByText('old.example:80').first().waitFor()
  // Warnings alone are one line; whoever wants them opens it, or comes by a link that asks for them.
  await page.getByText('1 warning', { exact: true }).click()
  await page.getByText('prometheus.yml:2:1').waitFor()

  await page.getByLabel('Filter targets').fill(`${(shop.address() as AddressInfo).port}`)
  await searchOf(page, (s) => s.has('text'))
  await page.getByRole('button', { name: `127.0.0.1:${(shop.address() as AddressInfo).port}` }).click()
  await page.getByText('__metrics_path__').waitFor()
  await page.getByRole('button', { name: 'Scrape now' }).click()
  await expect
    .poll(() => page.getByLabel('raw answer', { exact: true }).textContent())
    .toContain('# TYPE shop_requests counter')
})

test('a lost connection is said, what is shown is not shown as fresh, and it heals by itself', async () => {
  const page = await open('/')
  await chartsDrawn(page)
  await page.route('**/api/**', (route) => route.abort())
  const strip = page.getByText('Connection to Binnacle lost.')
  await strip.waitFor({ timeout: 10_000 })
  expect(await page.locator('main').getAttribute('data-stale')).toBe('true')
  await page.unroute('**/api/**')
  await page.getByRole('button', { name: 'Try now' }).click()
  await strip.waitFor({ state: 'detached' })
})

test('a chart that fails says why, and tries again by itself', async () => {
  const page = await open('/')
  let refused = 0
  await page.route('**/api/v1/query_range*', async (route) => {
    refused++
    const body = { status: 'error', errorType: 'unavailable', error: 'the engine is starting' }
    await route.fulfill({ status: 503, contentType: 'application/json', body: JSON.stringify(body) })
  })
  await page.goto(`${binnacle.url}/explore?metric=node_load1`)
  const failed = page.getByRole('alert').filter({ hasText: 'node_load1 could not be loaded' })
  await failed.waitFor()
  expect(await failed.textContent()).toContain('the engine is starting')
  expect(await failed.textContent()).toMatch(/by itself in \d+ s/)
  expect(refused).toBeGreaterThan(0)
  await page.unroute('**/api/v1/query_range*')
  await chartsDrawn(page)
  await failed.waitFor({ state: 'detached' })
})

test('a query that is refused is shown with the hint that comes as a header', async () => {
  const page = await open('/targets')
  await page.route('**/api/v1/query_range*', async (route) => {
    const url = new URL(route.request().url())
    // So short that no query of all series ends in time.
    url.searchParams.set('timeout', '0.0001')
    url.searchParams.set('step', '1')
    await route.continue({ url: url.href })
  })
  const query = encodeURIComponent('sum(rate({__name__=~".+"}[5m]))')
  await page.goto(`${binnacle.url}/explore?q=${query}&from=now-1h&to=now`)
  const alert = page.getByRole('alert').filter({ hasText: 'query timed out' })
  await alert.getByText('query.timeout is 0.1 ms', { exact: true }).waitFor()
})

test('more series than a chart can hold are a message with the limit, and a table that holds them all', async () => {
  const page = await open('/targets')
  const at = Math.floor(Date.now() / 1000)
  await page.route('**/api/v1/query_range*', async (route) => {
    const start = Number(new URL(route.request().url()).searchParams.get('start'))
    const result = Array.from({ length: 250 }, (_x, i) => ({ metric: { i: `${i}` }, values: [[start, `${i}`]] }))
    await route.fulfill({
      contentType: 'application/json',
      body: JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }),
    })
  })
  await page.route('**/api/v1/query?*', async (route) => {
    const result = Array.from({ length: 5000 }, (_x, i) => ({ metric: { i: `${i}` }, value: [at, `${i}`] }))
    await route.fulfill({
      contentType: 'application/json',
      body: JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }),
    })
  })
  await page.goto(`${binnacle.url}/explore?q=many`)
  await page.getByText(/200 of 250 series are drawn/).waitFor()
  await page.getByRole('button', { name: /Draw up to 1,000/ }).click()
  await page
    .getByText(/250 series/)
    .first()
    .waitFor()
  await page.getByRole('button', { name: 'Table', exact: true }).click()
  await page.getByText('4999').first().waitFor()
  expect(await page.locator('tbody tr').count()).toBeLessThan(100)
})

test('an answer of 10,000 series is read beside the page, and the highest are drawn over what all of them span', async () => {
  const page = await open('/targets')
  const points = 100
  const limits: (string | null)[] = []
  await page.route('**/api/v1/query_range*', async (route) => {
    const search = new URL(route.request().url()).searchParams
    const [start, step] = [Number(search.get('start')), Number(search.get('step'))]
    if (search.get('query') !== 'fleet') return route.continue()
    limits.push(search.get('limit'))
    const result: string[] = []
    for (let i = 0; i < 10_000; i++) {
      const values = Array.from({ length: points }, (_x, k) => `[${start + k * step},"${i + (k % 7)}.25"]`)
      result.push(`{"metric":{"__name__":"fleet","node":"n${i}","zone":"z${i % 3}"},"values":[${values.join()}]}`)
    }
    const body = `{"status":"success","data":{"resultType":"matrix","result":[${result.join()}]}}`
    await route.fulfill({ contentType: 'application/json', body })
  })
  await page.goto(`${binnacle.url}/explore?q=fleet&from=now-1h&to=now&refresh=off`)
  await page.getByText(/200 of 10,000 series are drawn/).waitFor({ timeout: 20_000 })
  expect(page.workers()).toHaveLength(1)
  expect(limits).toEqual(['10000'])
  const top = page.getByRole('row', { name: /n9999/ })
  await top.waitFor()
  const chart = page.getByRole('slider', { name: /^fleet/ })
  const box = (await chart.boundingBox())!
  await page.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.5)
  await page.getByText(/all 10,000: [\d.]+ to 10.*, mean 5/).waitFor()
  await page.getByRole('button', { name: 'by zone' }).click()
  await searchOf(page, (s) => s.get('q') === 'avg by (zone) (fleet)')
}, 60_000)

test(
  'queries are duplicated, moved and named, all in the address',
  async () => {
    const page = await open('/explore?q=node_load1&q=rate(shop_requests_total[1m])')
    const more = async (letter: string, item: string) => {
      await page.getByRole('button', { name: `More for query ${letter}` }).click()
      await page.getByRole('menuitem', { name: item }).click()
    }
    await more('B', 'Move up')
    await searchOf(page, (s) => s.getAll('q').join('|') === 'rate(shop_requests_total[1m])|node_load1')
    await more('A', 'Duplicate')
    await searchOf(page, (s) => s.getAll('q').length === 3)
    await more('A', 'Name its series')
    await page.getByLabel('Names of the series of query A').fill('at {{route}}')
    await page.keyboard.press('Enter')
    await searchOf(page, (s) => s.get('legend') === 'A:at {{route}}')
    await page.getByText('A · at /cart').first().waitFor()
    await page.getByRole('button', { name: 'One each' }).click()
    await searchOf(page, (s) => s.get('each') === 'yes')
    expect(await page.getByRole('region', { name: /^Query [ABC]$/ }).count()).toBe(3)
    await page.getByRole('region', { name: 'Query C' }).locator('canvas').waitFor()
  },
  LONG_MS,
)

test(
  'completion follows what stands around the cursor',
  async () => {
    const page = await open('/explore')
    await inEditor(page).click()
    const offered = (text: string) => page.locator('.cm-tooltip-autocomplete li', { hasText: text })
    await page.keyboard.type('shop_requests_total{ro')
    await offered('route').waitFor()
    await page.keyboard.press('Tab')
    await offered('/cart').waitFor()
    await page.keyboard.type('/c')
    await expect.poll(() => page.locator('.cm-tooltip-autocomplete li').count()).toBe(1)
    await page.keyboard.press('Tab')
    await page.keyboard.type(',co')
    await offered('code').waitFor()
    await page.keyboard.press('Tab')
    await offered('200').waitFor()
    await page.keyboard.press('Tab')
    expect(await inEditor(page).textContent()).toBe('shop_requests_total{route="/cart",code="200"}')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('sum by (')
    await offered('mode').waitFor()
    await page.keyboard.type(') (shop_requests_total')
    for (let i = 0; i < ') (shop_requests_total'.length; i++) await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Control+Space')
    await offered('route').waitFor()
    expect(await offered('mode').count()).toBe(0)
  },
  LONG_MS,
)

test('a hint mends a query with one click', async () => {
  const page = await open('/explore?q=shop_requests_total')
  await page.getByRole('button', { name: 'Wrap in rate()' }).click()
  await searchOf(page, (s) => s.get('q') === 'rate(shop_requests_total[5m])')
  expect(await inEditor(page).textContent()).toBe('rate(shop_requests_total[5m])')
})

test('a query is explained part by part, with its remarks and what came from where', async () => {
  const page = await open('/explore?q=histogram_quantile(0.9, sum(rate(shop_latency_seconds_bucket[1m])))')
  await page.getByRole('button', { name: 'Explain query A' }).click()
  await searchOf(page, (s) => s.get('explain') === 'A')
  const row = page.getByRole('row', { name: /^shop_latency_seconds_bucket\[1m\]/ })
  await row.waitFor()
  expect(await row.textContent()).toMatch(/bucket\[1m\]2[\d,]+head/)
  await page.getByRole('row', { name: /^sum/ }).getByRole('button', { name: 'Add by (le)' }).click()
  await searchOf(
    page,
    (s) => s.get('q') === 'histogram_quantile(0.9, sum by (le) (rate(shop_latency_seconds_bucket[1m])))',
  )
  await page.getByRole('row', { name: /^sum by \(le\)/ }).waitFor()
})

test('a heatmap shows the buckets that a quantile is taken of, and is read with the arrow keys', async () => {
  const page = await open(
    '/explore?q=histogram_quantile(0.9, sum by (le) (rate(shop_latency_seconds_bucket[10s])))&view=heatmap&from=now-2m&to=now',
  )
  const map = page.getByRole('slider', { name: /heatmap/ })
  await map.waitFor()
  await map.focus()
  // Six of seven requests are quick, and the row of most is where reading begins.
  await expect.poll(() => map.getAttribute('aria-valuetext')).toMatch(/: 0\ss to 100\sms: [\d.]+\s\/s, 8\d/)
  await page.keyboard.press('ArrowUp')
  await expect.poll(() => map.getAttribute('aria-valuetext')).toMatch(/: over 100\sms: .*, 1\d/)
  await page.getByRole('button', { name: 'Exemplars' }).click()
  await page.getByText(/\d+ exemplars/).click()
  await page
    .getByRole('button', { name: /^Copy trace id abc/ })
    .first()
    .click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^abc\d+$/)
})

test(
  'native histograms are heatmaps, figures in the table, and quantiles in the browser of metrics',
  async () => {
    const now = Date.now()
    const ts = Array.from({ length: 25 }, (_x, i) => now - 120_000 + i * 5000)
    const body = encodeRemoteWrite(
      [
        {
          labels: labelsOf({ __name__: 'native_seconds', job: 'push' }),
          ts: [],
          values: [],
          // Of four observations, three lie between a half and one, one between one and two.
          histograms: ts.map((at, i) => ({
            ts: at,
            schema: 0,
            countInt: 4 * i,
            sum: 4 * i,
            positiveSpans: [0, 2],
            positiveDeltas: [3 * i, -2 * i],
          })),
        },
      ],
      [{ metric: 'native_seconds', type: 3, help: 'Time, natively.', unit: 'seconds' }],
    )
    const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' }
    const written = await fetch(`${binnacle.url}/api/v1/write`, { method: 'POST', headers, body: new Uint8Array(body) })
    expect(written.status).toBe(204)

    const page = await open('/explore?q=sum(rate(native_seconds[30s]))&view=heatmap&from=now-2m&to=now&refresh=off')
    const map = page.getByRole('slider', { name: /heatmap/ })
    await map.waitFor()
    await map.focus()
    for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowLeft')
    await expect.poll(() => map.getAttribute('aria-valuetext')).toMatch(/: 500\sms to 1\ss: 0\.6\s\/s, 75\s%/)
    await page.keyboard.press('ArrowUp')
    await expect.poll(() => map.getAttribute('aria-valuetext')).toMatch(/: 1\ss to 2\ss: 0\.2\s\/s, 25\s%/)
    await page.getByRole('button', { name: 'Lines', exact: true }).click()
    await page.getByText(/are histograms, which have no line/).waitFor()
    await page.getByRole('button', { name: 'Table', exact: true }).click()
    await page.getByText(/count [\d.]+, sum [\d.]+, in 2 buckets/).waitFor()
    await page.goto(`${binnacle.url}/explore?metric=native_seconds`)
    await page.getByText('histogram_quantile(0.95, sum(rate(native_seconds[5m])))').first().waitFor()
    await page.getByRole('button', { name: 'Use the heatmap' }).click()
    await searchOf(page, (s) => s.get('q') === 'sum(rate(native_seconds[5m]))' && s.get('view') === 'heatmap')
  },
  LONG_MS,
)

test('an answer is taken apart by label, then by value, with include and exclude', async () => {
  const page = await open('/explore?q=rate(shop_requests_total[1m])')
  await page.getByRole('button', { name: 'By label' }).click()
  await page.getByText('The same in all series:').waitFor()
  await page.getByRole('button', { name: /^route \d values/ }).click()
  await searchOf(page, (s) => s.get('by') === 'route')
  await page.getByRole('button', { name: 'Without route="/cart"' }).click()
  await searchOf(page, (s) => s.get('q') === 'rate(shop_requests_total{route!="/cart"}[1m])')
  await page.getByRole('button', { name: 'Only route="/"' }).click()
  await searchOf(page, (s) => s.get('q') === 'rate(shop_requests_total{route="/"}[1m])')
})

test(
  'what is shown is taken away as curl, CSV, selector, and from what was asked lately',
  async () => {
    const page = await open('/explore?q=shop_requests_total')
    await page.getByText('route="/cart"').first().waitFor()
    const share = async (item: string) => {
      await page.getByRole('button', { name: /^(Share|Copied)$/ }).click()
      await page.getByRole('menuitem', { name: item }).click()
    }
    await share('Copy as curl: range')
    const curl = await page.evaluate(() => navigator.clipboard.readText())
    expect(curl).toContain(`curl -s '${binnacle.url}/api/v1/query_range'`)
    expect(curl).toContain("--data-urlencode 'query=shop_requests_total'")
    await share('Copy as an alerting rule')
    const rule = await page.evaluate(() => navigator.clipboard.readText())
    expect(rule).toContain('expr: |-\n    shop_requests_total\n')
    const file = `groups:\n- name: new\n  rules:\n${rule.replace(/^(?=.)/gm, '  ')}`
    expect(checkRuleFile(file, 'new.yml').errors).toEqual([])
    const [download] = await Promise.all([page.waitForEvent('download'), share('Download CSV')])
    const { readFile } = await import('node:fs/promises')
    expect(await readFile(await download.path(), 'utf8')).toMatch(/^time,"route=""\/"""/)
    const row = page.getByRole('row', { name: /route="\/cart"/ })
    await row.getByRole('button', { name: /^Copy shop_requests_total/ }).click()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(
      /^shop_requests_total\{code="200", instance="[^"]+", job="shop", route="\/cart"\}$/,
    )
    await inEditor(page).click()
    await page.keyboard.press('Control+a')
    await page.keyboard.type('node_load1')
    await page.keyboard.press('Control+Enter')
    await searchOf(page, (s) => s.get('q') === 'node_load1')
    await page.getByRole('button', { name: 'Recent' }).click()
    await page.getByRole('menuitem', { name: 'node_load1' }).waitFor()
  },
  LONG_MS,
)

test('a new query cancels the one that runs', async () => {
  const page = await open('/explore?q=up')
  await chartsDrawn(page)
  const cancelled: string[] = []
  page.on('requestfailed', (request) => cancelled.push(decodeURIComponent(request.url())))
  await page.route(/query_range.*node_load15/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 3000))
    await route.continue().catch(() => undefined)
  })
  await inEditor(page).fill('node_load15')
  await page.keyboard.press('Enter')
  await searchOf(page, (s) => s.get('q') === 'node_load15')
  await page.waitForTimeout(200)
  await inEditor(page).fill('node_load5')
  await page.keyboard.press('Enter')
  await expect.poll(() => cancelled.some((url) => url.includes('node_load15')), { timeout: 3000 }).toBe(true)
})

test('on a phone the pages are in a drawer', async () => {
  const page = await open('/', { width: 390 })
  await page.getByRole('button', { name: 'Pages' }).click()
  await page.getByRole('dialog').getByRole('link', { name: 'Targets' }).click()
  await page.waitForURL((url) => url.pathname === '/targets')
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
})

test('a place that does not exist says so', async () => {
  const page = await open('/nowhere')
  await page.getByText('There is no page here').waitFor()
})

test('a part of the page that does not load is said, with the way out', async () => {
  const page = await open('/targets')
  await page.getByText('127.0.0.1:1', { exact: true }).waitFor()
  await page.route('**/assets/explorer-*.js', (route) => route.fulfill({ status: 404 }))
  await page.getByRole('link', { name: 'Metrics' }).click()
  await page.getByRole('button', { name: 'Load it anew' }).waitFor()
  await page.unroute('**/assets/explorer-*.js')
  await page.getByRole('button', { name: 'Load it anew' }).click()
  await inEditor(page).waitFor()
  // The one complaint of this test is the failure that it made itself.
  expect(page.complaints.splice(0).join()).toContain('dynamically imported module')
})
