import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { fakeParts, startHttp } from './testkit/index.ts'

/** First line of the answer to raw bytes, or '' when the connection was closed without one. */
function statusOf(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', (piece: string) => {
      answer += piece
    })
    socket.on('close', () => resolve(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? ''))
    socket.on('error', () => resolve(''))
    socket.write(text)
  })
}

const END = 'Host: localhost\r\nConnection: close\r\n'
const FORM = `${END}Content-Type: application/x-www-form-urlencoded\r\n`

test.for([
  ['a broken escape in a path', `GET /api/v1/label/%zz/values HTTP/1.1\r\n${END}\r\n`, '200'],
  ['an empty label name', `GET /api/v1/label//values HTTP/1.1\r\n${END}\r\n`, '404'],
  ['bytes that are no UTF-8 in a query', `GET /api/v1/query?query=%ff%fe HTTP/1.1\r\n${END}\r\n`, '200'],
  [
    'bytes that are no UTF-8 in a form',
    `POST /api/v1/query HTTP/1.1\r\n${FORM}Content-Length: 9\r\n\r\nquery=%ff`,
    '200',
  ],
  ['a path that looks like a host', `GET //evil.example/ HTTP/1.1\r\n${END}\r\n`, '404'],
  [
    'an absolute address with its own host',
    'GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    '403',
  ],
  ['two hosts', 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n', '403'],
  ['a user in the host', 'GET / HTTP/1.1\r\nHost: user@localhost\r\nConnection: close\r\n\r\n', '400'],
  ['a path in the host', 'GET / HTTP/1.1\r\nHost: localhost/evil\r\nConnection: close\r\n\r\n', '400'],
  ['no host', 'GET / HTTP/1.0\r\n\r\n', '400'],
  ['a negative length', `POST /api/v1/query HTTP/1.1\r\n${FORM}Content-Length: -1\r\n\r\n`, '400'],
  ['a broken chunk', `POST /api/v1/query HTTP/1.1\r\n${FORM}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, '400'],
  ['a method that is not there', `DELETE /api/v1/series HTTP/1.1\r\n${END}\r\n`, '405'],
  ['TRACE', `TRACE / HTTP/1.1\r\n${END}\r\n`, '405'],
  ['CONNECT', `CONNECT localhost:1 HTTP/1.1\r\n${END}\r\n`, ''],
  ['a header without end', `GET /?${'a'.repeat(40_000)} HTTP/1.1\r\n${END}\r\n`, '431'],
  ['HEAD', `HEAD /api/v1/labels HTTP/1.1\r\n${END}\r\n`, '200'],
] as const)('%s is answered as it should', async ([, text, status]) => {
  await using server = await startHttp(fakeParts())
  expect(await statusOf(server.port, text)).toBe(status)
})
