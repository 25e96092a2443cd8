// biome-ignore-all lint/suspicious/noTemplateCurlyInString: rules and templates are written as users write them in YAML
import { type Labels, labelsOf } from '@binnacle/promql'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkSchema, parseYaml } from '../../../config/index.ts'
import { type RelabelRule, relabel, relabelRuleSchema } from './index.ts'

/** Rules as a user writes them, one YAML flow map a line. */
function rules(...lines: string[]): RelabelRule[] {
  const document = parseYaml(lines.map((line) => `- ${line}`).join('\n'), 'rules.yml', { scalars: 'text' })
  const { value, errors } = checkSchema(document, relabelRuleSchema.array())
  if (!value) throw errors[0]
  return value
}

function run(labels: Record<string, string>, given: RelabelRule[]): Record<string, string> | string {
  const result = relabel(labelsOf(labels), given)
  if (!result.kept) return `dropped by rule ${result.droppedBy}`
  return toRecord(result.labels)
}

function toRecord(labels: Labels): Record<string, string> {
  const record: Record<string, string> = {}
  for (let i = 0; i < labels.length; i += 2) record[labels[i]!] = labels[i + 1]!
  return record
}

test.for<[string, Record<string, string>, string[], Record<string, string> | string]>([
  [
    'replace fills groups',
    { a: 'foo' },
    ['{source_labels: [a], regex: f(.*), target_label: d, replacement: "ch${1}-ch${1}"}'],
    { a: 'foo', d: 'choo-choo' },
  ],
  [
    'sources are joined, rules follow one another',
    { a: 'foo', b: 'bar', c: 'baz' },
    [
      '{source_labels: [a, b], regex: f(.*);(.*)r, target_label: a, replacement: "b${1}${2}m"}',
      '{source_labels: [c, a], regex: (b).*b(.*)ba(.*), target_label: d, replacement: $1$2$2$3}',
    ],
    { a: 'boobam', b: 'bar', c: 'baz', d: 'boooom' },
  ],
  [
    'another separator',
    { a: 'x', b: 'y' },
    ['{source_labels: [a, b], separator: "@", target_label: c}'],
    { a: 'x', b: 'y', c: 'x@y' },
  ],
  ['a missing label is empty', { b: 'y' }, ['{source_labels: [a, b], target_label: c}'], { b: 'y', c: ';y' }],
  [
    'no match, no replacement',
    { a: 'boo' },
    ['{source_labels: [a], regex: f, target_label: b, replacement: x}'],
    { a: 'boo' },
  ],
  ['the regex is anchored', { a: 'foo' }, ['{source_labels: [a], regex: f|o, action: drop}'], { a: 'foo' }],
  [
    'the dot matches newlines',
    { a: 'l1\nl2' },
    ['{source_labels: [a], regex: l1.*l2, target_label: d, replacement: y}'],
    { a: 'l1\nl2', d: 'y' },
  ],
  [
    'an empty result deletes',
    { a: 'foo', f: 'x' },
    ['{source_labels: [a], regex: (f).*, target_label: $1, replacement: $2}'],
    { a: 'foo' },
  ],
  ['a constant without sources', { a: 'x' }, ['{target_label: b, replacement: c}'], { a: 'x', b: 'c' }],
  [
    'named groups',
    { a: 'k=v' },
    ['{source_labels: [a], regex: "(?P<k>.)=(?P<v>.)", target_label: "l_${k}", replacement: "$v"}'],
    { a: 'k=v', l_k: 'v' },
  ],
  [
    '$1x is the group named 1x, which is empty',
    { a: 'foo' },
    ['{source_labels: [a], target_label: d, replacement: "z$1x"}'],
    { a: 'foo', d: 'z' },
  ],
  [
    '$$ is a dollar, a lone dollar stays',
    { a: 'foo' },
    ['{source_labels: [a], target_label: d, replacement: "$$1 $"}'],
    { a: 'foo', d: '$1 $' },
  ],
  ['an empty target name is no label', { a: 'foo' }, ['{source_labels: [a], target_label: "${3}"}'], { a: 'foo' }],
  [
    'UTF-8 target names',
    { a: 'foo' },
    ['{source_labels: [a], target_label: "utf-8.label é"}'],
    { a: 'foo', 'utf-8.label é': 'foo' },
  ],
  [
    'drop tells the rule',
    { a: 'foo' },
    ['{target_label: x, replacement: y}', '{source_labels: [a], regex: .*o.*, action: drop}'],
    'dropped by rule 1',
  ],
  ['keep keeps what matches', { a: 'foo' }, ['{source_labels: [a], regex: f.*, action: keep}'], { a: 'foo' }],
  ['keep drops the rest', { a: 'foo' }, ['{source_labels: [a], regex: no, action: keep}'], 'dropped by rule 0'],
  ['a boolean in YAML is text', { a: 'true' }, ['{source_labels: [a], regex: true, action: keep}'], { a: 'true' }],
  [
    'keepequal keeps',
    { p: '1', q: '1' },
    ['{source_labels: [p], target_label: q, action: keepequal}'],
    { p: '1', q: '1' },
  ],
  [
    'keepequal drops',
    { p: '1', q: '2' },
    ['{source_labels: [p], target_label: q, action: KeepEqual}'],
    'dropped by rule 0',
  ],
  [
    'dropequal drops',
    { p: '1', q: '1' },
    ['{source_labels: [p], target_label: q, action: dropequal}'],
    'dropped by rule 0',
  ],
  [
    'dropequal keeps',
    { p: '1', q: '2' },
    ['{source_labels: [p], target_label: q, action: dropequal}'],
    { p: '1', q: '2' },
  ],
  [
    'hashmod as Prometheus',
    { c: 'baz' },
    ['{source_labels: [c], target_label: d, modulus: 1000, action: hashmod}'],
    { c: 'baz', d: '976' },
  ],
  [
    'hashmod with a newline',
    { a: 'foo\nbar' },
    ['{source_labels: [a], target_label: b, modulus: 1000, action: hashmod}'],
    { a: 'foo\nbar', b: '734' },
  ],
  [
    'labelmap',
    { a: 'x', __meta_my_b: 'y' },
    ['{regex: __meta_(my.*), replacement: "${1}", action: labelmap}'],
    { a: 'x', __meta_my_b: 'y', my_b: 'y' },
  ],
  [
    'labelmap: the last of two wins',
    { a1: 'x', a2: 'y' },
    ['{regex: (a).*, action: labelmap}'],
    { a: 'y', a1: 'x', a2: 'y' },
  ],
  ['labeldrop', { a: 'x', b1: 'y', b2: 'z' }, ['{regex: b.*, action: labeldrop}'], { a: 'x' }],
  ['labelkeep', { a: 'x', b1: 'y', b2: 'z' }, ['{regex: b.*, action: labelkeep}'], { b1: 'y', b2: 'z' }],
  [
    'uppercase, letter by letter',
    { a: 'bAr1ß' },
    ['{source_labels: [a], target_label: b, action: uppercase}'],
    { a: 'bAr1ß', b: 'BAR1ß' },
  ],
  [
    'lowercase, letter by letter',
    { a: 'BAr1Σ' },
    ['{source_labels: [a], target_label: b, action: lowercase}'],
    { a: 'BAr1Σ', b: 'bar1σ' },
  ],
  [
    'pods of Kubernetes by annotation',
    { __address__: '10.0.0.1:80', __meta_kubernetes_pod_annotation_prometheus_io_port: '9102' },
    [
      '{source_labels: [__address__, __meta_kubernetes_pod_annotation_prometheus_io_port], action: replace, regex: "([^:]+)(?::\\\\d+)?;(\\\\d+)", replacement: "$1:$2", target_label: __address__}',
    ],
    { __address__: '10.0.0.1:9102', __meta_kubernetes_pod_annotation_prometheus_io_port: '9102' },
  ],
])('%s', ([, labels, lines, expected]) => {
  expect(run(labels, rules(...lines))).toEqual(expected)
})

