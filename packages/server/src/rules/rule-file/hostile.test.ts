import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkRuleFile } from './check-rule-file.ts'
import { corpus } from './testkit/corpus.ts'

const text = fc.constantFrom(...corpus.map((one) => one.text))

test('whatever stands in a file, it is either rules or errors with places', () => {
  const cut = fc.tuple(text, fc.nat(), fc.nat(), fc.string({ maxLength: 5 })).map(([given, from, length, put]) => {
    const at = from % (given.length + 1)
    return given.slice(0, at) + put + given.slice(at + (length % 10))
  })
  fc.assert(
    fc.property(cut, (given) => {
      const { ruleFile, errors, warnings } = checkRuleFile(given, 'a.yml')
      expect(ruleFile === undefined).toBe(errors.length > 0)
      const lines = given.split('\n').length
      for (const place of [...errors.map((error) => error.place), ...warnings.map((warning) => warning.place)]) {
        expect(place?.file).toBe('a.yml')
        expect(place?.line).toBeGreaterThanOrEqual(1)
        expect(place?.line).toBeLessThanOrEqual(lines)
        expect(place?.column).toBeGreaterThanOrEqual(1)
      }
    }),
    { numRuns: 600 },
  )
})

test('two thousand rules are read in time', () => {
  const rules = Array.from({ length: 2000 }, (_, i) => {
    const expr = `|\n      sum by (job) (rate(http_requests_${i}_total{code=~"5.."}[5m]))\n        / sum by (job) (rate(http_requests_total[5m])) > 0.0${i}`
    return `  - alert: A${i}\n    expr: ${expr}\n    annotations: {a: "{{ $labels.job }} of {{ $value | humanize }}"}\n`
  })
  const begin = performance.now()
  const { ruleFile } = checkRuleFile(`groups:\n- name: g\n  rules:\n${rules.join('')}`, 'a.yml')
  expect(ruleFile?.groups[0]?.rules).toHaveLength(2000)
  // About 0.3 s on a machine with nothing else to do; what grows with the square of the rules would take minutes.
  expect(performance.now() - begin).toBeLessThan(20_000)
})
