import { expect, test } from 'vitest'
import { type FakeCall, fakeParts, rawRequest, startHttp } from './testkit/index.ts'

test.for([
  ['localhost:7070', 200],
  ['LOCALHOST', 200],
  ['binnacle.localhost:1', 200],
  ['127.0.0.1:7070', 200],
  ['127.1.2.3', 200],
  ['[::1]:7070', 200],
  ['evil.example:7070', 403],
  ['127.0.0.1.evil.example', 403],
  ['localhost.evil.example', 403],
  ['192.168.1.10:7070', 403],
] as const)('a request that names the host %j gets %d', async ([host, status]) => {
  await using server = await startHttp(fakeParts())
  for (const path of ['/api/v1/labels', '/-/healthy', '/metrics', '/federate?match[]=up']) {
    const answer = await rawRequest(server.port, path, { headers: { host } })
    expect(answer.status).toBe(status)
    if (status === 403) expect(answer.text).toContain('DNS rebinding')
  }
})

test('pages of other sites push no samples, not even without a content type', async () => {
  const calls: FakeCall[] = []
  await using server = await startHttp(fakeParts(calls))
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  expect((await rawRequest(server.port, '/api/v1/write', { headers: foreign, method: 'POST' })).status).toBe(403)
  expect(calls).toEqual([])
  expect((await rawRequest(server.port, '/api/v1/write', { method: 'POST' })).status).toBe(204)
})

test.for([
  ['a program', {}, 200],
  ['our own page', { origin: 'http://localhost:1', host: 'localhost:1', 'sec-fetch-site': 'same-origin' }, 200],
  ['a foreign page', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 403],
  ['our own page behind a proxy', { origin: 'https://binnacle.example', 'sec-fetch-site': 'same-origin' }, 200],
  ['our own page in an old browser', { origin: 'http://localhost:1', host: 'localhost:1' }, 200],
  ['a foreign page in an old browser', { origin: 'https://evil.example' }, 403],
  [
    'another port of this machine',
    { origin: 'http://localhost:3000', host: 'localhost:1', 'sec-fetch-site': 'same-site' },
    403,
  ],
  ['a page without an origin', { origin: 'null' }, 403],
] as const)('what changes something: %s', async ([, headers, status]) => {
  const calls: FakeCall[] = []
  await using server = await startHttp(fakeParts(calls))
  for (const path of ['/-/reload', '/api/v1/admin/storage/cut', '/api/app/targets/t1/scrape']) {
    expect((await rawRequest(server.port, path, { headers, method: 'POST' })).status).toBe(status)
  }
  expect(calls).toHaveLength(status === 200 ? 3 : 0)
})

test('pages of this machine may read the API, others may not', async () => {
  await using server = await startHttp(fakeParts())
  const local = await rawRequest(server.port, '/api/v1/labels', { headers: { origin: 'http://localhost:3000' } })
  expect(local.headers['access-control-allow-origin']).toBe('http://localhost:3000')
  const foreign = await rawRequest(server.port, '/api/v1/labels', { headers: { origin: 'https://evil.example' } })
  expect(foreign.headers['access-control-allow-origin']).toBeUndefined()
  const preflight = await rawRequest(server.port, '/api/v1/query', {
    headers: { origin: 'http://127.0.0.1:3000' },
    method: 'OPTIONS',
  })
  expect([preflight.status, preflight.headers['access-control-allow-methods']]).toEqual([204, 'GET, POST, OPTIONS'])
})

test('every answer carries the security headers', async () => {
  await using server = await startHttp(fakeParts())
  for (const path of ['/api/v1/labels', '/-/ready', '/nothing.js', '/api/v1/query', '/']) {
    const { headers } = await rawRequest(server.port, path)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  }
})
