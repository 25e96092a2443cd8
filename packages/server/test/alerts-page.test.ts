import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
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

// Pages of alerts, silences and routing, served by the real program with the real alerting behind them.

let binnacle: RunningBinnacle
let browser: Browser
let receiver: Server
let folder: string
/** Bodies that the webhook got. */
const received: { status: string; alerts: { labels: Record<string, string> }[] }[] = []
const opened: WatchedPage[] = []

const open = async (path: string, options?: PageOptions): Promise<WatchedPage> => {
  const page = await openPage(browser, binnacle.url, path, options)
  opened.push(page)
  return page
}

type Pushed = { labels: Record<string, string>; annotations?: Record<string, string> }
async function push(alerts: readonly Pushed[]): Promise<void> {
  const [startsAt, endsAt] = [0, 3_600_000].map((ms) => new Date(Date.now() + ms).toISOString())
  const answer = await fetch(`${binnacle.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((alert) => ({ annotations: {}, startsAt, endsAt, ...alert }))),
  })
  expect(answer.status, await answer.text()).toBe(200)
}

const ERRORS: Pushed = {
  labels: { alertname: 'HighErrorRate', service: 'checkout', severity: 'critical', team: 'platform' },
  annotations: { summary: 'Every tenth request to checkout fails', runbook_url: 'https://wiki.example.com/errors' },
}
const SLOW: Pushed = {
  labels: { alertname: 'HighLatency', service: 'checkout', severity: 'warning', team: 'platform' },
  annotations: { summary: 'checkout is slow' },
}
const DISK: Pushed = {
  labels: { alertname: 'DiskFull', instance: 'db-1', severity: 'warning', team: 'infra' },
  annotations: { summary: 'The disk of db-1 is 95% full' },
}

beforeAll(async () => {
  buildWeb()
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => {
      body += piece
    })
    request.on('end', () => {
      received.push(JSON.parse(body))
      response.writeHead(200, { 'content-type': 'text/plain' }).end('noted by the pager')
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const { port } = receiver.address() as AddressInfo
  folder = await mkdtemp(join(tmpdir(), 'binnacle-alerts-page-'))
  await writeFile(
    join(folder, 'alertmanager.yml'),
    `route:
  receiver: quiet
  group_by: [alertname, service]
  group_wait: 1s
  routes:
    - matchers: [team="platform"]
      receiver: pager
      group_wait: 1s
      routes:
        - matchers: [severity="info"]
          receiver: quiet
    - matchers: [team="nobody"]
      receiver: broken
    - matchers: [team="long"]
      receiver: quiet
      continue: true
    - matchers: [team="long"]
      receiver: quiet
inhibit_rules:
  - source_matchers: [severity="critical"]
    target_matchers: [severity="warning"]
    equal: [service]
receivers:
  - name: quiet
  - name: pager
    webhook_configs: [{url: 'http://127.0.0.1:${port}/'}]
  - name: broken
    webhook_configs: [{url: 'http://127.0.0.1:1/'}]
`,
  )
  const [started, chrome] = await Promise.all([
    startBinnacle({
      config: 'collectors:\n  host: {interval: 1s}\n',
      args: ['--alertmanager-config', join(folder, 'alertmanager.yml')],
    }),
    launchBrowser(),
  ])
  binnacle = started
  browser = chrome
  await push([ERRORS, SLOW, DISK])
  for (let i = 0; received.length === 0; i++) {
    if (i === 100) throw new Error(`nothing was told\n${binnacle.stderr}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}, 90_000)

