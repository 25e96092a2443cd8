import { formatLabels, labelsOf } from '@binnacle/promql'
import { expect, test } from 'vitest'
import { checkSchema, parseYaml } from '../../../config/index.ts'
import { relabelRuleSchema } from '../relabel/index.ts'
import { sampleLabels } from './sample-labels.ts'

const target = labelsOf({ job: 'j', instance: 'h:1', zone: 'z' })

function run(
  exposed: Record<string, string>,
  options: { honorLabels?: boolean; legacyNames?: boolean; rules?: string },
) {
  const document = parseYaml(options.rules ?? '[]', 'rules.yml', { scalars: 'text' })
  const rules = checkSchema(document, relabelRuleSchema.array()).value ?? []
  const { honorLabels = false, legacyNames = false } = options
  const labels = sampleLabels(labelsOf({ __name__: 'm', ...exposed }), target, { honorLabels, legacyNames, rules })
  return labels && formatLabels(labels)
}

test.for<[string, Record<string, string>, Parameters<typeof run>[1], string | undefined]>([
  ['target labels are added', { a: 'b' }, {}, 'm{a="b", instance="h:1", job="j", zone="z"}'],
  ['a label that both have moves', { job: 'x' }, {}, 'm{exported_job="x", instance="h:1", job="j", zone="z"}'],
  [
    'it moves on when the place is taken',
    { job: 'x', exported_job: 'y' },
    {},
    'm{exported_exported_job="x", exported_job="y", instance="h:1", job="j", zone="z"}',
  ],
  ['honor_labels keeps it', { job: 'x' }, { honorLabels: true }, 'm{instance="h:1", job="x", zone="z"}'],
  [
    'rules see the joined labels',
    { job: 'x' },
    { rules: '[{regex: exported_.*|zone, action: labeldrop}]' },
    'm{instance="h:1", job="j"}',
  ],
  ['rules drop series', {}, { rules: '[{source_labels: [__name__], regex: m, action: drop}]' }, undefined],
  [
    'old names pass the old check',
    { a_1: 'b' },
    { legacyNames: true },
    'm{a_1="b", instance="h:1", job="j", zone="z"}',
  ],
])('%s', ([, exposed, options, expected]) => {
  expect(run(exposed, options)).toBe(expected)
})

test('with the legacy scheme a UTF-8 name fails the scrape', () => {
  expect(() => run({ 'a.b': 'c' }, { legacyNames: true })).toThrow('invalid metric name or label names')
})
