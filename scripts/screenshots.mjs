// Makes the pictures of the README from a running Binnacle:
//
//   npm start                                       # in one shell; let it run for five minutes at least
//   node scripts/screenshots.mjs [http://127.0.0.1:7070] [docs/images]
//
// Uses the Chromium of the tests, or the one that CHROMIUM_PATH names. Says the size of each picture and fails when one
// is too heavy for a README.

import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sparticuz from '@sparticuz/chromium'
import { chromium } from 'playwright-core'

const url = process.argv[2] ?? 'http://127.0.0.1:7070'
const folder = process.argv[3] ?? fileURLToPath(new URL('../docs/images', import.meta.url))
const MAX_BYTES = 300 * 1024

const CPU = 'sum by (mode) (rate(node_cpu_seconds_total{job="host",mode!="idle"}[1m]))'
const P95 = 'histogram_quantile(0.95, sum by (le) (rate(binnacle_engine_call_duration_seconds_bucket[1m])))'
// As long as the server must have run: charts are full then.
const RANGE = 'from=now-5m&to=now'
const PICTURES = [
  { name: 'overview-dark', path: `/?${RANGE}`, theme: 'dark' },
  { name: 'overview-light', path: `/?${RANGE}`, theme: 'light' },
  { name: 'overview-phone', path: `/?${RANGE}`, theme: 'dark', width: 390, height: 844, scale: 2 },
  {
    name: 'metrics-dark',
    path: `/explore?${RANGE}&view=stacked&q=${encodeURIComponent(CPU)}`,
    theme: 'dark',
    hover: true,
  },
  {
    name: 'explain-light',
    path: `/explore?${RANGE}&view=heatmap&explain=A&q=${encodeURIComponent(P95)}`,
    theme: 'light',
    hover: true,
  },
  { name: 'targets-light', path: `/targets?${RANGE}`, theme: 'light' },
  // These want rules of which some fire, and an alertmanager.yml with a few routes.
  { name: 'alerts-dark', path: '/alerts', theme: 'dark', ready: 'article' },
  { name: 'routing-light', path: '/routing', theme: 'light', ready: 'article', firstAlert: true },
  { name: 'silence-dark', path: '/silences/new?m=severity%3D~%22warning|critical%22', theme: 'dark', ready: 'main h1' },
]

await mkdir(folder, { recursive: true })
const executablePath = process.env.CHROMIUM_PATH ?? (await sparticuz.executablePath())
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
})
let tooHeavy = false
try {
  for (const {
    name,
    path,
    theme,
    width = 1440,
    height = 900,
    scale = 1,
    hover = false,
    firstAlert = false,
    ready = path.startsWith('/targets') ? 'table' : 'canvas',
  } of PICTURES) {
    const context = await browser.newContext({
      viewport: { width, height },
      deviceScaleFactor: scale,
      colorScheme: theme,
      locale: 'en-US',
    })
    const page = await context.newPage()
    await page.goto(url + path)
    await page.locator(ready).first().waitFor()
    if (firstAlert) await page.getByLabel('Pick a live alert').selectOption({ index: 1 })
    // Fonts, the first answers of all tiles, and the charts below them.
    await page.evaluate(() => document.fonts.ready)
    await page.waitForTimeout(2500)
    if (hover) {
      const box = await page.locator('canvas').first().boundingBox()
      await page.mouse.move(box.x + box.width * 0.62, box.y + box.height * 0.6)
      await page.waitForTimeout(300)
    }
    const file = join(folder, `${name}.png`)
    await page.screenshot({ path: file, animations: 'disabled', caret: 'hide' })
    await context.close()
    const { size } = await stat(file)
    tooHeavy ||= size > MAX_BYTES
    console.log(`${file}  ${Math.round(size / 1024)} KB${size > MAX_BYTES ? '  too heavy' : ''}`)
  }
} finally {
  await browser.close()
}
if (tooHeavy) process.exitCode = 1
