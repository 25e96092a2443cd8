import { expect, test } from 'vitest'
import { arrivedVia, isByLink, noteArrival, noteMove } from './arrival.ts'

const origin = 'http://binnacle:7070'
const arrival = { path: '/', translated: undefined, referrer: '', origin }

test.for([
  [{ translated: '/alerts?receiver=pager' }, true],
  [{ translated: '/silences/new' }, false],
  [{ path: '/alerts/0123456789abcdef' }, true],
  [{ path: '/alerts/0123456789abcdef', referrer: 'https://chat.example.com/room' }, true],
  [{ path: '/alerts/0123456789abcdef', referrer: `${origin}/alerts` }, false],
  [{ path: '/alerts/history' }, false],
  [{ path: '/alerts' }, false],
  [{}, false],
] as const)('%j came by a link: %s', ([given, wanted]) => expect(isByLink({ ...arrival, ...given })).toBe(wanted))

test('who leaves the alerts has left the link behind', () => {
  expect(arrivedVia()).toBe('page')
  noteArrival({ ...arrival, translated: '/alerts?receiver=pager' })
  noteMove('/alerts/0123456789abcdef')
  expect(arrivedVia()).toBe('link')
  noteMove('/routing')
  noteMove('/alerts')
  expect(arrivedVia()).toBe('page')
})
