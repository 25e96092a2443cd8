import { readFileSync } from 'node:fs'
import { labelRecord, type PromqlFeatures } from '@binnacle/promql'
import {
  alertFactsOf,
  escalatedReceivers,
  factsOfSets,
  lintAlertmanager,
  type OtherAlerts,
  sendingsOf,
} from '../alerting/index.ts'
import { BinnacleError, messageOf } from '../config/index.ts'
import { packFilesOf, type Settings } from '../config/settings/index.ts'
import type { ChecksPart, RoutingFinding, RuleTestReport } from '../http/index.ts'
import { findFiles } from '../metrics/intake/discovery/index.ts'
import type { PrometheusAlerting } from '../metrics/intake/prometheus-config/index.ts'
import { checkRuleTestFile, ruleFilePaths, runRuleTests } from '../rules/rule-test/index.ts'
import type { Clock } from '../telemetry/index.ts'
import type { ReadAlertmanager } from './alertmanager-file.ts'
import { sentNoDataAlerts } from './no-data-alerts.ts'
import type { ReadRules } from './rule-files.ts'

/** What is in force: read together, applied together. */
export type CheckedFiles = {
  readonly alertmanager: ReadAlertmanager
  readonly rules: ReadRules
  readonly alerting: PrometheusAlerting
  readonly settings: Settings
}

export type Checks = ChecksPart & {
  /** Goes by other files from now on. Nothing is checked before somebody asks. */
  apply(files: CheckedFiles): void
}

/** What a file of rule tests is about. */
type TestFile = {
  readonly file: string
  readonly ruleFiles: ReadonlySet<string>
  /** Alerts that it expects, or expects not. */
  readonly alerts: ReadonlySet<string>
  readonly queries: readonly string[]
}

/** After so long alerts of other senders are looked at anew, and files of tests, which people change meanwhile. */
const FRESH_MS = 10_000
const MAX_FAILURES = 50
const MAX_FAILURE_LENGTH = 4000

type Finding = ReturnType<typeof lintAlertmanager>[number]

/** Findings of reading alertmanager.yml, and tests of rules by hand: those of `rules.tests`, and those of the packs. */
export function createChecks(clock: Clock, others: () => readonly OtherAlerts[]): Checks {
  let files: CheckedFiles | undefined
  let found: { readonly atMs: number; readonly findings: readonly RoutingFinding[] } | undefined
  let tests: { readonly atMs: number; readonly files: readonly TestFile[] } | undefined
  let running = false

  function testsNow(): readonly TestFile[] {
    if (files === undefined) return []
    if (tests === undefined || clock.monotonic() - tests.atMs > FRESH_MS)
      tests = { atMs: clock.monotonic(), files: readTestFiles(files.settings) }
    return tests.files
  }

  return {
    apply(next) {
      files = next
      found = undefined
      tests = undefined
    },
    routing() {
      // Other senders may have sent what a route waits for.
      if (found === undefined || clock.monotonic() - found.atMs > FRESH_MS) {
        const findings = files === undefined ? [] : lint(files, others()).map(toFinding)
        found = { atMs: clock.monotonic(), findings }
      }
      return found.findings
    },
    testFiles: ({ kind, name, place }) =>
      testsNow()
        .filter(
          ({ ruleFiles, alerts, queries }) =>
            ruleFiles.has(place.file ?? '') &&
            (kind === 'alerting' ? alerts.has(name) : queries.some((query) => query.includes(name))),
        )
        .map(({ file }) => file),
    async runTests(names, signal) {
      if (running)
        throw new BinnacleError('http.busy', 'tests of rules are being run already', {
          kind: 'overload',
          retryAfterMs: 1000,
        })
      running = true
      try {
        return await runAll(names, { clock, signal, features: new Set(files?.settings.query.enable_features ?? []) })
      } finally {
        running = false
      }
    },
  }
}

function lint(
  { alertmanager, rules, settings, alerting }: CheckedFiles,
  others: readonly OtherAlerts[],
): readonly Finding[] {
  if (alertmanager.source === undefined) return []
  const { text, checked } = alertmanager.source
  const { files, externalLabels } = rules.config
  // Without rules of one's own, alerts come from elsewhere: then nothing is known of them.
  const known = files.length > packFilesOf(settings).length
  const all = [...sentNoDataAlerts(rules.config, alerting), ...others]
  // What single entries of `alertmanagers` change, others get.
  const sendings = sendingsOf(labelRecord(externalLabels), { ...alerting, alertmanagers: [] })
  return lintAlertmanager(
    text,
    checked,
    known ? [...alertFactsOf(files, sendings), ...all.map(({ name, sets }) => factsOfSets(name, sets))] : undefined,
    escalatedReceivers(settings.escalation),
  )
}

const toFinding = ({ place, message, hint }: Finding): RoutingFinding => ({
  severity: 'warning',
  message,
  ...(hint === undefined ? {} : { hint }),
  place,
})

function readTestFiles(settings: Settings): readonly TestFile[] {
  const packs = packFilesOf(settings).map((file) => file.replace(/\.yml$/, '.test.yml'))
  const paths = new Set([...settings.rules.tests, ...packs].flatMap((pattern) => findFiles(pattern)))
  const found: TestFile[] = []
  for (const file of paths) {
    const text = readText(file)
    // A file that cannot be read or is none belongs to no rule; `binnacle check` and `binnacle test rules` say why.
    const testFile = text instanceof BinnacleError ? undefined : checkRuleTestFile(text, file).testFile
    if (testFile === undefined) continue
    found.push({
      file,
      ruleFiles: new Set(ruleFilePaths(testFile, () => undefined)),
      alerts: new Set(testFile.tests.flatMap(({ alertTests }) => alertTests.map(({ alertname }) => alertname))),
      queries: testFile.tests.flatMap(({ exprTests }) => exprTests.map(({ expr }) => expr)),
    })
  }
  return found
}

async function runAll(
  names: readonly string[],
  { clock, signal, features }: { clock: Clock; signal: AbortSignal; features: PromqlFeatures },
): Promise<RuleTestReport> {
  const began = clock.monotonic()
  const files = []
  for (const file of names) {
    const report = await runRuleTests(file, {
      read(path) {
        const text = readText(path)
        if (text instanceof BinnacleError) throw text
        return text
      },
      features,
      run: [],
      diff: false,
      ignoreUnknownFields: false,
      signal,
      clock,
    })
    files.push({
      file,
      ok: report.failures.length === 0,
      tests: report.junit.cases.length,
      failures: report.failures
        .slice(0, MAX_FAILURES)
        .map((message) => ({ message: message.slice(0, MAX_FAILURE_LENGTH) })),
    })
  }
  return { ok: files.every(({ ok }) => ok), durationMs: clock.monotonic() - began, files }
}

function readText(file: string): string | BinnacleError {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    return new BinnacleError('config.unreadable', `cannot read ${file}: ${messageOf(error)}`, {
      kind: 'missing',
      place: { file },
      cause: error,
    })
  }
}
