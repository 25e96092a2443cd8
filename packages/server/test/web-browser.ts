import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'

const require = createRequire(import.meta.url)
const AXE = require.resolve('axe-core/axe.min.js')
const WEB = fileURLToPath(new URL('../../web/', import.meta.url))

/** Brings packages/web/dist up to date; `npm test` has done so already (BINNACLE_BUILT). */
export function buildWeb(): void {
  if (process.env.BINNACLE_BUILT === '1') return
  const vite = new URL('../../../node_modules/vite/bin/vite.js', import.meta.url)
  const run = spawnSync(process.execPath, [fileURLToPath(vite), 'build'], { cwd: WEB, encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`vite build failed\n${run.stdout}${run.stderr}`)
}

/** A real Chromium: the one that CHROMIUM_PATH names, or the one that came by npm. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? (await sparticuz.executablePath())
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
}

export type PageOptions = { readonly width?: number; readonly theme?: 'dark' | 'light'; readonly locale?: string }

/** A page that remembers what no page of ours may do. */
export type WatchedPage = Page & { readonly complaints: string[] }

/**
 * A fresh page at `url`. `complaints` collects CSP violations, console errors, exceptions and requests to anywhere but
 * `url`; a refused query is not one (the browser logs each 4xx answer as an error).
 */
export async function openPage(
  browser: Browser,
  url: string,
  path: string,
  options: PageOptions = {},
): Promise<WatchedPage> {
  const width = options.width ?? 1440
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 900 },
    colorScheme: options.theme ?? 'dark',
    locale: options.locale ?? 'en-US',
    hasTouch: width < 600,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    const text = message.text()
    if (message.type() === 'error' && !/Failed to load resource/.test(text)) complaints.push(text)
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`) && !request.url().startsWith('data:'))
      complaints.push(`asked ${request.url()}`)
  })
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`)
    })
  })
  await page.goto(url + path)
  return Object.assign(page, { complaints })
}

/** Serious and critical findings of axe-core, one line each. */
export async function axeFindings(page: Page): Promise<string[]> {
  // Through the protocol, not as a script element: the page's CSP allows none.
  const { readFile } = await import('node:fs/promises')
  await page.evaluate(await readFile(AXE, 'utf8'))
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{
          violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[]
        }>
      }
    }
    const { violations } = await axe.run()
    return violations
      .filter((v) => v.impact === 'serious' || v.impact === 'critical')
      .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary.slice(0, 300)}`))
  })
}

/** How many pixels the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

/** The address's search parameters once `ready` holds for them. */
export async function searchOf(page: Page, ready: (search: URLSearchParams) => boolean): Promise<URLSearchParams> {
  const read = () => new URL(page.url()).searchParams
  await expect.poll(() => ready(read()), { timeout: 5000, message: page.url() }).toBe(true)
  return read()
}
