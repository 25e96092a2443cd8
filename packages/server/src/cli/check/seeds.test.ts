import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BinnacleError } from '../../config/index.ts'
import { checkFiles } from './check-files.ts'

/*
 * Configurations of the reference teams as their documents have them, in the folders that the documents name, where those
 * documents are there (SHARED_DIR, or `shared` beside the clone).
 */
const shared = process.env.SHARED_DIR ?? fileURLToPath(new URL('../../../../../../shared', import.meta.url))
const seeds = join(shared, 'seeds')

type Document = { readonly name: string; readonly text: string }

const documentWith = (marker: string): Document => {
  const found = readdirSync(seeds)
    .map((name) => ({ name, text: readFileSync(join(seeds, name), 'utf8') }))
    .find(({ text }) => text.includes(marker))
  if (found === undefined) throw new Error(`no document has "${marker}"`)
  return found
}

/** Fenced YAML, as it stands; the language tag decides, as it does for a reader. */
const blocksOf = ({ text }: Document) => [...text.matchAll(/^```ya?ml\n(.*?)^```/gms)].map(([, block = '']) => block)

/** Writes files into the folder of this test. */
function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

/** What is found in the files, as `file:line: warning`; there must be no error but `errors`. */
async function found(
  folder: string,
  files: readonly string[],
  environment: Record<string, string>,
  errors: readonly string[] = [],
): Promise<string[]> {
  const reports = await checkFiles(
    files.map((file) => join(folder, file)),
    {
      read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : new BinnacleError('config.unreadable', 'gone')),
      environment,
      nowMs: 0,
      features: new Set(),
      ignoreUnknownFields: false,
      syntaxOnly: false,
    },
  )
  expect(reports.flatMap((report) => report.errors.map(({ message }) => message))).toEqual(errors)
  return reports.flatMap(({ warnings }) =>
    warnings.map(
      ({ place, message }) =>
        `${relative(folder, place?.file ?? '')}:${place?.line}: ${message.replaceAll(`${folder}/`, '')}`,
    ),
  )
}