test('without rules labels stay as they are, and the result is always sorted and without empty values', () => {
  const name = fc.constantFrom('a', 'b', 'c', '__meta_x', 'é')
  const value = fc.constantFrom('', 'x', 'foo', 'a;b')
  const rule = fc.constantFrom(
    ...rules(
      '{source_labels: [a, b], target_label: c}',
      '{source_labels: [c], target_label: "$1"}',
      '{regex: (.*), replacement: "z_$1", action: labelmap}',
      '{regex: "a|z_.*", action: labeldrop}',
      '{source_labels: [b], target_label: a, replacement: ""}',
    ),
  )
  fc.assert(
    fc.property(fc.dictionary(name, value), fc.array(rule, { maxLength: 4 }), (labels, given) => {
      const before = labelsOf(labels)
      expect(relabel(before, [])).toEqual({ kept: true, labels: before })
      const result = relabel(before, given)
      if (result.kept) expect(result.labels).toEqual(labelsOf(toRecord(result.labels)))
    }),
    { numRuns: 200 },
  )
})

// Each line is refused by promtool 3.5.3 too (2026-11-21).
test.for([
  ['{}', `relabel configuration for replace action requires 'target_label' value`],
  ['{action: nope}', 'unknown relabel action "nope"'],
  ['{action: ""}', 'relabel action cannot be empty'],
  ['{target_label: b, regex: "(?!a)"}', 'error parsing regexp'],
  ['{action: hashmod, target_label: b}', 'requires non-zero modulus'],
  ['{action: hashmod, modulus: 8}', `requires 'target_label' value`],
  ['{action: labeldrop, regex: a, target_label: b}', `requires only 'regex'`],
  ['{action: labelkeep, regex: a, source_labels: []}', `requires only 'regex'`],
  ['{action: lowercase, target_label: b, replacement: x}', `'replacement' can not be set for lowercase action`],
  [
    '{action: keepequal, source_labels: [a], target_label: b, regex: x}',
    `requires only 'source_labels' and 'target_label'`,
  ],
  ['{source_labels: [""], target_label: b}', '"" is not a valid label name'],
  ['{source_labels: a, target_label: b}', 'source_labels'],
] as const)('the rule %s is refused', ([line, message]) => {
  expect(() => rules(line)).toThrow(message)
})
