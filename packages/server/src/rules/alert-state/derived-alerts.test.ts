import { expect, test } from 'vitest'
import type { RuleTemplate } from '../rule-templates.ts'
import { variesBy } from '../templates/varies.ts'
import { createDerivedAlerts } from './derived-alerts.ts'

/** A template that prints what it is given, and counts how often. */
function counted(text: string, made: string[]): RuleTemplate {
  return {
    varies: variesBy(text),
    tellsReason: text.includes('resolvedReason'),
    expand: ({ labels, value, resolvedReason }) => {
      made.push(text)
      return `${text}:${labels.join()}:${value}:${resolvedReason ?? ''}`
    },
  }
}

function derive(labels: Record<string, string>, annotations: Record<string, string>) {
  const made: string[] = []
  const named = (of: Record<string, string>) =>
    Object.entries(of).map(([name, text]) => [name, counted(text, made)] as const)
  const derived = createDerivedAlerts((own) => own.join(), {
    alertname: 'A',
    labels: named(labels),
    annotations: named(annotations),
  })
  made.length = 0
  const at = (value: number, job = 'x') => {
    const one = derived.of({ labels: ['__name__', 'm', 'job', job], value, histogram: undefined, timeMs: 0 })
    if (one instanceof Promise) throw new Error('a promise')
    derived.forgetUnused()
    return one
  }
  return { derived, made, at }
}

test('texts are only made again when their outcome may differ', () => {
  const { made, at } = derive(
    { severity: 'page' },
    { fixed: 'x', byLabel: '{{ $labels.job }}', byValue: '{{ $value }}' },
  )
  at(1)
  expect(made).toEqual(['page', 'x', '{{ $labels.job }}', '{{ $value }}'])
  at(1)
  expect(made).toHaveLength(4)
  at(2)
  expect(made).toHaveLength(7)
})

test('texts that may tell the time are made each time', () => {
  const { made, at } = derive({}, { at: '{{ now }}' })
  for (let i = 0; i < 3; i++) at(1)
  expect(made).toHaveLength(3)
})

test('labels that follow the value make another alert', () => {
  const { at } = derive({ level: '{{ $value }}' }, {})
  expect(at(1).key).not.toBe(at(2).key)
})

test('elements that do not come any more are forgotten', () => {
  const { made, at } = derive({}, { byLabel: '{{ $labels.job }}' })
  at(1, 'a')
  at(1, 'b')
  at(1, 'b')
  at(1, 'a')
  expect(made).toHaveLength(3)
})

test('what all alerts have is known without any', () => {
  const { derived } = derive({ severity: 'page', job: '{{ $labels.job }}', none: '' }, { runbook: 'r' })
  expect(derived.fixed.labels.filter((_, i) => i % 2 === 0)).toEqual(['severity', 'none'])
})

test('the reason is told to who asks for it', async () => {
  const { derived } = derive({}, { why: '{{ $resolvedReason }}' })
  expect(await derived.withReason({ labels: [], value: 1, timeMs: 0, resolvedReason: 'vanished' })).toEqual([
    'why',
    '{{ $resolvedReason }}::1:vanished',
  ])
  expect(derive({}, { text: 'x' }).derived.withReason({ labels: [], value: 1, timeMs: 0 })).toBeUndefined()
})
