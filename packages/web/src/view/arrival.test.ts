import { expect, test } from 'vitest'
import { arrivedVia, isByLink, noteArrival, noteMove, withoutMark } from './arrival.ts'

const arrival = { path: '/', search: '', translated: undefined, isReturn: false }
const alert = '/alerts/0123456789abcdef'

test.for([
  [{ translated: '/alerts?receiver=pager' }, true],
  [{ translated: '/silences/new' }, false],
  [{ path: alert, search: '?via=link' }, true],
  [{ path: alert, search: '?from=now-1h&via=link' }, true],
  [{ path: alert }, false],
  [{ path: alert, search: '?via=page' }, false],
  [{ path: '/routing', search: '?via=link' }, false],
  [{ path: '/alerts' }, false],
  [{}, false],
] as const)('%j came by a link: %s', ([given, wanted]) => expect(isByLink({ ...arrival, ...given })).toBe(wanted))

test.for([
  ['?via=link', alert],
  ['?via=link&from=now-1h', `${alert}?from=now-1h`],
  ['?filter=a%3D%22via%3Dlink%22&via=link', `${alert}?filter=a%3D%22via%3Dlink%22`],
  ['?from=now-1h', undefined],
  ['', undefined],
] as const)('the mark is taken out of an address: %s', ([search, wanted]) =>
  expect(withoutMark({ path: alert, search })).toBe(wanted),
)

test('who leaves the alerts has left the link behind', () => {
  expect(arrivedVia()).toBe('page')
  noteArrival({ ...arrival, translated: '/alerts?receiver=pager' })
  noteMove(alert)
  expect(arrivedVia()).toBe('link')
  noteMove('/routing')
  noteMove('/alerts')
  expect(arrivedVia()).toBe('page')
})
