import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Secret } from '../../../config/index.ts'
import { type Clock, systemClock } from '../../../telemetry/index.ts'
import { openSecrets } from '../secret-source.ts'
import { type Recorder, startRecorder, TEST_CA_FILE } from '../testkit/index.ts'
import { createHttpClient, DEFAULT_HTTP, type HttpClient, type HttpOptions, type OAuth2Options } from './index.ts'

let recorder: Recorder
let clients: HttpClient[] = []
const never = new AbortController().signal
const secret = (value: string) => ({ value: new Secret(value) })

beforeEach(async () => {
  recorder = await startRecorder()
})
afterEach(async () => {
  for (const client of clients) client.close()
  clients = []
  await recorder[Symbol.asyncDispose]()
})

function build(options: Partial<HttpOptions>, environment: Record<string, string> = {}, clock: Clock = systemClock) {
  const client = createHttpClient({ ...DEFAULT_HTTP, ...options }, { clock, environment, userAgent: 'Binnacle/test' })
  clients.push(client)
  const secrets = openSecrets()
  return (url: string, signal = never) =>
    client.send({ method: 'POST', url, headers: { 'content-type': 'text/plain' }, body: 'hello' }, { secrets, signal })
}

const TRUSTED = { insecureSkipVerify: false, caFile: TEST_CA_FILE }

