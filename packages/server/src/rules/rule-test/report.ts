import type { RuleTestReport } from './run-rule-tests.ts'

/** What promtool prints, in its places: failures and warnings on stderr, SUCCESS and empty lines on stdout. */
export function formatTestReport({ failures, warnings }: RuleTestReport): {
  readonly out: string
  readonly err: string
} {
  const told = warnings.map((warning) => `  WARNING: ${warning}\n`).join('')
  if (failures.length === 0) return { out: '  SUCCESS\n\n', err: told }
  return {
    out: '\n'.repeat(failures.length + 1),
    err: `${told}  FAILED:\n${failures.map((failure) => `${failure}\n`).join('')}`,
  }
}
