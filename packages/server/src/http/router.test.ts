import { expect, test } from 'vitest'
import { type FakeCall, fakeParts, rawRequest, startHttp } from './testkit/index.ts'

async function ask(method: string, path: string, calls: FakeCall[] = []) {
  await using server = await startHttp(fakeParts(calls))
  return await rawRequest(server.port, path, { method })
}

test.for([
  ['/api/v1/labels/', 200],
  ['/-/healthy/', 200],
  ['/api/v1/%6cabels', 200],
  ['/api/v1/label/job/values/', 200],
  ['http://localhost/api/v1/labels', 200],
  ['/api/v1/labels#fragment', 200],
  ['/api/v1/labels//', 404],
  ['/api//v1/labels', 404],
  ['/api/v1/label%2Fjob/values', 404],
  ['/api/v1%2Flabels', 404],
  ['/api/v1/label/a/b/values', 404],
  ['/api/v1/LABELS', 404],
  ['/api', 404],
  ['/-/', 404],
] as const)('GET %s is answered %d', async ([path, status]) => {
  expect((await ask('GET', path)).status).toBe(status)
})

test.for([
  ['job', 'job'],
  ['a%2Fb', 'a/b'],
  ['a%20b', 'a b'],
  ['a+b', 'a+b'],
  ['%E2%9A%93', '⚓'],
  ['%25', '%'],
  ['%zz%41', '%zzA'],
])('%s in a path is the label %s', async ([path, label]) => {
  const calls: FakeCall[] = []
  await ask('GET', `/api/v1/label/${path}/values`, calls)
  expect(calls[0]?.args).toMatchObject({ label })
})

test.for([
  ['query=a%2Bb+c%20d', 'a+b c d'],
  ['query=first&query=second', 'first'],
  ['query=%E2%9A%93%ff', '⚓\ufffd'],
  ['query', ''],
  ['=x&query=up&', 'up'],
  ['?query=no&query=up', 'up'],
])('the address ?%s asks %j', async ([search, query]) => {
  const calls: FakeCall[] = []
  await ask('GET', `/api/v1/query?${search}`, calls)
  expect(calls[0]?.args).toMatchObject({ query })
})

test('HEAD answers as GET does, without the body', async () => {
  const get = await ask('GET', '/api/v1/labels')
  const head = await ask('HEAD', '/api/v1/labels')
  expect([head.status, head.text]).toEqual([200, ''])
  for (const name of ['content-type', 'content-length', 'vary']) expect(head.headers[name]).toBe(get.headers[name])
})

test.for([
  ['GET', '/api/v1/write', 'POST, OPTIONS'],
  ['PUT', '/api/v1/query', 'GET, POST, HEAD, OPTIONS'],
  ['DELETE', '/api/v1/label/job/values', 'GET, HEAD, OPTIONS'],
  ['OPTIONS', '/-/healthy', 'GET, HEAD, OPTIONS'],
  ['HEAD', '/-/reload', 'POST, PUT, OPTIONS'],
  ['OPTIONS', '*', 'GET, HEAD'],
] as const)('%s %s is 405 and says what would do', async ([method, path, allow]) => {
  const { status, headers } = await ask(method, path)
  expect([status, headers.allow]).toEqual([405, allow])
})

test('OPTIONS anywhere in the API is answered without a body', async () => {
  const { status, headers, text } = await ask('OPTIONS', '/api/v1/anything')
  expect([status, text, headers['content-length']]).toEqual([204, '', undefined])
})
