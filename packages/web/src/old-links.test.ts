import { expect, test } from 'vitest'
import { translateOldLink } from './old-links.ts'

test.for([
  ['/graph?g0.expr=up+%3D%3D+0&g0.tab=1', '/explore?q=up+%3D%3D+0&view=table'],
  ['/graph?g0.expr=up&g1.expr=rate(x%5B5m%5D)&g0.tab=0', '/explore?q=up&q=rate(x[5m])'],
  ['/graph', '/explore'],
  ['/#/alerts?receiver=pager', '/alerts?receiver=pager'],
  ['/#/alerts?filter=%7Bteam%3D%22a%22%7D', '/alerts?filter=team%3D%22a%22'],
  [
    '/#/silences/new?filter=%7Balertname%3D%22X%22%2Ca%3D~%22b%2Cc%22%7D',
    '/silences/new?m=alertname%3D%22X%22&m=a%3D%7E%22b,c%22',
  ],
  ['/#/silences/0f3c-11', '/silences?open=0f3c-11'],
  ['/#/silences', '/silences'],
  ['/#/status', '/routing'],
  ['/#configuration', undefined],
  ['/alerts?filter=x', undefined],
  ['/targets#/alerts', undefined],
] as const)('%s leads to %s', ([link, wanted]) => {
  const { pathname, search, hash } = new URL(link, 'http://localhost')
  expect(translateOldLink(pathname, search, hash)).toBe(wanted)
})
