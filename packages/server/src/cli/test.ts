import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { BinnacleError, messageOf } from '../config/index.ts'
import type { JunitSuite } from '../rules/rule-test/index.ts'
import { systemClock } from '../telemetry/index.ts'
import { readConfigFile } from './config-file.ts'
import { readFeatures } from './features.ts'

type TestFlags = {
  run?: string[]
  diff?: boolean
  debug?: boolean
  junit?: string
  ignoreUnknownFields?: boolean
  enableFeature?: string
}

export function addTest(program: Command): void {
  const test = program.command('test').description('run tests of what is configured')
  test
    .command('rules')
    .description("run unit tests of rules, in promtool's format and with its verdicts")
    .argument('<file...>', 'files of tests; each names its rule files')
    .option('--run <regex>', 'only test groups whose name it finds (may be given several times)', collect)
    .option('--diff', 'print alerts that differ as a coloured difference')
    .option('--debug', 'print all samples after each test group')
    .option('--junit <file>', 'write a JUnit report')
    .option('--ignore-unknown-fields', 'pass over keys in rule files that nobody knows')
    .option('--enable-feature <names>', 'experimental parts of PromQL, by Prometheus’s names with commas between them')
    .action((files: string[], flags: TestFlags) => testRules(files, flags))
}

function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value]
}

async function testRules(files: readonly string[], flags: TestFlags): Promise<void> {
  const features = readFeatures(flags.enableFeature)
  // Loaded here and not above: it makes every other command slower.
  const { formatJunit, formatTestReport, runRuleTests } = await import('../rules/rule-test/index.ts')
  const suites: JunitSuite[] = []
  for (const file of files) {
    const report = await runRuleTests(file, {
      read: (path) => readConfigFile(path, path),
      features,
      run: flags.run ?? [],
      diff: flags.diff === true,
      ignoreUnknownFields: flags.ignoreUnknownFields === true,
      signal: new AbortController().signal,
      debug: flags.debug === true ? (line) => process.stdout.write(`${line}\n`) : undefined,
      clock: systemClock,
    })
    suites.push(report.junit)
    const { out, err } = formatTestReport(report)
    process.stderr.write(err)
    process.stdout.write(out)
    if (report.failures.length > 0) process.exitCode = 1
  }
  if (flags.junit !== undefined) writeReport(flags.junit, formatJunit(suites))
}

function writeReport(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw new BinnacleError('cli.cannot_write', `cannot write the report: ${messageOf(error)}`, {
      kind: 'unavailable',
      place: { file: path },
      cause: error,
    })
  }
}
