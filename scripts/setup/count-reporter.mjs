import { writeFileSync } from 'node:fs'

/**
 * Vitest reporter that writes `{passed, failed, skipped: string[]}` to the file named by BINNACLE_TEST_COUNTS.
 * Everything that makes a run red counts as failed: tests, files that do not load, hooks of a suite, unhandled errors.
 */
export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: [] }
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed++
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) counts.failed++
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') counts.passed++
        else if (state === 'failed') counts.failed++
        else counts.skipped.push(`${module.relativeModuleId} > ${test.fullName}`)
      }
    }
    writeFileSync(process.env.BINNACLE_TEST_COUNTS, JSON.stringify(counts))
  }
}
