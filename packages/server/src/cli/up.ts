import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Binnacle } from '../binnacle.ts'
import { BinnacleError } from '../config/index.ts'
import { FLAGS, type FlagName, type LoadedSettings, loadSettings } from '../config/settings/index.ts'
import { createLogger, type Logger, systemClock } from '../telemetry/index.ts'
import { readConfigFile } from './config-file.ts'
import { watchParent } from './parent.ts'
import { tuneRuntime } from './tune-runtime.ts'
import { readVersion } from './version.ts'

type UpFlags = { config?: string } & { [name: string]: string | true | undefined }

export function addUp(program: Command): void {
  program
    .command('up', { isDefault: true })
    .description('start Binnacle: collect, store, answer, show (this is what runs when no command is named)')
    .option('--config <file>', 'settings of Binnacle (default: binnacle.yml, when it is there)')
    .option(
      '--prometheus-config <file>',
      'what to scrape, as Prometheus reads it (default: prometheus.yml, when it is there)',
    )
    .option(
      '--alertmanager-config <file>',
      'who is told of alerts, as Alertmanager reads it (default: alertmanager.yml, when it is there)',
    )
    .option('--data <dir>', 'folder of everything that is kept (default: binnacle-data)')
    .option('--listen <host:port>', 'address of the pages and APIs (default: 127.0.0.1:7070)')
    .option('--retention <duration>', 'how long samples are kept (default: 30d)')
    .option('--log-level <level>', 'error, warn, info, debug or silent (default: warn)')
    .option(
      '--enable-feature <names>',
      'experimental parts of PromQL, by Prometheus’s names with commas between them',
      (given: string, before: string | undefined) => (before === undefined ? given : `${before},${given}`),
    )
    .option('--web.enable-admin-api', 'allow deleting series and taking snapshots over HTTP')
    .option('--rules.alert.resend-delay <duration>', 'least time between two messages about an alert (default: 1m)')
    .option(
      '--rules.alert.for-outage-tolerance <duration>',
      'after a longer outage a pending alert begins its "for" anew (default: 1h)',
    )
    .option(
      '--rules.alert.for-grace-period <duration>',
      'least time from a restart to an alert restored from its series (default: 10m)',
    )
    .action((flags: UpFlags) => up(flags))
}

/** Reads the settings as the flags say. Throws `ConfigErrors`, or `BinnacleError` for a file that is not there. */
export function readSettings(flags: UpFlags, environment: NodeJS.ProcessEnv, workingDirectory: string): LoadedSettings {
  const given: Partial<Record<FlagName, string | true>> = {}
  for (const name of Object.keys(FLAGS) as FlagName[]) {
    const value = flags[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())]
    if (value !== undefined) given[name] = value
  }
  const configFile =
    flags.config ?? (existsSync(resolve(workingDirectory, 'binnacle.yml')) ? 'binnacle.yml' : undefined)
  const folder = configFile === undefined ? workingDirectory : dirname(resolve(workingDirectory, configFile))
  const prometheusConfig = resolve(folder, 'prometheus.yml')
  const alertmanagerConfig = resolve(folder, 'alertmanager.yml')
  return loadSettings({
    ...(configFile === undefined
      ? {}
      : {
          file: {
            name: configFile,
            text: readConfigFile(
              resolve(workingDirectory, configFile),
              configFile,
              'check the path given with --config',
            ),
          },
        }),
    flags: given,
    environment,
    workingDirectory,
    ...(existsSync(prometheusConfig) ? { foundPrometheusConfig: prometheusConfig } : {}),
    ...(existsSync(alertmanagerConfig) ? { foundAlertmanagerConfig: alertmanagerConfig } : {}),
  })
}

// Ctrl-C under npm arrives twice: from the terminal, and passed on by npm. That is one wish, not an impatient second one.
const SAME_SIGNAL_MS = 500

async function up(flags: UpFlags): Promise<void> {
  tuneRuntime()
  const workingDirectory = process.cwd()
  const read = () => readSettings(flags, process.env, workingDirectory)
  const loaded = read()
  const log = createLogger({ level: loaded.settings.log.level })
  const version = readVersion()
  // Loaded here and not above: without it the other commands start in 0.2 instead of 0.35 s.
  const { createBinnacle } = await import('../binnacle.ts')
  const binnacle = createBinnacle(loaded, { log, clock: systemClock, version, reloadSettings: read })
  await runUntilStopped(binnacle, log)
}

/**
 * Starts, says so in one line on stdout, and stays until a signal, or until a parent that started us through npm has
 * gone: npm's shell passes no signal on. A second signal ends at once.
 */
async function runUntilStopped(binnacle: Binnacle, log: Logger): Promise<void> {
  const started = new AbortController()
  let end: (reason: string) => void = () => {}
  const ended = new Promise<string>((resolve) => {
    end = resolve
  })
  let stoppingSince: number | undefined
  const onSignal = (name: NodeJS.Signals) => {
    const now = systemClock.monotonic()
    if (stoppingSince !== undefined) {
      if (now - stoppingSince < SAME_SIGNAL_MS) return
      log.warn({ signal: name }, 'second signal: ending at once')
      process.exit(1)
    }
    stoppingSince = now
    started.abort(new BinnacleError('up.stopped', `stopped by ${name} while starting`, { kind: 'unavailable' }))
    end(name)
  }
  const onReload = () => {
    binnacle.reload().catch((error: unknown) => log.error({ error }, 'reload failed; the old configuration goes on'))
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onReload)
  const unwatch =
    process.env.npm_lifecycle_event === undefined
      ? () => {}
      : watchParent(systemClock, () => {
          if (stoppingSince === undefined) onSignal('SIGTERM')
        })
  try {
    try {
      const { url } = await binnacle.start(started.signal)
      process.stdout.write(`Binnacle is ready: ${url}\n`)
      log.info({ reason: await ended }, 'stopping')
    } catch (error) {
      if (stoppingSince === undefined) throw error
    }
  } finally {
    unwatch()
    await binnacle.stop()
    process.off('SIGHUP', onReload)
  }
}