test('connections are kept, and one that the server closed meanwhile is no failure', async () => {
  const send = build({})
  for (let i = 0; i < 5; i++) expect((await send(`${recorder.url}/a`)).status).toBe(200)
  expect(recorder.connections()).toBe(1)
  expect(recorder.requests[0]).toMatchObject({ method: 'POST', path: '/a', body: 'hello' })
  expect(recorder.requests[0]?.headers).toMatchObject({ 'user-agent': 'Binnacle/test', 'content-length': '5' })

  // A server that takes one request a connection and then closes it without a word.
  const sockets: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      sockets.push('request')
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
      socket.once('data', () => socket.resetAndDestroy())
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`
  expect((await send(url)).body.toString()).toBe('ok')
  expect((await send(url)).body.toString()).toBe('ok')
  expect(sockets).toEqual(['request', 'request'])
  server.close()
})

describe('credentials', () => {
  test('basic, with the user and the password in files that are read anew', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'binnacle-notify-'))
    await writeFile(join(folder, 'user'), 'me\n')
    await writeFile(join(folder, 'password'), 'first')
    const send = build({
      basicAuth: { username: '', usernameFile: join(folder, 'user'), password: { file: join(folder, 'password') } },
    })
    await send(recorder.url)
    await writeFile(join(folder, 'password'), 'second')
    await send(recorder.url)
    const given = recorder.requests.map(({ headers }) =>
      Buffer.from(headers.authorization!.slice(6), 'base64').toString(),
    )
    expect(given).toEqual(['me:first', 'me:second'])
    await rm(folder, { recursive: true })
  })

  test('a type of its own, further headers, some of them secret', async () => {
    const send = build({
      authorization: { type: 'Token', credentials: secret('abc') },
      headers: [{ name: 'X-Team', values: ['a', 'b'], secrets: [secret('c')] }],
    })
    await send(recorder.url)
    expect(recorder.requests[0]?.headers).toMatchObject({ authorization: 'Token abc', 'x-team': 'a, b, c' })
  })

  test('stay with the host that was configured', async () => {
    await using other = await startRecorder()
    recorder.answer = () => ({ status: 307, headers: { location: `${other.url}/elsewhere` } })
    const send = build({ authorization: { type: 'Bearer', credentials: secret('abc') } })
    await send(recorder.url)
    expect(recorder.requests[0]?.headers.authorization).toBe('Bearer abc')
    expect(other.requests[0]?.headers.authorization).toBeUndefined()
    expect(other.requests[0]).toMatchObject({ method: 'POST', path: '/elsewhere', body: 'hello' })
  })
})

describe('redirects', () => {
  test('303 and 302 are followed by GET without a body, 308 with the same', async () => {
    for (const { status, method, body } of [
      { status: 302, method: 'GET', body: '' },
      { status: 303, method: 'GET', body: '' },
      { status: 308, method: 'POST', body: 'hello' },
    ]) {
      recorder.requests.length = 0
      recorder.answer = ({ path }) => (path === '/a' ? { status, headers: { location: '/b' } } : {})
      const reply = await build({})(`${recorder.url}/a`)
      expect(reply.status).toBe(200)
      expect(recorder.requests[1]).toMatchObject({ path: '/b', method, body })
    }
  })

  test('are answers when follow_redirects is off, and end when there are too many', async () => {
    recorder.answer = () => ({ status: 302, headers: { location: '/b' } })
    expect((await build({ followRedirects: false })(`${recorder.url}/a`)).status).toBe(302)
    await expect(build({})(`${recorder.url}/a`)).rejects.toThrow('stopped after 10 redirects')
  })
})

describe('TLS', () => {
  test('a certificate that nobody vouches for is refused, unless it is trusted or all are', async () => {
    await expect(build({})(recorder.secureUrl)).rejects.toThrow(/self-signed/)
    expect((await build({ tls: TRUSTED })(recorder.secureUrl)).status).toBe(200)
    expect((await build({ tls: { insecureSkipVerify: true } })(recorder.secureUrl)).status).toBe(200)
  })

  test('the name in the certificate must be that of the host, or server_name', async () => {
    const wrong = { ...TRUSTED, serverName: 'wrong.example' }
    await expect(build({ tls: wrong })(recorder.secureUrl)).rejects.toThrow(/wrong\.example/)
    const right = { ...TRUSTED, serverName: 'receiver.example' }
    expect((await build({ tls: right })(recorder.secureUrl)).status).toBe(200)
  })

  test('versions are bounded', async () => {
    const old = { ...TRUSTED, minVersion: 'TLS10', maxVersion: 'TLS11' } as const
    await expect(build({ tls: old })(recorder.secureUrl)).rejects.toThrow()
  })
})

describe('proxies', () => {
  const proxied = (url: string, more = {}) => ({
    url: secret(url),
    fromEnvironment: false,
    connectHeaders: [],
    ...more,
  })

  test('a plain request goes to the proxy with its whole URL and the credentials of the proxy', async () => {
    const send = build({ proxy: proxied(recorder.url.replace('//', '//me:pa%20ss@')) })
    expect((await send('http://receiver.example/a?b=c')).status).toBe(200)
    expect(recorder.requests[0]).toMatchObject({ via: 'http://receiver.example', path: '/a', query: { b: 'c' } })
    expect(recorder.requests[0]?.headers).toMatchObject({
      host: 'receiver.example',
      'proxy-authorization': `Basic ${Buffer.from('me:pa ss').toString('base64')}`,
    })
    expect(recorder.requests[0]?.headers.authorization).toBeUndefined()
  })

  test('TLS goes through a tunnel, whose connection is kept', async () => {
    const connectHeaders = [{ name: 'X-Proxy', values: [secret('v')] }]
    const send = build({ tls: TRUSTED, proxy: proxied(recorder.url.replace('//', '//me:pw@'), { connectHeaders }) })
    for (let i = 0; i < 3; i++) expect((await send('https://receiver.example/a')).status).toBe(200)
    expect(recorder.connects).toHaveLength(1)
    expect(recorder.connects[0]).toMatchObject({ target: 'receiver.example:443', headers: { 'x-proxy': 'v' } })
    expect(recorder.connects[0]?.headers['proxy-authorization']).toBe(
      `Basic ${Buffer.from('me:pw').toString('base64')}`,
    )
    expect(recorder.requests).toHaveLength(3)
    expect(recorder.requests[0]).toMatchObject({ secure: true, path: '/a' })
    expect(recorder.requests[0]?.headers['proxy-authorization']).toBeUndefined()
  })

  test('from the environment, but not for the hosts of NO_PROXY', async () => {
    await using direct = await startRecorder()
    const environment = { HTTP_PROXY: recorder.url, https_proxy: recorder.url, NO_PROXY: 'other.example' }
    const proxy = { fromEnvironment: true, connectHeaders: [] }
    const send = build({ proxy, tls: TRUSTED }, environment)
    await send('http://receiver.example/')
    await send('https://receiver.example/')
    await send(direct.url)
    expect(recorder.requests.map(({ secure }) => secure)).toEqual([false, true])
    expect(direct.requests).toHaveLength(1)
    await build({}, environment)(direct.url)
    expect(direct.requests).toHaveLength(2)
  })

  test('a proxy that refuses, is not there or is no HTTP proxy is told', async () => {
    const refusing = createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n'))
    }).listen(0, '127.0.0.1')
    await once(refusing, 'listening')
    const { port } = refusing.address() as { port: number }
    const send = build({ tls: TRUSTED, proxy: proxied(`http://127.0.0.1:${port}`) })
    await expect(send('https://receiver.example/')).rejects.toThrow(
      'the proxy answered 407 to CONNECT receiver.example:443',
    )
    refusing.close()
    await once(refusing, 'close')
    await expect(send('https://receiver.example/')).rejects.toThrow(/proxy: .*ECONNREFUSED/)
    await expect(build({ proxy: proxied('ftp://127.0.0.1:1') })('http://x.example/')).rejects.toThrow(
      'must be an http://, https:// or socks5:// URL',
    )
  })
})

