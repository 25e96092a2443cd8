import { expect, test } from 'vitest'
import { shortenHtml } from './shorten-html.ts'

test.for([
  { html: '<b>a</b>', limit: 8, gives: '<b>a</b>' },
  { html: '<b>abcd</b>', limit: 8, gives: 'abcd' },
  { html: '<b>abcdefghij</b>', limit: 8, gives: 'abcdefg…' },
  { html: '<i>abcd&lt;efgh</i>', limit: 8, gives: 'abcd…' },
  { html: `<a href="x">${'ü'.repeat(20)}</a>`, limit: 8, gives: 'üüüüüüü…' },
])('$html in $limit', ({ html, limit, gives }) => {
  expect(shortenHtml(html, limit)).toBe(gives)
})
