/** What became of one test file, for JUnit. */
export type JunitSuite = {
  readonly name: string
  /** Local time, such as 2026-01-31T12:00:00; empty when the file could not be read. */
  readonly timestamp: string
  /** Why none of its tests ran. */
  readonly error: string | undefined
  readonly cases: readonly { readonly name: string; readonly failures: readonly string[] }[]
}

/** The report as promtool writes it. */
export function formatJunit(suites: readonly JunitSuite[]): string {
  return `<testsuites>${suites.map(formatSuite).join('')}</testsuites>`
}

function formatSuite({ name, timestamp, error, cases }: JunitSuite): string {
  // Without a test that ran the error needs one that bears it.
  const all = error === undefined ? cases : [{ name: 'unknown', failures: [] }]
  const failures = cases.reduce((sum, one) => sum + one.failures.length, 0)
  const attributes = `name="${escaped(name)}" tests="${all.length}" failures="${failures}" errors="${error === undefined ? 0 : 1}" skipped="0" timestamp="${timestamp}"`
  const inner = all.map(
    (one) =>
      `<testcase name="${escaped(one.name)}">${one.failures.map((text) => `<failure>${escaped(text)}</failure>`).join('')}${error === undefined ? '' : `<error>${escaped(error)}</error>`}</testcase>`,
  )
  return `<testsuite ${attributes}>${inner.join('')}</testsuite>`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
}

function escaped(text: string): string {
  return text.replace(/["'&<>\t\n\r]/g, (char) => ESCAPES[char]!).replace(/[\p{Cc}\ufffe\uffff]/gu, '\ufffd')
}