afterAll(async () => {
  await browser?.close()
  receiver?.close()
  await binnacle?.[Symbol.asyncDispose]()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

afterEach(async () => {
  const complaints = opened.flatMap((page) => page.complaints)
  await Promise.all(opened.splice(0).map((page) => page.context().close()))
  expect(complaints).toEqual([])
})

/** For stories of many steps, each of which waits for the server: on a busy machine that adds up. */
const LONG_MS = 90_000

const rowOf = (page: Page, name: string) =>
  page.getByRole('article').filter({ has: linkNamed(page, name).and(page.locator('[data-alert-link]')) })
const rows = (page: Page) => page.getByRole('list', { name: 'Alerts', exact: true }).getByRole('article')
const choice = (page: Page, name: string) => page.getByRole('combobox', { name, exact: true })
const linkNamed = (page: Page, name: string) => page.getByRole('link', { name, exact: true })

describe('each page', () => {
  const looks = (['dark', 'light'] as const).flatMap((theme) => [1440, 390].map((width) => ({ theme, width })))
  const pages: { name: string; path: string; ready: (page: Page) => Promise<unknown> }[] = [
    { name: 'Alerts', path: '/alerts', ready: (page) => linkNamed(page, 'DiskFull').waitFor() },
    {
      name: 'Alerts in groups',
      path: '/alerts?group=team',
      ready: (page) => page.getByText('2 alerts').first().waitFor(),
    },
    { name: 'an alert', path: '/alerts/FINGERPRINT', ready: (page) => page.getByText('noted by the pager').waitFor() },
    { name: 'Rules', path: '/alerts/rules', ready: (page) => page.getByRole('heading', { name: 'Rules' }).waitFor() },
    {
      name: 'History of notifications',
      path: '/alerts/history?show=notifications',
      ready: (page) => linkNamed(page, 'HighErrorRate').first().waitFor(),
    },
    { name: 'History', path: '/alerts/history', ready: (page) => linkNamed(page, 'HighErrorRate').first().waitFor() },
    { name: 'Silences', path: '/silences', ready: (page) => page.getByText('Nothing is silenced').waitFor() },
    {
      name: 'a new silence',
      path: '/silences/new?m=team="platform"',
      ready: (page) => page.getByRole('heading', { name: 'Mutes now' }).waitFor(),
    },
    {
      name: 'Routing with a path',
      path: '/routing?label=team="platform"&label=alertname="X"',
      ready: (page) => page.getByText('takes it').waitFor(),
    },
    { name: 'Home while something fires', path: '/', ready: (page) => linkNamed(page, 'DiskFull').waitFor() },
  ]
  test.for(pages.flatMap((page) => looks.map((look) => ({ ...page, ...look }))))(
    '$name is accessible, fits and asks nobody else ($theme, $width px)',
    async ({ path, ready, theme, width }) => {
      const page = await open(path.replace('FINGERPRINT', await fingerprintOf('HighErrorRate')), { theme, width })
      await ready(page)
      expect(await axeFindings(page)).toEqual([])
      expect(await overflow(page)).toBe(0)
    },
  )
})

async function fingerprintOf(name: string): Promise<string> {
  const answer = await fetch(`${binnacle.url}/api/app/alerts?filter=${encodeURIComponent(`alertname="${name}"`)}`)
  return ((await answer.json()) as { items: { fingerprint: string }[] }).items[0]!.fingerprint
}

test('Home says how many fire and leads to them, and that nobody outside watches', async () => {
  const page = await open('/')
  const line = page.getByRole('heading', { level: 1 })
  await expect.poll(() => line.textContent(), { timeout: 10_000 }).toMatch(/^2 alerts firing, /)
  await page.getByText('Nobody would notice if Binnacle itself stopped.').waitFor()
  await line.getByRole('link', { name: '2 alerts firing' }).click()
  expect((await searchOf(page, (s) => s.has('state'))).get('state')).toBe('firing')
  await expect.poll(() => rows(page).count()).toBe(2)
})

test('the list tells what becomes of each alert; a chip filters, Back undoes it', async () => {
  const page = await open('/alerts')
  await expect.poll(() => rows(page).count()).toBe(3)
  expect(await rows(page).first().textContent()).toContain('HighErrorRate')
  expect(await rowOf(page, 'HighErrorRate').textContent()).toContain('to pager')
  expect(await rowOf(page, 'HighLatency').textContent()).toContain('inhibited by HighErrorRate')
  await rowOf(page, 'DiskFull').getByRole('button', { name: 'team="infra"' }).click()
  expect((await searchOf(page, (s) => s.has('filter'))).get('filter')).toBe('team="infra"')
  await expect.poll(() => rows(page).count()).toBe(1)
  await page.getByLabel('Filter by matchers').fill('team=~"(')
  await page
    .getByText(/missing|parse|unterminated/i)
    .first()
    .waitFor()
  await page.getByLabel('Filter by matchers').fill('')
  await expect.poll(() => rows(page).count()).toBe(3)
})

test('an alert is reached by keys, acknowledged, and the acknowledgement taken back', {
  timeout: LONG_MS,
}, async () => {
  const page = await open('/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('a')
  await expect.poll(() => rows(page).count()).toBe(3)
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  const focused = () => page.evaluate(() => document.activeElement?.textContent)
  await expect.poll(focused).toBe('DiskFull')
  // Esc takes back one step at a time, and never the place in the list.
  await page.keyboard.press('x')
  await page.getByRole('toolbar').getByText('1 selected').waitFor()
  await page.keyboard.press('a')
  await page.getByRole('dialog').getByLabel('Your name').waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(focused).toBe('DiskFull')
  await page.getByRole('toolbar').getByText('1 selected').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('toolbar').waitFor({ state: 'detached' })
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'DiskFull' }).waitFor()
  await page.keyboard.press('a')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Your name').fill('ana')
  await dialog.getByLabel('Comment').fill('a bigger disk is ordered')
  await dialog.getByRole('button', { name: 'Acknowledge' }).click()
  await page.getByText('a bigger disk is ordered', { exact: true }).waitFor()
  await page.getByText('by ana on a page: a bigger disk is ordered').waitFor()
  await page.getByRole('button', { name: 'Take acknowledgement back' }).click()
  await page.getByRole('button', { name: 'Acknowledge', exact: true }).waitFor()
})

test('on a phone a notification leads to what happened and what can be done', async () => {
  const page = await open(`/alerts/${await fingerprintOf('HighErrorRate')}`, { width: 390 })
  await page.getByText('Every tenth request to checkout fails').first().waitFor()
  const acknowledge = page.getByRole('button', { name: 'Acknowledge', exact: true })
  const box = (await acknowledge.boundingBox())!
  expect(box.height).toBeGreaterThanOrEqual(44)
  expect(box.y + box.height).toBeLessThan(500)
  expect(await linkNamed(page, 'Runbook').getAttribute('href')).toBe('https://wiki.example.com/errors')
  await page.getByText('noted by the pager').waitFor()
})

test('a silence begins with the labels of an alert, shows what it mutes, is made, extended and ended', {
  timeout: LONG_MS,
}, async () => {
  const page = await open('/alerts')
  await rowOf(page, 'DiskFull').getByRole('link', { name: 'Silence DiskFull' }).click()
  await page.getByRole('heading', { name: 'New silence' }).waitFor()
  expect(await page.getByLabel('Matchers').getByRole('listitem').count()).toBe(4)
  await page.getByRole('button', { name: 'Drop instance' }).click()
  await page.getByRole('button', { name: 'Drop alertname' }).click()
  await page.getByRole('button', { name: 'Drop severity' }).click()
  // Now, and within the last 7 days.
  await expect.poll(() => page.getByText('1 alert', { exact: true }).count()).toBe(2)
  const save = page.getByRole('button', { name: 'Silence', exact: true })
  expect(await save.isDisabled()).toBe(true)
  await page.getByLabel('Your name').fill('ana')
  await page.getByLabel('Reason').fill('the disk is being swapped')
  // What is no length is not passed over in silence.
  await page.getByLabel('Another length').fill('soon')
  await page.getByText('“soon” is no length').waitFor()
  expect(await save.isDisabled()).toBe(true)
  await page.getByRole('button', { name: '30 min' }).click()
  await save.click()
  const row = page.locator('[data-silence]').first()
  await row.getByText('the disk is being swapped').waitFor()
  expect(await row.textContent()).toMatch(/(29|30) min left/)
  await expect.poll(() => row.textContent()).toContain('mutes 1 now')
  await row.getByRole('button', { name: '1 h' }).click()
  await expect.poll(() => row.textContent()).toMatch(/1 h (29|30) min left/)
  await page.goto(`${binnacle.url}/alerts?state=silenced`)
  await expect.poll(() => rowOf(page, 'DiskFull').textContent()).toContain('silenced by ana: the disk is being swapped')
  await page.goto(`${binnacle.url}/silences`)
  await page.getByRole('button', { name: 'Expire it now' }).click()
  await page.getByText('Nothing is silenced').waitFor()
})

test('a silence of several services says so before it is made', async () => {
  await push([{ labels: { alertname: 'QueueFull', service: 'mail', severity: 'info', team: 'platform' } }])
  const page = await open('/silences/new?m=team="platform"')
  await page.getByText(/It crosses services: checkout, mail/).waitFor()
})

test('several alerts are chosen and silenced by what they have in common', async () => {
  const page = await open('/alerts?filter=service="checkout"')
  await expect.poll(() => rows(page).count()).toBe(2)
  for (const name of ['HighErrorRate', 'HighLatency']) await page.getByLabel(`Select ${name}`).check()
  await page.getByRole('toolbar').getByRole('button', { name: 'Silence' }).click()
  await page.getByRole('heading', { name: 'New silence' }).waitFor()
  const values = await page
    .getByLabel('Matchers')
    .getByRole('textbox')
    .evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value))
  expect(values).toEqual(['checkout', 'platform'])
})

