import { expect, test } from 'vitest'
import { contextAt, selectorsIn } from './cursor-context.ts'
import { matchOf, rank } from './rank.ts'

/** The context at the bar in the text. */
const at = (text: string) => contextAt(text.replace('|', ''), text.indexOf('|'))

test.for([
  ['|', { kind: 'expression', from: 0, typed: '' }],
  ['ra|', { kind: 'expression', from: 0, typed: 'ra' }],
  ['sum by (job) (rate(node_c|', { kind: 'expression', from: 19, typed: 'node_c' }],
  ['up + 4|', { kind: 'none' }],
  ['up offset 5|', { kind: 'none' }],
  ['up # a comment|', { kind: 'none' }],
  ['label_replace(up, "a|', { kind: 'none' }],
  ['rate(up[5|', { kind: 'duration', typed: '5' }],
  ['up{|', { kind: 'label', typed: '', selectors: ['up'], inBraces: true, named: [] }],
  ['up{job="a", ins|', { kind: 'label', typed: 'ins', selectors: ['up{job="a"}'], named: ['job'] }],
  ['up{ins|, job="a"}', { kind: 'label', typed: 'ins', selectors: ['up{job="a"}'], named: ['job'] }],
  ['{job="a",|', { kind: 'label', selectors: ['{job="a"}'] }],
  ['{|', { kind: 'label', selectors: [] }],
  ['up{job="a"|', { kind: 'none' }],
  ['up{job="|', { kind: 'value', label: 'job', op: '=', typed: '', selectors: ['up'], quote: '"' }],
  ['up{job=|', { kind: 'value', label: 'job', typed: '', quote: undefined }],
  [
    'up{env!="x",job=~"a|", zone="eu,\\"us"}',
    { kind: 'value', typed: 'a', selectors: ['up{env!="x",zone="eu,\\"us"}'] },
  ],
  ['sum by (|) (rate(x{a="b"}[5m]))', { kind: 'label', selectors: ['x{a="b"}'], inBraces: false }],
  ['sum(rate(x[5m])) by (job, in|)', { kind: 'label', typed: 'in', selectors: ['x'], named: ['job'] }],
  ['sum by (|)', { kind: 'label', selectors: [] }],
  ['a / on (|) b', { kind: 'label', selectors: ['a', 'b'] }],
] as const)('%s', ([text, context]) => expect(at(text)).toMatchObject(context))

test('selectors are found in text that does not parse', () => {
  expect(selectorsIn('sum(rate(a{x="1",y}[5m]) / {job="b"} + c')).toEqual(['a{x="1"}', '{job="b"}', 'c'])
  expect(selectorsIn('')).toEqual([])
})

test('what begins with the typed text comes first, then words, then the rest', () => {
  const names = ['process_cpu_seconds', 'cpu_total', 'mycpu', 'cpu', 'memory']
  expect(rank(names, 'CPU')).toEqual(['cpu', 'cpu_total', 'process_cpu_seconds', 'mycpu'])
  expect(rank(names, '')).toEqual(names)
  expect(rank(names, 'cpu', 1)).toEqual(['cpu'])
  expect(matchOf('process_cpu', 'cpu')).toEqual([8, 11])
})