describe('SOCKS proxies', () => {
  const proxied = (url: string) => ({ url: secret(url), fromEnvironment: false, connectHeaders: [] })

  /** A SOCKS 5 server that leads every connection to one of the recorder's ports, by the port that is asked for. */
  async function startSocks(login?: { user: string; password: string }) {
    const asked: string[] = []
    const ports = new Map([
      [80, recorder.port],
      [443, Number(new URL(recorder.secureUrl).port)],
    ])
    const server = createServer(async (socket) => {
      socket.on('error', () => {})
      const next = async (count: number): Promise<Buffer> => {
        for (;;) {
          const bytes = socket.read(count) as Buffer | null
          if (bytes !== null) return bytes
          await once(socket, 'readable')
        }
      }
      const [, methods] = await next(2)
      const offered = await next(methods!)
      if (login !== undefined) {
        if (!offered.includes(2)) return socket.end(Buffer.from([5, 255]))
        socket.write(Buffer.from([5, 2]))
        const [, userLength] = await next(2)
        const user = String(await next(userLength!))
        const password = String(await next((await next(1))[0]!))
        const isRight = user === login.user && password === login.password
        socket.write(Buffer.from([1, isRight ? 0 : 1]))
        if (!isRight) return socket.end()
      } else socket.write(Buffer.from([5, 0]))
      await next(4)
      const host = String(await next((await next(1))[0]!))
      const port = (await next(2)).readUInt16BE()
      asked.push(`${host}:${port}`)
      const target = ports.get(port)
      if (target === undefined) return socket.end(Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0]))
      const upstream = connect(target, '127.0.0.1')
      upstream.on('error', () => socket.destroy())
      socket.on('close', () => upstream.destroy())
      socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 80]))
      socket.pipe(upstream).pipe(socket)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { server, asked, address: `127.0.0.1:${(server.address() as { port: number }).port}` }
  }

  test('plain HTTP and TLS go through, names are looked up by the proxy, connections are kept', async () => {
    const { server, asked, address } = await startSocks({ user: 'me', password: 'p w' })
    const send = build({ tls: TRUSTED, proxy: proxied(`socks5://me:p%20w@${address}`) })
    for (let i = 0; i < 2; i++) {
      expect((await send('http://receiver.example/a')).status).toBe(200)
      expect((await send('https://receiver.example/b')).status).toBe(200)
    }
    expect(asked).toEqual(['receiver.example:80', 'receiver.example:443'])
    expect(recorder.requests.map(({ path, secure }) => `${path} ${secure}`)).toEqual([
      '/a false',
      '/b true',
      '/a false',
      '/b true',
    ])
    server.close()
  })

  test('what it refuses is told', async () => {
    const { server, address } = await startSocks({ user: 'me', password: 'right' })
    const say = (url: string, to = 'http://receiver.example/') => build({ proxy: proxied(url) })(to)
    await expect(say(`socks5://me:wrong@${address}`)).rejects.toThrow('it refused the user and the password')
    await expect(say(`socks5://${address}`)).rejects.toThrow('a kind of login that is not spoken here')
    await expect(say(`socks5://me:right@${address}`, 'http://receiver.example:81/')).rejects.toThrow(
      'connection refused',
    )
    await expect(say(`socks5://127.0.0.1:${recorder.port}`)).rejects.toThrow(/SOCKS proxy: it/)
    server.close()
  })
})