test('the path of an alert lights up, its message is shown, and a test brings the real answer', {
  timeout: LONG_MS,
}, async () => {
  const page = await open('/routing')
  await page.getByRole('article', { name: 'Route 0.0 to pager' }).waitFor()
  await page.getByLabel('Labels of an alert').fill('alertname="X", team="platform", severity="info"')
  await page.keyboard.press('Enter')
  await page.getByRole('article', { name: 'Route 0.0.0 to quiet' }).getByText('takes it').waitFor()
  expect((await searchOf(page, (s) => s.has('label'))).getAll('label')).toHaveLength(3)
  await page.getByText('{}/{team="platform"}/{severity="info"}:{alertname="X"}').waitFor()

  await page.getByLabel('Pick a live alert').selectOption({ index: 1 })
  await page.getByRole('article', { name: 'Route 0.0 to pager' }).getByText('takes it').waitFor()
  await page.getByRole('region', { name: 'Message to pager' }).getByText('webhook', { exact: true }).waitFor()

  const before = received.length
  await page.getByRole('button', { name: 'Send a test to pager' }).click()
  await page.getByText('noted by the pager').first().waitFor()
  expect(received.slice(before).map(({ alerts }) => alerts[0]!.labels.alertname)).toContain('TestAlert')
  await page.getByRole('button', { name: 'Send a test to broken' }).click()
  await page.getByText(/did not take the test/).waitFor()
})

