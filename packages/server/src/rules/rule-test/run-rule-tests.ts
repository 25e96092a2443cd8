import { dirname, isAbsolute, join } from 'node:path'
import type { PromqlFeatures } from '@binnacle/promql'
import { RE2JS } from 're2js'
import { BinnacleError, type Place } from '../../config/index.ts'
import { findFiles } from '../../metrics/intake/discovery/index.ts'
import { checkRuleFile, type RuleFile } from '../rule-file/index.ts'
import { checkRuleTestFile } from './check-test-file.ts'
import type { JunitSuite } from './junit.ts'
import type { RuleTestFile } from './rule-test-file.ts'
import { runTestGroup } from './run-test-group.ts'

export type RuleTestOptions = {
  /** Text of a file. Throws `BinnacleError`. */
  readonly read: (path: string) => string
  readonly features: PromqlFeatures
  /** RE2 patterns: only groups whose name one of them finds are run. */
  readonly run: readonly string[]
  readonly diff: boolean
  /** Unknown keys in rule files are passed over. */
  readonly ignoreUnknownFields: boolean
  readonly signal: AbortSignal
  /** Takes lines of `--debug` as they come. */
  readonly debug?: ((line: string) => void) | undefined
  /** For the timestamp of reports: Unix ms; and for `--debug`, how long a group took. */
  readonly clock: { now(): number; monotonic(): number }
}

/** What became of one file of tests. */
export type RuleTestReport = {
  readonly file: string
  /** In promtool's words; none when all tests passed. */
  readonly failures: readonly string[]
  /** Patterns of rule files that match nothing. */
  readonly warnings: readonly string[]
  readonly junit: JunitSuite
}

/** Runs the tests of one file. Throws `BinnacleError` for a pattern of `run` that is none. */
export async function runRuleTests(file: string, options: RuleTestOptions): Promise<RuleTestReport> {
  const isWanted = toMatcher(options.run)
  const warnings: string[] = []
  const abort = (errors: readonly BinnacleError[]): RuleTestReport => {
    const failures = errors.map(described)
    const junit = { name: file, timestamp: '', error: failures.join('\n'), cases: [] }
    return { file, failures, warnings, junit }
  }
  let text: string
  try {
    text = options.read(file)
  } catch (error) {
    if (error instanceof BinnacleError) return abort([error])
    throw error
  }
  const { testFile, errors } = checkRuleTestFile(text, file)
  if (testFile === undefined) return abort(errors)
  const paths = ruleFilePaths(testFile, (path) => warnings.push(`no file match pattern ${path}`))
  const rules = readRules(paths, options)
  const cases: { name: string; failures: string[] }[] = []
  for (const [i, group] of testFile.tests.entries()) {
    if (!isWanted(group.name)) continue
    const name = group.name === '' ? `unnamed#${i}` : group.name
    options.debug?.(`DEBUG: Starting test ${name}`)
    const begin = options.clock.monotonic()
    const failures =
      rules.errors.length > 0
        ? rules.errors.map(described)
        : await runTestGroup(testFile, group, {
            ruleFiles: rules.files,
            features: options.features,
            diff: options.diff,
            signal: options.signal,
            debug: options.debug,
          })
    options.debug?.(`DEBUG: Test ${name} finished, took ${(options.clock.monotonic() - begin).toFixed(3)}ms`)
    cases.push({ name, failures })
  }
  const junit = { name: file, timestamp: localTime(options.clock.now()), error: undefined, cases }
  return { file, failures: cases.flatMap((one) => one.failures), warnings, junit }
}

/** Rule files of a test file; each pattern that matches nothing is told, as a path from here. */
export function ruleFilePaths(
  { file, ruleFiles }: RuleTestFile,
  onNothing: (path: string, place: Place) => void,
): string[] {
  return ruleFiles.flatMap(({ pattern, place }) => {
    const path = pattern === '' || isAbsolute(pattern) ? pattern : join(dirname(file), pattern)
    const found = findFiles(path)
    if (found.length === 0) onNothing(path, place)
    return found
  })
}

function readRules(
  paths: readonly string[],
  { read, features, ignoreUnknownFields }: RuleTestOptions,
): { readonly files: readonly RuleFile[]; readonly errors: readonly BinnacleError[] } {
  const files: RuleFile[] = []
  const errors: BinnacleError[] = []
  for (const path of new Set(paths)) {
    let text: string
    try {
      text = read(path)
    } catch (error) {
      if (!(error instanceof BinnacleError)) throw error
      errors.push(error)
      continue
    }
    const checked = checkRuleFile(text, path, { features, ignoreUnknownFields })
    errors.push(...checked.errors)
    if (checked.ruleFile !== undefined) files.push(checked.ruleFile)
  }
  return { files, errors }
}

function toMatcher(patterns: readonly string[]): (name: string) => boolean {
  if (patterns.length === 0) return () => true
  const text = patterns.join('|')
  try {
    const pattern = RE2JS.compile(text)
    return (name) => pattern.matcher(name).find()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new BinnacleError('config.bad_flag', `--run: "${text}" is no regular expression: ${why}`)
  }
}

function described({ place, message, hint }: BinnacleError): string {
  const where =
    place?.file === undefined
      ? ''
      : `${place.file}:${place.line === undefined ? '' : `${place.line}:${place.column}:`} `
  return `${where}${message}${hint === undefined ? '' : ` (${hint})`}`
}

function localTime(ms: number): string {
  const date = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}
