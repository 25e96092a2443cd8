import { expect, test } from 'vitest'
import { BinnacleError } from '../../config/index.ts'
import { type FakeCall, fakeParts, startHttp } from '../testkit/index.ts'

test('the shell of the page learns about Binnacle itself, never from a cache', async () => {
  await using server = await startHttp(fakeParts())
  const answer = await fetch(`${server.url}/api/app/self`)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(await answer.json()).toMatchObject({ version: '0.1.0', host: { name: 'ship' }, engine: { state: 'up' } })
})

test('a target is scraped by hand and its raw answer shown', async () => {
  await using server = await startHttp(fakeParts())
  const answer = await fetch(`${server.url}/api/app/targets/t1/scrape`, { method: 'POST' })
  expect(await answer.json()).toEqual({
    status: 200,
    durationMs: 3,
    contentType: 'text/plain',
    body: 'up 1\n',
    truncated: false,
  })
  expect((await fetch(`${server.url}/api/app/targets/t1/scrape`)).status).toBe(405)
})

test('errors come with code, message and hint', async () => {
  const parts = fakeParts()
  const scrapeNow = async () => {
    throw new BinnacleError('scrape.unknown_target', 'no target t9', { kind: 'missing', hint: 'reload the page' })
  }
  await using server = await startHttp({ ...parts, targets: { ...parts.targets, scrapeNow } })
  const answer = await fetch(`${server.url}/api/app/targets/t9/scrape`, { method: 'POST' })
  expect(answer.status).toBe(404)
  expect(await answer.json()).toEqual({
    error: { code: 'scrape.unknown_target', message: 'no target t9', hint: 'reload the page' },
  })
  expect((await fetch(`${server.url}/api/app/nothing`)).status).toBe(404)
})

test('a scrape by hand that fails is an answer', async () => {
  const parts = fakeParts()
  const scrapeNow = async () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:9100'))
  await using server = await startHttp({ ...parts, targets: { ...parts.targets, scrapeNow } })
  const answer = await fetch(`${server.url}/api/app/targets/t1/scrape`, { method: 'POST' })
  expect([answer.status, await answer.json()]).toMatchObject([
    200,
    { status: 0, body: '', error: 'connect ECONNREFUSED 127.0.0.1:9100' },
  ])
})

test.for([
  ['?query=up&time=1000', { query: 'up', timeMs: 1_000_000, limit: 0 }],
  ['?query=up&start=1000&end=1060&step=15', { startMs: 1_000_000, endMs: 1_060_000, stepMs: 15_000 }],
] as const)('how %s is evaluated is told in the envelope of a query', async ([search, asked]) => {
  const calls: FakeCall[] = []
  await using server = await startHttp(fakeParts(calls))
  const answer = await fetch(`${server.url}/api/app/explain${search}`)
  expect(await answer.json()).toMatchObject({ status: 'success', data: { samples: 3, tree: { title: 'up' } } })
  expect(calls.find(({ name }) => name === 'explain')!.args).toMatchObject(asked)
})