test('the palette silences what fires and leads to pages inside; keys lead to silences and routing', {
  timeout: LONG_MS,
}, async () => {
  const page = await open('/')
  await linkNamed(page, 'DiskFull').waitFor()
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder('Page, rule, metric or action').fill('silence diskfull')
  await page.getByText('Silence DiskFull').waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'New silence' }).waitFor()
  expect((await searchOf(page, (s) => s.has('m'))).getAll('m')).toContain('alertname="DiskFull"')
  for (const [key, heading] of [
    ['q', 'Silences'],
    ['w', 'Routing'],
    ['a', 'Alerts'],
  ] as const) {
    await page.getByRole('heading', { level: 1 }).click()
    await page.keyboard.press('g')
    await page.keyboard.press(key)
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
  }
})

test.for([
  ['/#/alerts?receiver=pager&filter=%7Bteam%3D%22platform%22%7D', 'Alerts', '/alerts'],
  ['/#/silences/new?filter=%7Bservice%3D%22checkout%22%7D', 'New silence', '/silences/new'],
  ['/graph?g0.expr=up&g0.tab=1', 'Metrics', '/explore'],
] as const)('the link %s of a notification leads to our page', async ([link, title, path]) => {
  const page = await open(link)
  await expect.poll(() => page.title()).toBe(`${title} · Binnacle`)
  expect(new URL(page.url()).pathname).toBe(path)
})

