import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fakeParts, startHttp } from '../testkit/index.ts'

const INDEX = '<!doctype html><meta name="csp-nonce" content="__BINNACLE_NONCE__"><div id="root"></div>'
const SCRIPT = 'console.log("hello")\n'.repeat(200)
let root: string
let webFolder: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'binnacle-pages-'))
  webFolder = join(root, 'dist')
  mkdirSync(join(webFolder, 'assets'), { recursive: true })
  writeFileSync(join(webFolder, 'index.html'), INDEX)
  writeFileSync(join(webFolder, 'assets', 'main-abc123.js'), SCRIPT)
  writeFileSync(join(webFolder, '.hidden.txt'), 'hidden')
  writeFileSync(join(root, 'outside.txt'), 'outside')
})
afterAll(() => rmSync(root, { recursive: true }))

test.for(['/', '/metrics-explorer', '/targets/some/where', '/index.html'])(
  '%s gets the page with a nonce that the policy allows',
  async (path) => {
    await using server = await startHttp(fakeParts(), { webFolder })
    const nonceOf = async () => {
      const answer = await fetch(server.url + path)
      const nonce = /content="([^"]+)"/.exec(await answer.text())?.[1] ?? ''
      expect(answer.headers.get('content-security-policy')).toContain(`style-src 'self' 'nonce-${nonce}'`)
      expect(answer.headers.get('content-security-policy')).toContain("script-src 'self';")
      expect(answer.headers.get('cache-control')).toBe('no-cache')
      return nonce
    }
    const first = await nonceOf()
    expect(first).toMatch(/^[\w+/=]{24}$/)
    expect(await nonceOf()).not.toBe(first)
  },
)

test('hashed assets are kept by browsers for ever and come compressed', async () => {
  await using server = await startHttp(fakeParts(), { webFolder })
  for (const encoding of ['br', 'gzip', 'identity']) {
    const answer = await fetch(`${server.url}/assets/main-abc123.js`, { headers: { 'accept-encoding': encoding } })
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(answer.headers.get('content-encoding')).toBe(encoding === 'identity' ? null : encoding)
    expect(await answer.text()).toBe(SCRIPT)
    const again = { 'if-none-match': answer.headers.get('etag') ?? '' }
    expect((await fetch(`${server.url}/assets/main-abc123.js`, { headers: again })).status).toBe(304)
  }
})

test.for([
  '/assets/gone.js',
  '/..%2foutside.txt',
  '/assets/..%2f..%2foutside.txt',
  '/.hidden.txt',
  '/%00.js',
  '/a%5c..%5coutside.txt',
  '/%zz.js',
])('%s is not found', async (path) => {
  await using server = await startHttp(fakeParts(), { webFolder })
  const answer = await fetch(server.url + path)
  expect([answer.status, await answer.text()]).toEqual([404, '404 page not found\n'])
})

test('without a build the page says what to do', async () => {
  await using server = await startHttp(fakeParts(), { webFolder: join(root, 'nowhere') })
  const answer = await fetch(`${server.url}/`)
  expect(answer.status).toBe(503)
  expect(await answer.text()).toContain('npm run build')
})

test('a new build is served without a restart', async () => {
  await using server = await startHttp(fakeParts(), { webFolder })
  const file = join(webFolder, 'assets', 'other.css')
  writeFileSync(file, 'a{}')
  expect(await (await fetch(`${server.url}/assets/other.css`)).text()).toBe('a{}')
  await new Promise((resolve) => setTimeout(resolve, 20))
  writeFileSync(file, 'b{}')
  expect(await (await fetch(`${server.url}/assets/other.css`)).text()).toBe('b{}')
})
