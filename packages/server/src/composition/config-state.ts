import { readFileSync } from 'node:fs'
import { BinnacleError, ConfigErrors, messageOf } from '../config/index.ts'
import type { ConfigFinding } from '../http/index.ts'
import {
  type ConfigWarning,
  checkPrometheusConfig,
  NO_ALERTMANAGERS,
  type PrometheusConfig,
} from '../metrics/intake/prometheus-config/index.ts'
import type { Clock } from '../telemetry/index.ts'

/** What was read last, and what came of it. The running configuration only changes when the new one is good. */
export type ConfigState = {
  /** Reads prometheus.yml, or nothing when there is none. Throws `ConfigErrors`; what was read before stays. */
  read(file: string | undefined): ReadPrometheusConfig
  /** What was found in other files (rules, alertmanager.yml); shown with the others. */
  foundElsewhere(warnings: readonly ConfigWarning[]): void
  /** A reload failed for another reason than prometheus.yml. */
  failed(error: unknown): void
  readonly warnings: readonly ConfigWarning[]
  readonly errors: readonly ConfigFinding[]
  /** Unix ms. */
  readonly lastGoodMs: number
  readonly lastReload: { readonly ok: boolean; readonly atMs: number; readonly error?: string }
}

/** Without a prometheus.yml there are no jobs, no rule files, and no globals. */
export type ReadPrometheusConfig = Pick<PrometheusConfig, 'scrapeConfigs' | 'ruleFiles' | 'alerting'> & {
  readonly global?: PrometheusConfig['global']
}

export function createConfigState(clock: Clock): ConfigState {
  let warnings: readonly ConfigWarning[] = []
  let elsewhere: readonly ConfigWarning[] = []
  let errors: readonly ConfigFinding[] = []
  let lastGoodMs = clock.now()
  let lastReload: { ok: boolean; atMs: number; error?: string } = { ok: true, atMs: clock.now() }

  function readText(file: string): string {
    try {
      return readFileSync(file, 'utf8')
    } catch (error) {
      throw new ConfigErrors([
        new BinnacleError('config.unreadable', `cannot read ${file}: ${messageOf(error)}`, {
          kind: 'missing',
          place: { file, line: 1, column: 1 },
          hint: 'check the path given with --prometheus-config',
        }),
      ])
    }
  }

  function failed(error: unknown): void {
    const findings = error instanceof ConfigErrors ? error.errors : [error]
    errors = findings.map((finding) => {
      const place = finding instanceof BinnacleError ? finding.place : undefined
      return {
        file: place?.file ?? '',
        line: place?.line ?? 1,
        column: place?.column ?? 1,
        message: messageOf(finding),
      }
    })
    lastReload = { ok: false, atMs: clock.now(), error: messageOf(error) }
  }

  return {
    read(file) {
      try {
        if (file === undefined) {
          warnings = []
          errors = []
          lastGoodMs = clock.now()
          lastReload = { ok: true, atMs: lastGoodMs }
          return { scrapeConfigs: [], ruleFiles: [], alerting: NO_ALERTMANAGERS }
        }
        const checked = checkPrometheusConfig(readText(file), file)
        if (!checked.config) throw new ConfigErrors([...checked.errors])
        warnings = checked.warnings
        errors = []
        lastGoodMs = clock.now()
        lastReload = { ok: true, atMs: lastGoodMs }
        return checked.config
      } catch (error) {
        failed(error)
        throw error
      }
    },
    foundElsewhere(found) {
      elsewhere = found
    },
    failed,
    get warnings() {
      return [...warnings, ...elsewhere]
    },
    get errors() {
      return errors
    },
    get lastGoodMs() {
      return lastGoodMs
    },
    get lastReload() {
      return lastReload
    },
  }
}