test('history is filtered, leads to the alert, and is exported', async () => {
  const page = await open('/alerts/history')
  await linkNamed(page, 'DiskFull').first().waitFor()
  await page.getByLabel('Filter by matchers').fill('team="infra"')
  await expect.poll(() => linkNamed(page, 'HighErrorRate').count()).toBe(0)
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export' }).click()
  await page.getByRole('menuitem', { name: 'All of this as CSV' }).click()
  expect((await download).suggestedFilename()).toMatch(/^alert-history-.*\.csv$/)
})

test('the history tells whether an alert was acknowledged on a page or through the link of a message', {
  timeout: LONG_MS,
}, async () => {
  const labels = { alertname: 'Asked', team: 'infra', severity: 'info' }
  await push([{ labels }])
  const acknowledge = async (page: Page) => {
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Your name').fill('ana')
    await dialog.getByRole('button', { name: 'Acknowledge' }).click()
    await page.getByRole('button', { name: 'Take acknowledgement back' }).click()
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).waitFor()
  }
  const asked = (page: Page) => linkNamed(page, 'Asked').first()
  const list = await open('/alerts?filter=alertname="Asked"')
  const address = (await asked(list).getAttribute('href'))!
  // A page of ours leads there in another tab, in its own, and is loaded anew.
  await acknowledge(await open(address))
  await asked(list).click()
  await list.reload()
  await acknowledge(list)

  // The way of all messages; loaded anew it is still that.
  const message = await open('/#/alerts?filter=%7Balertname%3D%22Asked%22%7D')
  await asked(message).click()
  await message.waitForURL(`**${address}*`)
  await message.reload()
  await acknowledge(message)
  // The way of a message by a template of one's own; the mark is not passed on.
  const marked = await open(`${address.split('?')[0]}?via=link`)
  await acknowledge(marked)
  expect(new URL(marked.url()).searchParams.has('via')).toBe(false)
  const answer = await fetch(`${binnacle.url}/api/app/alerts/history?kind=acknowledgement&filter=alertname="Asked"`)
  const { items } = (await answer.json()) as { items: { what: string; via: string; by: string }[] }
  expect(items.map(({ what, via, by }) => `${what} ${via} ${by}`)).toEqual(
    ['link', 'link', 'page', 'page'].flatMap((via) => [`ended ${via} ana`, `began ${via} ana`]),
  )
})

test('history shows one kind of events alone, and forgets conditions that others do not have', async () => {
  const page = await open('/alerts/history?from=now-1h&to=now&became=firing&reason=value')
  await page.getByText('No event matches').waitFor()
  await choice(page, 'what').selectOption({ label: 'inhibitions' })
  await page.getByText('inhibited', { exact: true }).first().waitFor()
  const search = await searchOf(page, (s) => s.get('kind') === 'inhibition')
  expect([...search.keys()].filter((key) => ['was', 'became', 'reason'].includes(key))).toEqual([])
  expect(await choice(page, 'because').count()).toBe(0)
  await expect.poll(() => linkNamed(page, 'DiskFull').count()).toBe(0)
  expect(await linkNamed(page, 'HighLatency').count()).toBeGreaterThan(0)
})

