import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { checkPrometheusConfig } from '../prometheus-config/index.ts'
import { createHttpScraper, type HttpScraper } from './http-scraper.ts'

const testdata = join(import.meta.dirname, 'testdata')
const page = 'a 1\n'
let directory: string
let servers: http.Server[] = []
let scraper: HttpScraper | undefined

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'binnacle-scrape-'))
})
afterEach(async () => {
  scraper?.close()
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  servers = []
  await rm(directory, { recursive: true })
})

async function serve(handle: http.RequestListener, tls = false): Promise<string> {
  const server = tls
    ? https.createServer(
        { key: readFileSync(join(testdata, 'server.key')), cert: readFileSync(join(testdata, 'server.pem')) },
        handle,
      )
    : http.createServer(handle)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A scraper with the settings of a job, written as YAML. */
function scrape(job = ''): HttpScraper {
  const { config, errors } = checkPrometheusConfig(
    `scrape_configs:\n- job_name: j\n${job.replace(/^/gm, '  ')}\n`,
    join(directory, 'p.yml'),
  )
  if (!config?.scrapeConfigs[0]) throw errors[0]
  scraper = createHttpScraper({ ...config.scrapeConfigs[0], userAgent: 'Binnacle/1' })
  return scraper
}

const signal = () => new AbortController().signal
const answerPage: http.RequestListener = (_request, response) => {
  response.setHeader('content-type', 'text/plain; version=0.0.4')
  response.end(page)
}

test('the request says what Prometheus says, and the connection is used again', async () => {
  const seen: http.IncomingMessage[] = []
  const url = await serve((request, response) => {
    seen.push(request)
    answerPage(request, response)
  })
  scrape()
  const answer = await scraper!.get(`${url}/metrics?a=b`, 5000, signal())
  expect(answer.body.toString()).toBe(page)
  expect(answer.contentType).toBe('text/plain; version=0.0.4')
  await scraper!.get(`${url}/metrics?a=b`, 2500, signal())
  expect(seen.map((request) => request.url)).toEqual(['/metrics?a=b', '/metrics?a=b'])
  expect(seen[0]!.headers).toMatchObject({
    accept:
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    'accept-encoding': 'gzip',
    'user-agent': 'Binnacle/1',
    'x-prometheus-scrape-timeout-seconds': '5',
  })
  expect(seen[1]!.headers['x-prometheus-scrape-timeout-seconds']).toBe('2.5')
  expect(seen[1]!.socket).toBe(seen[0]!.socket)
})

test('gzip is read, a broken one fails the scrape', async () => {
  const zipped = gzipSync(page)
  const url = await serve((request, response) => {
    response.setHeader('content-encoding', 'gzip')
    response.end(request.url === '/good' ? zipped : zipped.subarray(0, 10))
  })
  scrape()
  expect((await scraper!.get(`${url}/good`, 5000, signal())).body.toString()).toBe(page)
  await expect(scraper!.get(`${url}/bad`, 5000, signal())).rejects.toMatchObject({ code: 'scrape.http' })
})

test.for([
  ['plain', (body: string) => [body, undefined] as const],
  ['gzip', (body: string) => [gzipSync(body), 'gzip'] as const],
] as const)('an answer of body_size_limit or more is refused: %s', async ([, encode]) => {
  const url = await serve((request, response) => {
    const [body, encoding] = encode('x'.repeat(Number(request.url!.slice(1))))
    if (encoding) response.setHeader('content-encoding', encoding)
    response.end(body)
  })
  scrape('body_size_limit: 1KB')
  expect((await scraper!.get(`${url}/1023`, 5000, signal())).body.length).toBe(1023)
  for (const size of [1024, 1025, 5_000_000]) {
    await expect(scraper!.get(`${url}/${size}`, 5000, signal())).rejects.toMatchObject({
      code: 'scrape.body_size_limit',
      kind: 'limit',
    })
  }
})

test.for([
  [`basic_auth: {username: u, password: p}`, `Basic ${Buffer.from('u:p').toString('base64')}`],
  [`basic_auth: {username: u, password_file: secret}`, `Basic ${Buffer.from('u:s3cret').toString('base64')}`],
  [`authorization: {credentials: abc}`, 'Bearer abc'],
  [`authorization: {type: Token, credentials_file: secret}`, 'Token s3cret'],
  [`bearer_token: abc`, 'Bearer abc'],
  [`bearer_token_file: secret`, 'Bearer s3cret'],
] as const)('%s is sent', async ([job, expected]) => {
  await writeFile(join(directory, 'secret'), 's3cret\n')
  let seen: string | undefined
  const url = await serve((request, response) => {
    seen = request.headers.authorization
    answerPage(request, response)
  })
  scrape(job)
  await scraper!.get(url, 5000, signal())
  expect(seen).toBe(expected)
})

test('a secret file is read at each scrape, and one that is missing fails it', async () => {
  const seen: unknown[] = []
  const url = await serve((request, response) => {
    seen.push(request.headers.authorization)
    answerPage(request, response)
  })
  scrape('bearer_token_file: secret')
  await expect(scraper!.get(url, 5000, signal())).rejects.toMatchObject({ code: 'config.secret_file' })
  for (const token of ['one', 'two']) {
    await writeFile(join(directory, 'secret'), token)
    await scraper!.get(url, 5000, signal())
  }
  expect(seen).toEqual(['Bearer one', 'Bearer two'])
})

test('own headers are sent', async () => {
  let seen: http.IncomingHttpHeaders = {}
  const url = await serve((request, response) => {
    seen = request.headers
    answerPage(request, response)
  })
  await writeFile(join(directory, 'tenant'), 'from file\n')
  scrape('http_headers: {X-Tenant: {values: [a], secrets: [b], files: [tenant]}}\nenable_compression: false')
  await scraper!.get(url, 5000, signal())
  expect(seen['x-tenant']).toBe('a, b, from file')
  expect(seen['accept-encoding']).toBe('identity')
})

test('redirects are followed, without the secret when they lead to another host', async () => {
  const seen: unknown[] = []
  const other = await serve((request, response) => {
    seen.push(['other', request.url, request.headers.authorization])
    answerPage(request, response)
  })
  const url = await serve((request, response) => {
    seen.push([request.url, request.headers.authorization])
    const to = request.url === '/loop' ? '/loop' : request.url === '/a' ? '/b' : `${other}/c`
    response.writeHead(302, { location: to }).end()
  })
  scrape('bearer_token: abc')
  expect((await scraper!.get(`${url}/a`, 5000, signal())).body.toString()).toBe(page)
  expect(seen).toEqual([
    ['/a', 'Bearer abc'],
    ['/b', 'Bearer abc'],
    ['other', '/c', undefined],
  ])
  await expect(scraper!.get(`${url}/loop`, 5000, signal())).rejects.toThrow('stopped after 10 redirects')
  scraper!.close()
  scrape('follow_redirects: false')
  await expect(scraper!.get(`${url}/a`, 5000, signal())).rejects.toThrow('server returned HTTP status 302 Found')
})

test('TLS is checked against the configured CA and server name', async () => {
  const url = await serve(answerPage, true)
  scrape()
  await expect(scraper!.get(url, 5000, signal())).rejects.toMatchObject({ code: 'scrape.tls' })
  scraper!.close()
  const ca = join(testdata, 'server.pem')
  for (const job of [
    `tls_config: {ca_file: ${ca}}`,
    `tls_config: {ca_file: ${ca}, server_name: scraped.example}`,
    'tls_config: {insecure_skip_verify: true, min_version: TLS13}',
  ]) {
    scrape(job)
    expect((await scraper!.get(url, 5000, signal())).body.toString()).toBe(page)
    scraper!.close()
  }
  scrape(`tls_config: {ca_file: ${ca}, server_name: other.example}`)
  await expect(scraper!.get(url, 5000, signal())).rejects.toMatchObject({ code: 'scrape.tls' })
  scraper!.close()
  scrape('tls_config: {ca_file: nowhere.pem}')
  await expect(scraper!.get(url, 5000, signal())).rejects.toThrow('cannot read certificate or key')
})

test('a certificate that changes does not disturb a scrape under way, and closing lets it end', async () => {
  const open: (() => void)[] = []
  const url = await serve((request, response) => {
    if (request.url === '/slow') open.push(() => response.end('slow 1\n'))
    else answerPage(request, response)
  }, true)
  const ca = readFileSync(join(testdata, 'server.pem'), 'utf8')
  await writeFile(join(directory, 'ca.pem'), ca)
  scrape('tls_config: {ca_file: ca.pem}')
  const slow = scraper!.get(`${url}/slow`, 5000, signal())
  await vi.waitFor(() => expect(open).toHaveLength(1))
  await writeFile(join(directory, 'ca.pem'), `${ca}\n`)
  expect((await scraper!.get(url, 5000, signal())).body.toString()).toBe(page)
  scraper!.close()
  open[0]!()
  expect((await slow).body.toString()).toBe('slow 1\n')
})

test('other answers fail with their reason', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/500') response.writeHead(500).end('sorry')
    else if (request.url === '/cut') {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half')
      setImmediate(() => response.destroy())
    } else request.socket.destroy()
  })
  scrape()
  await expect(scraper!.get(`${url}/500`, 5000, signal())).rejects.toMatchObject({
    code: 'scrape.http_status',
    message: 'server returned HTTP status 500 Internal Server Error',
  })
  await expect(scraper!.get(`${url}/cut`, 5000, signal())).rejects.toMatchObject({ code: 'scrape.connect' })
  await expect(scraper!.get(`${url}/close`, 5000, signal())).rejects.toMatchObject({ code: 'scrape.connect' })
  await expect(scraper!.get('http://127.0.0.1:1/', 5000, signal())).rejects.toThrow('ECONNREFUSED')
  await expect(scraper!.get('ftp://a/', 5000, signal())).rejects.toThrow('unsupported protocol scheme "ftp"')
  await expect(scraper!.get('http://a b/', 5000, signal())).rejects.toThrow('invalid URL')
})

test('an idle connection that the target closed is not held against it', async () => {
  const url = await serve(answerPage)
  scrape()
  for (let i = 0; i < 3; i++) {
    expect((await scraper!.get(url, 5000, signal())).body.toString()).toBe(page)
    servers[0]!.closeAllConnections()
  }
})

test('a request that is given up ends at once', async () => {
  const url = await serve(() => {})
  scrape()
  const controller = new AbortController()
  const answer = scraper!.get(url, 5000, controller.signal)
  setTimeout(() => controller.abort(new Error('enough')), 20)
  await expect(answer).rejects.toThrow('enough')
})