describe('OAuth 2', () => {
  const oauth2 = (tokenUrl: string): OAuth2Options => ({
    clientId: 'id',
    clientSecret: secret('s3cret'),
    tokenUrl,
    scopes: ['a', 'b'],
    endpointParams: { audience: 'x' },
    tls: { insecureSkipVerify: false },
    proxy: { fromEnvironment: false, connectHeaders: [] },
  })
  const token = (value: string, expires_in?: number) => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ access_token: value, token_type: 'Bearer', expires_in }),
  })

  test('a token is asked for once and again shortly before its end', async () => {
    await using server = await startRecorder()
    let count = 0
    server.answer = () => token(`t${++count}`, 60)
    let nowMs = 0
    const send = build({ oauth2: oauth2(`${server.url}/token`) }, {}, { ...systemClock, now: () => nowMs })
    await send(recorder.url)
    nowMs = 49_000
    await send(recorder.url)
    nowMs = 51_000
    await send(recorder.url)
    expect(recorder.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer t1',
      'Bearer t1',
      'Bearer t2',
    ])
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('id:s3cret').toString('base64')}`)
    expect(Object.fromEntries(new URLSearchParams(server.requests[0]?.body))).toEqual({
      grant_type: 'client_credentials',
      scope: 'a b',
      audience: 'x',
    })
  })

  test('a server that takes the credentials in the body only gets them there, from then on at once', async () => {
    await using server = await startRecorder()
    server.answer = ({ headers }) => (headers.authorization ? { status: 401, body: '{}' } : token('t', 1))
    const send = build({ oauth2: oauth2(`${server.url}/token`) })
    await send(recorder.url)
    await send(recorder.url)
    expect(server.requests.map(({ headers }) => headers.authorization !== undefined)).toEqual([true, false, false])
    expect(server.requests[1]?.body).toContain('client_secret=s3cret')
  })

  test('a token that is refused is replaced once', async () => {
    await using server = await startRecorder()
    let count = 0
    server.answer = () => token(`t${++count}`)
    recorder.answer = ({ headers }) => ({ status: headers.authorization === 'Bearer t2' ? 200 : 401 })
    const send = build({ oauth2: oauth2(`${server.url}/token`) })
    expect((await send(recorder.url)).status).toBe(200)
    recorder.answer = () => ({ status: 401 })
    expect((await send(recorder.url)).status).toBe(401)
  })

  test('a token server that refuses is told without its secrets', async () => {
    await using server = await startRecorder(() => ({ status: 400, body: '{"error":"invalid_client"}' }))
    const send = build({ oauth2: oauth2(`${server.url}/token`) })
    await expect(send(recorder.url)).rejects.toThrow('no OAuth 2 token: the token server answered 400: invalid_client')
    expect(recorder.requests).toEqual([])
  })
})