test('the history of notifications says who was told, and why nobody was, and is exported', async () => {
  const page = await open('/alerts/history?from=now-1h&to=now')
  await page.getByRole('button', { name: 'Notifications' }).click()
  const told = page.getByRole('article').filter({ has: linkNamed(page, 'HighErrorRate') })
  await told.getByText('noted by the pager').first().waitFor()
  await choice(page, 'with').selectOption({ label: 'withheld' })
  const withheld = page.getByRole('article').filter({ has: linkNamed(page, 'HighLatency') })
  await withheld.getByText('1 inhibited').first().waitFor()
  // The list before stays until the next one is there, and has both.
  await expect.poll(() => told.count()).toBe(0)
  await choice(page, 'with').selectOption({ label: 'sent' })
  await choice(page, 'to').selectOption({ label: 'pager' })
  await told.first().waitFor()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export' }).click()
  await page.getByRole('menuitem', { name: 'All of this as JSON' }).click()
  const file = await download
  expect(file.suggestedFilename()).toMatch(/^notifications-.*\.json$/)
  const exported = JSON.parse(await readFile(await file.path(), 'utf8')) as { items: Record<string, unknown>[] }
  expect(exported).toMatchObject({ truncated: false })
  expect(exported.items.length).toBeGreaterThan(0)
  for (const item of exported.items) expect(item).toMatchObject({ receiver: 'pager', delivered: true })
  const csv = await fetch(`${binnacle.url}/api/app/alerts/notifications/export?format=csv&result=withheld`)
  expect(csv.headers.get('content-disposition')).toMatch(/^attachment; filename="notifications-[-0-9]+\.csv"$/)
  const [head, ...lines] = (await csv.text()).trimEnd().split('\r\n')
  expect(head).toBe(
    'time,receiver,integration,index,status,result,why,attempts,seconds,answer,alerts,alertnames,group,fingerprints',
  )
  const line = lines.find((one) => one.includes('HighLatency'))
  expect(line).toMatch(/^\d{4}-[^,]+Z,pager,,0,firing,withheld,inhibition of 1 by [0-9a-f]{16},0,0,,1,HighLatency,/)
  const wrong = await fetch(`${binnacle.url}/api/app/alerts/notifications/export?format=csv&result=lost`)
  expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('delivered, failed, withheld')])
  // Back to the events: what only notifications have is gone, the rest of the address stays.
  await page.getByRole('button', { name: 'Events' }).click()
  await choice(page, 'because').waitFor()
  expect((await searchOf(page, (s) => !s.has('show'))).has('receiver')).toBe(false)
})

test('ten thousand alerts stay usable: few rows exist, pages come as they are scrolled to', {
  timeout: LONG_MS,
}, async () => {
  const storm = Array.from({ length: 10_000 }, (_, i) => ({
    labels: {
      alertname: `Storm${i % 20}`,
      instance: `host-${String(i).padStart(5, '0')}`,
      severity: 'info',
      team: 'storm',
    },
  }))
  for (let i = 0; i < storm.length; i += 2500) await push(storm.slice(i, i + 2500))
  const page = await open('/alerts?filter=team="storm"&group=alertname')
  await page.getByText('500 alerts').first().waitFor()
  expect(await rows(page).count()).toBeLessThan(60)
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight / 2))
  await expect.poll(() => rows(page).count(), { timeout: 15_000 }).toBeGreaterThan(5)
  expect(await rows(page).count()).toBeLessThan(80)
  await page.getByLabel('Filter by matchers').fill('instance="host-09999"')
  await expect.poll(() => rows(page).count(), { timeout: 15_000 }).toBe(1)
})

test('an alert of long names and values stays in its bounds on a phone, and is whole on its own page', async () => {
  const name = `KubernetesPersistentVolumeClaim${'IsFillingUp'.repeat(9)}`
  const blob = `\u{1f525}${'x'.repeat(1800)}`
  await push([{ labels: { alertname: name, blob, team: 'long' }, annotations: { summary: 'y'.repeat(900) } }])
  const page = await open('/alerts?filter=team="long"', { width: 390 })
  const row = rowOf(page, name)
  await row.waitFor()
  expect(await overflow(page)).toBe(0)
  expect((await row.boundingBox())!.height).toBeLessThan(500)
  expect(await row.getByRole('button', { name: /^blob=/ }).getAttribute('title')).toContain(blob)
  // Two routes lead to one receiver: it is named once.
  expect(await row.getByRole('link', { name: /quiet/ }).textContent()).toBe('quiet')
  await linkNamed(page, name).click()
  await page.getByRole('heading', { name }).waitFor()
  expect(await page.getByRole('main').textContent()).toContain(blob)
  expect(await overflow(page)).toBe(0)
  await page.goto(`${binnacle.url}/silences/new?m=team="long"`)
  await page.getByText('Would have muted in the last 7 days').waitFor()
  expect(await overflow(page)).toBe(0)
})
