import { expect, test } from 'vitest'
import { htmlText } from './html-text.ts'

test.for([
  { html: '', text: '' },
  { html: '<head><title>x</title><style>a{}</style></head><body><p>a <b>b</b></p><p>c</p></body>', text: 'a b\nc' },
  { html: '<table><tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr></table>', text: 'a 1\nb 2' },
  { html: 'a<br>b<br/>c &lt;d&gt; &amp;amp; &#34;e&#x22; &unknown;', text: 'a\nb\nc <d> &amp; "e" &unknown;' },
  { html: '<!-- no --><p\nclass="x">a</p>\n\n\n<div></div><div></div><div>b</div>', text: 'a\n\nb' },
])('$html', ({ html, text }) => {
  expect(htmlText(html)).toBe(text)
})

test('hostile input ends soon', () => {
  const start = performance.now()
  for (const part of ['<!--', '<head', '<', '&#', ' \n', '<style>']) htmlText(part.repeat(200_000))
  expect(performance.now() - start).toBeLessThan(5000)
})