describe.skipIf(!existsSync(seeds))('the configurations of the documents (SHARED_DIR names their folder)', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seeds-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test('Threat Modeling: all files load, with these warnings', async () => {
    const blocks = blocksOf(documentWith('alert: LowThreatDetectionRate'))
    const named = Object.fromEntries(
      blocks.flatMap((block) => {
        const path = /^# ([\w./-]+\.ya?ml)\n/.exec(block)?.[1]
        return path === undefined ? [] : [[path, block]]
      }),
    )
    write(folder, {
      ...named,
      // The document has the rules beside the configuration in words, and in a folder of their own in its block.
      'prometheus/alerts/application-alerts.yaml': named['alerts/application-alerts.yaml']!,
      // It names no mail server, without which the real Alertmanager refuses the file.
      'alertmanager/binnacle.yml':
        'alerting: {defaults: {smtp_smarthost: "mail:25", smtp_from: alerts@threatmodel.example}}\npacks: {enabled: []}\n',
    })
    const files = [
      'alertmanager/binnacle.yml',
      'prometheus/prometheus.yml',
      'prometheus/alerts/application-alerts.yaml',
      'alertmanager/config.yaml',
    ]
    const environment = { SLACK_API_URL: 'https://hooks.slack.com/services/T0/B0/x', PAGERDUTY_SERVICE_KEY: 'k' }
    // Mounted into each pod; `promtool check config` asks for it too.
    const noToken = 'bearer_token_file: there is no file "/var/run/secrets/kubernetes.io/serviceaccount/token"'
    expect(await found(folder, files, environment, [noToken, noToken])).toEqual([
      'prometheus/prometheus.yml:25: kubernetes_sd_configs: this discovery comes with a later version of Binnacle; ignored, so its targets are missing',
      'prometheus/prometheus.yml:38: kubernetes_sd_configs: this discovery comes with a later version of Binnacle; ignored, so its targets are missing',
      'prometheus/prometheus.yml:56: kubernetes_sd_configs: this discovery comes with a later version of Binnacle; ignored, so its targets are missing',
      'prometheus/prometheus.yml:82: kubernetes_sd_configs: this discovery comes with a later version of Binnacle; ignored, so its targets are missing',
      'prometheus/prometheus.yml:18: rule_files: no file matches "alerts/*.yml", so that no rule of it is loaded',
      'prometheus/prometheus.yml:19: rule_files: no file matches "recording/*.yml", so that no rule of it is loaded',
      'prometheus/alerts/application-alerts.yaml:32: "HighErrorRate" is critical and has no runbook_url, as other alerts here have',
      'prometheus/alerts/application-alerts.yaml:51: container_spec_memory_limit_bytes is 0 for a container without a memory limit: the division gives +Inf, which is above every threshold',
      'prometheus/alerts/application-alerts.yaml:61: "PodCrashLooping" is critical and has no runbook_url, as other alerts here have',
      'prometheus/alerts/application-alerts.yaml:62: rate() is per second, but the annotation description says "times in 15 minutes"',
      'prometheus/alerts/application-alerts.yaml:74: the threshold holds for each series of threats_identified_total alone, and the text does not say of which one',
      'prometheus/alerts/application-alerts.yaml:75: "and" wants all labels of both sides to be equal, but threats_identified_total and threat_models_created_total are different metrics: a label that only one of them has keeps them apart for ever',
      'prometheus/alerts/application-alerts.yaml:110: "UnauthorizedAPIAccess" is critical and has no runbook_url, as other alerts here have',
      'prometheus/alerts/application-alerts.yaml:121: "SuspiciousDataAccess" is critical and has no runbook_url, as other alerts here have',
      'prometheus/alerts/application-alerts.yaml:124: ">" never gives anything: the left side has the label user_id, the right side has not ("avg(sum(rate(data_access_total{sensitivity="high"}[1h])) ...")',
      'alertmanager/config.yaml:8: templates: no file matches "/etc/alertmanager/templates/*.tmpl"',
      'alertmanager/config.yaml:22: continue leads to nobody for ServiceDown, HighErrorRate, PodCrashLooping: no route that follows takes them. The receiver "default" of the route above is not told.',
      'alertmanager/config.yaml:28: continue leads to nobody for UnauthorizedAPIAccess, SuspiciousDataAccess: no route that follows takes them. The receiver "default" of the route above is not told.',
      'alertmanager/config.yaml:36: no alert of the rules reaches the route {alertname=~"^(Low.*|High.*Analysis.*)"} (receiver "product-team"): LowThreatDetectionRate, HighAnalysisTime stop at the route in line 31, {severity="warning"} (receiver "slack-warnings")',
      'alertmanager/config.yaml:45: \\n stands for itself in single quotes: no line ends there',
      'alertmanager/config.yaml:50: the receiver "pagerduty" has a service_key, which is for PagerDuty\'s Events API v1, while its address is version 2\'s',
      'alertmanager/config.yaml:55: \\n stands for itself in single quotes: no line ends there',
      'alertmanager/config.yaml:78: the text is empty as soon as two alerts of HighMemoryUsage, MultipleFailedLogins are in one group: .CommonAnnotations.summary differs between them',
      'alertmanager/config.yaml:88: the inhibition never acts: "alertname" must be equal, and no name stands on both sides (ServiceDown, HighErrorRate and 3 more against HighResponseTime, HighMemoryUsage and 3 more)',
    ])
  })

  test('Catalytic Computing: all files load, with these warnings', async () => {
    const blocks = blocksOf(documentWith('alert: PasswordResetAbuse'))
    const of = (pattern: RegExp) => blocks.filter((block) => pattern.test(block))
    const rules = of(/^- alert:/)
      .join('')
      .replace(/^(?=.)/gm, '  ')
    expect(rules.match(/- alert:/g)).toHaveLength(18)
    write(folder, {
      'prometheus.yml': of(/^# prometheus\.yml/)[0]!,
      'alertmanager.yml': of(/^# alertmanager\.yml/)[0]!,
      // One file of that name is asked for; the document has its rules one by one, and the recording rules apart.
      'prometheus-rules.yml': `${of(/^groups:/m)[0]!}\n- name: alerts\n  rules:\n${rules}`.replace(
        /^groups:\n((?: .*\n|\n)*)/m,
        (_all, groups: string) => `groups:\n${groups.replace(/^ {2}/gm, '')}`,
      ),
    })
    const environment = {
      SMTP_PASSWORD: 'p',
      SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T0/B0/x',
      PAGERDUTY_WEBHOOK_URL: 'https://events.pagerduty.com/v2/enqueue',
    }
    expect(await found(folder, ['prometheus.yml', 'prometheus-rules.yml', 'alertmanager.yml'], environment)).toEqual([
      'prometheus.yml:41: no alert watches up, a ..._up metric or probe_success, and none asks for absent(...): a dead target goes unnoticed',
      'prometheus.yml:41: no alert fires always: if monitoring dies, nobody is told',
      'prometheus-rules.yml:8: rate() is per second, but the comment above it says "per minute"',
      'prometheus-rules.yml:15: "api" is no level of this rule: nothing is aggregated, the series keep all their labels (instance, job, ...)',
      'prometheus-rules.yml:19: "api" is no level of this rule: nothing is aggregated, the series keep all their labels (instance, job, ...)',
      'prometheus-rules.yml:23: "database" is no level of this rule: nothing is aggregated, the series keep all their labels (instance, job, ...)',
      'prometheus-rules.yml:31: "system" is no level of this rule: nothing is aggregated, the series keep all their labels (instance, job, ...)',
      'prometheus-rules.yml:35: "system" is no level of this rule: nothing is aggregated, the series keep all their labels (instance, job, ...)',
      'prometheus-rules.yml:41: the threshold holds for each series of http_requests_total alone, and the text does not say of which one',
      'prometheus-rules.yml:41: rate() is per second, but the annotation description says "per minute"',
      'prometheus-rules.yml:53: the threshold holds for each series of http_requests_total alone, and the text does not say of which one',
      'prometheus-rules.yml:53: rate() is per second, but the annotation description says "per minute"',
      'prometheus-rules.yml:63: "SQLInjectionAttempt" is critical and has no runbook_url, as other alerts here have',
      'prometheus-rules.yml:74: "EncryptionFailureRate" is critical and has no runbook_url, as other alerts here have',
      'prometheus-rules.yml:75: the threshold holds for each series of encryption_errors_total alone, and the text does not say of which one',
      'prometheus-rules.yml:85: "DecryptionFailureRate" is critical and has no runbook_url, as other alerts here have',
      'prometheus-rules.yml:86: the threshold holds for each series of decryption_errors_total alone, and the text does not say of which one',
      'prometheus-rules.yml:97: the threshold holds for each series of http_requests_total alone, and the text does not say of which one',
      'prometheus-rules.yml:97: rate() is per second, but the annotation description says "per minute"',
      'prometheus-rules.yml:107: the threshold holds for each series of http_requests_total alone, and the text does not say of which one',
      'prometheus-rules.yml:107: rate() is per second, but the annotation description says "per minute"',
      'prometheus-rules.yml:118: the threshold holds for each series of input_validation_failures_total alone, and the text does not say of which one',
      'prometheus-rules.yml:118: rate() is per second, but the annotation description says "per minute"',
      'prometheus-rules.yml:129: the threshold holds for each series of jwt_verification_errors_total alone, and the text does not say of which one',
      'prometheus-rules.yml:129: rate() is per second, but the annotation description says "per minute"',
      'prometheus-rules.yml:139: the threshold holds for each series of password_reset_requests_total alone, and the text does not say of which one',
      'prometheus-rules.yml:139: rate() is per second, but the annotation description says "per minute"',
      'prometheus-rules.yml:149: the threshold holds for each series of http_request_duration_seconds_bucket alone, and the text does not say of which one',
      'prometheus-rules.yml:159: "CriticalAPILatency" is critical and has no runbook_url, as other alerts here have',
      'prometheus-rules.yml:160: the threshold holds for each series of http_request_duration_seconds_bucket alone, and the text does not say of which one',
      'prometheus-rules.yml:192: redis_memory_max_bytes is 0 where no maxmemory is set: the division gives +Inf, which is above every threshold',
      'alertmanager.yml:31: continue leads to nobody: none of the routes that follow takes any of its alerts. The receiver "default" of the route above is not told.',
      'alertmanager.yml:61: the inhibition never acts: "alertname" must be equal, and no name stands on both sides (CriticalFailedLoginRate, SQLInjectionAttempt and 6 more against HighFailedLoginRate, RateLimitExceeded and 8 more)',
      'alertmanager.yml:68: HighFailedLoginRate (warning) mutes CriticalAPILatency (critical) with the same instance: the less severe speaks for the worse',
      'alertmanager.yml:95: \\n stands for itself in single quotes: no line ends there',
      'alertmanager.yml:98: the receiver "security-critical" posts a webhook to events.pagerduty.com: PagerDuty does not understand Alertmanager\'s payload',
    ])
  })

  test('no other fenced YAML is for Binnacle: the rest is for Compose, Kubernetes, Grafana and Sloth', () => {
    const others = readdirSync(seeds).flatMap((name) =>
      blocksOf({ name, text: readFileSync(join(seeds, name), 'utf8') }).flatMap((block) =>
        /^(groups|route|scrape_configs):|^- alert:/m.test(block)
          ? []
          : [block.split('\n').find((line) => !/^(#|$)/.test(line))],
      ),
    )
    expect(others).toEqual([
      'custom_metrics:',
      'apiVersion: v1',
      '{',
      'apiVersion: apps/v1',
      'apiVersion: sloth.slok.dev/v1',
      'services:',
      'apiVersion: 1',
      'apiVersion: 1',
      'node-exporter:',
      'redis-exporter:',
      'postgres-exporter:',
    ])
  })
})
