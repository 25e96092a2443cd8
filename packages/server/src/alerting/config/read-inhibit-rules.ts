import type { InhibitRule } from './alertmanager-config.ts'
import { type Reader, readMatchers } from './reader.ts'
import { inhibitRuleSchema } from './schema.ts'

const SOURCE = { equal: 'source_match', regex: 'source_match_re', list: 'source_matchers' }
const TARGET = { equal: 'target_match', regex: 'target_match_re', list: 'target_matchers' }

export function readInhibitRules(reader: Reader, count: number): readonly InhibitRule[] {
  const rules: InhibitRule[] = []
  for (let i = 0; i < count; i++) {
    const path = ['inhibit_rules', i]
    // An empty entry is a rule without conditions to Alertmanager.
    const given = reader.at(path) === null ? inhibitRuleSchema.parse({}) : reader.check(path, inhibitRuleSchema)
    if (given === undefined) continue
    const equal = given.equal ?? []
    for (const [k, name] of equal.entries()) {
      if (name === '') reader.report('invalid label name "" in equal list', [...path, 'equal', k])
    }
    rules.push({
      name: given.name ?? '',
      sourceMatchers: readMatchers(reader, path, SOURCE, given),
      targetMatchers: readMatchers(reader, path, TARGET, given),
      equal,
      place: reader.document.placeOf(path),
    })
  }
  return rules
}
