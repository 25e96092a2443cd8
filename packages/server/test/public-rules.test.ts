import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startNodeExporter } from '../src/collectors/host/testkit/node-exporter.ts'
import { checkRuleFile } from '../src/rules/rule-file/index.ts'
import { evaluateInBoth } from './evaluated-rules.ts'
import { filesBelow, flatName, judgeVerdicts, ourErrors, ruleFileText } from './public-texts.ts'

/*
 * Rules that others publish, whichever they are: RULE_COLLECTIONS names a folder of them (CONTRIBUTING.md says which were
 * tried). Nothing of theirs lies in this repository, so that nobody sees these tests who has not brought it.
 */
const collections = process.env.RULE_COLLECTIONS
const hasJudge = process.env.JUDGES_DIR !== undefined

if (collections !== undefined) {
  const texts = new Map<string, string>()
  for (const path of filesBelow(collections, /\.ya?ml$/)) {
    const text = ruleFileText(readFileSync(path, 'utf8'))
    if (/^groups:/m.test(text)) texts.set(flatName(path, collections), text)
  }

  describe.skipIf(!hasJudge)(`the rules of RULE_COLLECTIONS, ${texts.size} files (JUDGES_DIR names the judges)`, () => {
    const taken = new Map<string, string>()

    test('each file gets the verdict of promtool', { timeout: 600_000 }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'collections-'))
      try {
        for (const [name, text] of texts) writeFileSync(join(folder, name), text)
        const files = [...texts.keys()].map((name) => join(folder, name))
        const verdicts = await judgeVerdicts('rules', files)
        expect(verdicts.size).toBe(texts.size)
        let rules = 0
        const differ = files.flatMap((file) => {
          const name = file.slice(folder.length + 1)
          const text = texts.get(name)!
          const errors = ourErrors('rules', text, name)
          if (verdicts.get(file)) {
            taken.set(name, text)
            for (const group of checkRuleFile(text, name).ruleFile?.groups ?? []) rules += group.rules.length
          }
          const isSame = verdicts.get(file) === (errors.length === 0)
          return isSame ? [] : [`${name}: ${errors[0] ?? 'refused by promtool only'}`]
        })
        console.log(`${texts.size} files, ${taken.size} of them taken by promtool, with ${rules} rules`)
        expect(differ).toEqual([])
        expect(taken.size).toBeGreaterThan(0)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })

    test.for(['an empty store', 'the series of a node exporter'] as const)(
      'each rule is evaluated as in Prometheus, over %s',
      { timeout: 600_000 },
      async (over) => {
        await using exporter = over === 'an empty store' ? undefined : await startNodeExporter([])
        const { theirs, ours } = await evaluateInBoth(taken, exporter?.address, 300_000)
        const good = [...ours.values()].filter((health) => health === 'ok').length
        console.log(`over ${over}: ${ours.size} rules, ${good} without an error, ${theirs.size} in Prometheus`)
        expect(ours.size).toBeGreaterThan(0)
        expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs))
      },
    )
  })
} else {
  test.skip('public rules load and are evaluated as in Prometheus (skipped: RULE_COLLECTIONS is not set)', () => {})
}
