import { expect, test } from 'vitest'
import { isDirect } from './no-proxy.ts'

test.for([
  { url: 'http://a.example/', list: '', direct: false },
  { url: 'http://a.example/', list: '*', direct: true },
  { url: 'http://a.example/', list: 'a.example', direct: true },
  { url: 'http://A.EXAMPLE/', list: ' b.example , a.example', direct: true },
  { url: 'http://x.a.example/', list: 'a.example', direct: true },
  { url: 'http://x.a.example/', list: '.a.example', direct: true },
  { url: 'http://x.a.example/', list: '*.a.example', direct: true },
  { url: 'http://a.example/', list: '.a.example', direct: false },
  { url: 'http://ba.example/', list: 'a.example', direct: false },
  { url: 'http://a.example:81/', list: 'a.example:81', direct: true },
  { url: 'http://a.example/', list: 'a.example:81', direct: false },
  { url: 'https://a.example/', list: 'a.example:443', direct: true },
  { url: 'http://10.1.2.3/', list: '10.0.0.0/8', direct: true },
  { url: 'http://11.1.2.3/', list: '10.0.0.0/8', direct: false },
  { url: 'http://10.1.2.3/', list: '10.1.2.3', direct: true },
  { url: 'http://10.1.2.3:80/', list: '10.1.2.3:80', direct: true },
  { url: 'http://[fd00::1]/', list: 'fd00::/8', direct: true },
  { url: 'http://[fd00::1]/', list: 'fd00::1', direct: true },
  { url: 'http://[fd00::1]:8080/', list: '[fd00::1]:8080', direct: true },
  { url: 'http://localhost:1/', list: '', direct: true },
  { url: 'http://127.0.0.1/', list: '', direct: true },
  { url: 'http://[::1]/', list: '', direct: true },
  { url: 'http://a.example/', list: '10.0.0.0/8,bad/99,,', direct: false },
])('$url with no_proxy "$list": direct $direct', ({ url, list, direct }) => {
  expect(isDirect(new URL(url), list)).toBe(direct)
})
