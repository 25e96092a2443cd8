import { availableParallelism, hostname } from 'node:os'
import { join } from 'node:path'
import {
  type AlertingConfig,
  createAlerting,
  createExternalAlertmanagers,
  createHeartbeat,
  type HeartbeatOptions,
} from './alerting/index.ts'
import { createHostCollector, type HostCollector, registerProcessMetrics } from './collectors/index.ts'
import {
  alertingLimitsOf,
  buildAlertingConfig,
  type CheckedFiles,
  createAdminPart,
  createAlertIntakePart,
  createChecks,
  createConfigState,
  createHeadStatus,
  createMetadataPart,
  createRules,
  createSelfReport,
  createSeriesSource,
  createStorageWatch,
  createTargetsPart,
  doctorInputOf,
  engineOptionsOf,
  externalAlertmanagersOf,
  headBytesOf,
  heartbeatOf,
  hostOptionsOf,
  maxSamplesOf,
  problemsOfAlerting,
  type ReadExternal,
  type ReadPrometheusConfig,
  type ReadRules,
  readAlertmanagerFile,
  readRules,
  workersOf,
} from './composition/index.ts'
import { formatDurationMs } from './config/index.ts'
import { effectiveYaml, type LoadedSettings } from './config/settings/index.ts'
import { createDoctor } from './doctor/index.ts'
import { createBatchWriter, createEngine, migrate } from './engine/index.ts'
import { createHttpServer } from './http/index.ts'
import { createRemoteWriteReceiver } from './metrics/intake/remote-write/index.ts'
import { createScrapeManager, createScrapePlaces } from './metrics/intake/scrape/index.ts'
import { createExemplarReader, createLastSeen, createQuerier, createSeriesReader } from './metrics/query/index.ts'
import { createMetricsStore, metricsMigrations } from './metrics/store/index.ts'
import { createState } from './state/index.ts'
import { type Clock, createRegistry, type Logger } from './telemetry/index.ts'

export type BinnacleDeps = {
  readonly log: Logger
  readonly clock: Clock
  readonly version: string
  /** Reads the settings anew, for a reload. Throws when they are bad. */
  readonly reloadSettings: () => LoadedSettings
}

export type Binnacle = {
  /** Resolves once everything runs and the port is open; rejects with `signal.reason` when stopped before. */
  start(signal: AbortSignal): Promise<{ readonly url: string }>
  /** Reads the configuration again. Throws when it is bad; the running one goes on then. */
  reload(): Promise<void>
  /** Safe twice, and after a failed start. */
  stop(): Promise<void>
}

const LOOKBACK_MS = 300_000
const DOCTOR_INTERVAL_MS = 5 * 60_000
/** What was here within this time counts as being there. */
const DOCTOR_WINDOW_MS = 7 * 86_400_000
const WRITER_BYTES = 96 * 1024 * 1024
/** A scrape counts once it is in the engine, at most this long after it. */
const FLUSH_MS = 1_000

/** Builds all parts, in the order in which data passes through them. Building has no side effects. */
export function createBinnacle(initial: LoadedSettings, deps: BinnacleDeps): Binnacle {
  const { log, clock, version } = deps
  const { settings } = initial
  const startedAtMs = clock.now()
  const registry = createRegistry()
  const config = createConfigState(clock)
  const life = new AbortController()

  const state = createState(
    { clock, log: log.child({ part: 'state' }), registry },
    { file: join(settings.data_dir, 'state.db') },
  )
  const alerting = createAlerting(
    { state, clock, log: log.child({ part: 'alerting' }), registry },
    alertingLimitsOf(settings),
  )
  const engine = createEngine({ clock, log: log.child({ part: 'engine' }), registry }, engineOptionsOf(settings))
  const { client } = engine
  const writer = createBatchWriter(
    { client, clock, log: log.child({ part: 'writer' }), registry },
    { name: 'metrics', maxPendingBytes: WRITER_BYTES },
  )
  const store = createMetricsStore(
    { client, writer, clock, log: log.child({ part: 'store' }), registry },
    {
      retentionMs: settings.retention.metrics,
      headMaxBytes: headBytesOf(settings),
      maxPendingBytes: settings.head.max_pending,
      flushMs: FLUSH_MS,
    },
  )
  const querier = createQuerier(
    { view: store.view, client, endpoint: engine.endpoint, clock, log: log.child({ part: 'query' }), registry },
    {
      timeoutMs: settings.query.timeout,
      maxSamples: maxSamplesOf(settings),
      maxSteps: settings.query.max_steps,
      lookbackMs: LOOKBACK_MS,
      maxResponseBytes: settings.query.max_response_size,
      maxConcurrency: settings.query.max_concurrency,
      chunkCacheBytes: settings.query.chunk_cache_size,
      workers: workersOf(settings, availableParallelism()),
      features: settings.query.enable_features,
      resultCacheBytes: settings.query.result_cache_size,
    },
  )
  const exemplars = createExemplarReader(
    { view: store.view, client, clock },
    { maxExemplars: settings.query.max_exemplars, timeoutMs: settings.query.timeout },
  )
  const series = createSeriesReader(
    { view: store.view, client, clock },
    { timeoutMs: settings.query.timeout, maxSeries: settings.query.max_read_series, lookbackMs: LOOKBACK_MS },
  )
  const external = createExternalAlertmanagers({
    clock,
    log: log.child({ part: 'alertmanagers' }),
    registry,
    userAgent: `Binnacle/${version}`,
    environment: process.env,
  })
  const places = createScrapePlaces({ seed: hostname(), spread: settings.scrape.spread })
  const rules = createRules(
    {
      store,
      queries: querier,
      series,
      state,
      alerting,
      external,
      windowEnd: places.windowEnd,
      clock,
      log: log.child({ part: 'rules' }),
      registry,
    },
    settings,
  )
  const scrape = createScrapeManager(
    { store, clock, log: log.child({ part: 'scrape' }), registry },
    { places, userAgent: `Binnacle/${version}` },
  )
  const write = createRemoteWriteReceiver({
    store,
    registry,
    limits: { maxDecodedBytes: settings.limits.max_unpacked_write_size },
  })
  const processes = registerProcessMetrics(registry, {
    clock,
    processes: () => [
      { name: 'watch', pid: process.pid },
      ...(engine.pid === undefined ? [] : [{ name: 'engine', pid: engine.pid }]),
    ],
  })
  const storage = createStorageWatch({ client, clock, log, registry })
  // Dashboards and rules of both ask for them by these names.
  for (const program of ['prometheus', 'alertmanager']) {
    registry.observe(
      `${program}_config_last_reload_successful`,
      'Whether the configuration was good when it was last read.',
      'gauge',
      [],
      () => [[[], config.lastReload.ok ? 1 : 0]],
    )
    registry.observe(
      `${program}_config_last_reload_success_timestamp_seconds`,
      'When a good configuration was last read.',
      'gauge',
      [],
      () => [[[], config.lastGoodMs / 1000]],
    )
  }
  registry.observe('binnacle_build_info', 'Version of Binnacle.', 'gauge', ['version'], () => [[[version], 1]])

  let host: HostCollector | undefined
  let storeLoaded = false
  let rulesStarted = false
  let stopping: Promise<void> | undefined
  let prometheusFile = settings.prometheus_config
  let listenUrl = ''

  const checks = createChecks(clock, () => alerting.others())
  const doctor = createDoctor(
    {
      source: createSeriesSource(querier, createLastSeen({ view: store.view, client, clock }), scrape, clock),
      others: () => alerting.others(),
      clock,
      log: log.child({ part: 'doctor' }),
      registry,
    },
    { intervalMs: DOCTOR_INTERVAL_MS, windowMs: Math.min(DOCTOR_WINDOW_MS, settings.retention.metrics) },
  )
  const heartbeat = createHeartbeat(
    {
      clock,
      log: log.child({ part: 'heartbeat' }),
      registry,
      fetch,
      check: () =>
        storeLoaded
          ? problemsOfAlerting(rules.groups(), alerting.receivers(), { nowMs: clock.now(), startedAtMs })
          : ['the metrics store is loading'],
    },
    heartbeatOf(settings),
  )

  const http = createHttpServer(
    {
      clock,
      log: log.child({ part: 'http' }),
      registry,
      parts: {
        querier,
        exemplars,
        series,
        readLimits: {
          maxConcurrent: settings.remote_read.max_concurrent,
          maxSamples: settings.remote_read.max_samples,
          maxFrameBytes: settings.remote_read.max_frame_size,
        },
        write,
        targets: createTargetsPart(scrape),
        metadata: createMetadataPart(scrape, store.view),
        storage: {
          async report(signal) {
            const facts = await storage.read(signal)
            const stats = store.stats()
            return {
              dataDir: settings.data_dir,
              tables: facts.tables,
              samples: facts.samples,
              bytesPerSample: Number.isFinite(facts.bytesPerSample) ? facts.bytesPerSample : null,
              head: {
                series: stats.series,
                samples: stats.samplesAppended,
                bytes: stats.head.usedBytes,
                budgetBytes: stats.head.maxBytes,
              },
            }
          },
          cut: (signal) => store.cutNow(signal),
        },
        admin: settings.admin_api.enabled
          ? createAdminPart({ store, engine, clock, dataDir: settings.data_dir })
          : undefined,
        lifecycle: {
          notReadyReasons() {
            const { problem } = store.stats().log
            return [
              ...(engine.state() === 'up' ? [] : [`the engine is ${engine.state()}`]),
              ...(storeLoaded ? [] : ['the metrics store is loading']),
              ...(problem === undefined ? [] : [`the engine refuses to take samples: ${problem}`]),
            ]
          },
          reload,
        },
        status: {
          version,
          startedAtMs,
          configYaml: () => effectiveYaml(initial.entries),
          flags: () => Object.fromEntries(initial.entries.map(({ path, text }) => [path, text])),
          retention: () => formatDurationMs(settings.retention.metrics),
          lastReload: () => config.lastReload,
          head: createHeadStatus(store.view),
          workingDirectory: process.cwd(),
        },
        rules,
        alerting,
        alertmanagers: () => external.view(),
        alertIntake: createAlertIntakePart(
          { clock, log: log.child({ part: 'alert intake' }), fetch, receive: (alerts) => alerting.receive(alerts) },
          settings,
        ),
        checks,
        doctor,
        heartbeat: heartbeat.view,
        features: new Set(settings.query.enable_features),
        self: createSelfReport({
          isStarting: () => !rulesStarted,
          version,
          startedAtMs,
          clock,
          registry,
          engine,
          store,
          storage,
          config,
          scrape,
          promqlFeatures: settings.query.enable_features,
        }),
      },
    },
    {
      listen: settings.listen,
      limits: {
        maxConnections: settings.limits.max_connections,
        maxWriteBytes: settings.limits.max_write_size,
        maxFormBytes: settings.limits.max_form_size,
        maxBufferedBytes: settings.limits.max_buffered_size,
      },
    },
  )

  function addOwnTargets(): void {
    const { host: hostSettings, process: processSettings } = settings.collectors
    const instance = hostname()
    if (hostSettings.enabled) {
      host = createHostCollector(hostOptionsOf(settings), { clock, log: log.child({ part: 'host' }) })
      const { collect } = host
      scrape.addInternal({ job: 'host', instance, intervalMs: hostSettings.interval, collect })
    }
    if (processSettings.enabled) {
      scrape.addInternal({
        job: 'binnacle',
        instance,
        intervalMs: processSettings.interval,
        collect: async () => registry.render('text'),
      })
    }
  }

  async function reload(): Promise<void> {
    let beat: HeartbeatOptions | undefined
    let prometheus: ReadPrometheusConfig
    let routing: AlertingConfig
    let ruleFiles: ReadRules
    let elsewhere: ReadExternal
    let checked: CheckedFiles
    try {
      // All files first: nothing changes when one of them is bad.
      const next = deps.reloadSettings()
      prometheusFile = next.settings.prometheus_config
      beat = heartbeatOf(next.settings)
      const read = readAlertmanagerFile(next.settings, next.file)
      const externalUrl = next.settings.external_url ?? listenUrl
      routing = await buildAlertingConfig(read, { clock, log, version, externalUrl })
      prometheus = config.read(prometheusFile)
      ruleFiles = readRules(prometheus, next.settings, { ...rulesPlaces(next), externalUrl })
      checked = { alertmanager: read, rules: ruleFiles, settings: next.settings, alerting: prometheus.alerting }
      elsewhere = externalAlertmanagersOf(prometheus, next.settings)
      config.foundElsewhere([...read.warnings, ...ruleFiles.warnings, ...elsewhere.warnings])
    } catch (error) {
      config.failed(error)
      throw error
    }
    scrape.apply(prometheus)
    await alerting.apply(routing)
    external.apply(elsewhere.config)
    await rules.apply(ruleFiles.config)
    checks.apply(checked)
    doctor.apply(doctorInputOf(checked))
    heartbeat.apply(beat)
    for (const { file, line, message } of config.warnings) log.warn({ file, line, finding: message }, 'configuration')
    log.info({}, 'configuration reloaded')
  }

  return {
    async start(signal) {
      const halt = () => life.abort(signal.reason)
      signal.addEventListener('abort', halt, { once: true })
      // A bad configuration or a taken port is told before the engine is started for nothing.
      const prometheus = config.read(prometheusFile)
      const alertmanager = readAlertmanagerFile(settings, initial.file)
      const about = { ...rulesPlaces(initial), externalUrl: settings.external_url ?? '' }
      const ruleFiles = readRules(prometheus, settings, about)
      const elsewhere = externalAlertmanagersOf(prometheus, settings)
      external.apply(elsewhere.config)
      config.foundElsewhere([...alertmanager.warnings, ...ruleFiles.warnings, ...elsewhere.warnings])
      const checked = { alertmanager, rules: ruleFiles, settings, alerting: prometheus.alerting }
      checks.apply(checked)
      doctor.apply(doctorInputOf(checked))
      scrape.apply(prometheus)
      const { url } = await http.start()
      listenUrl = url
      const externalUrl = settings.external_url ?? url
      await rules.apply({ ...ruleFiles.config, externalUrl: externalUrl.replace(/\/+$/, '') })
      await alerting.apply(await buildAlertingConfig(alertmanager, { clock, log, version, externalUrl }))
      // Alerts from outside are taken and told while the engine is still on its way.
      await state.start(life.signal)
      await alerting.start(life.signal)
      await engine.start(life.signal)
      // Tables before anything reads or writes them.
      await migrate({ client, clock, log }, 'metrics', metricsMigrations, life.signal)
      await store.start(life.signal)
      storeLoaded = true
      storage.start(life.signal)
      // Only now: what is scraped must have a place to go.
      addOwnTargets()
      scrape.start(life.signal)
      external.start(life.signal)
      // They read what is loaded by now, and write beside what is scraped.
      await rules.start(life.signal)
      rulesStarted = true
      heartbeat.start(life.signal)
      doctor.start(life.signal)
      http.rehearse()
      signal.removeEventListener('abort', halt)
      for (const { file, line, message } of config.warnings) log.warn({ file, line, finding: message }, 'configuration')
      return { url }
    },
    reload,
    stop() {
      stopping ??= (async () => {
        // Intake first, so that what is on its way is written; the engine last, because everybody needs it.
        await Promise.all([scrape.stop(), http.stop(), heartbeat.stop(), doctor.stop()])
        await host?.stop()
        // From the alerts' source to their end: what rules found goes to alerting, and what both did becomes rows.
        await rules.stop()
        await Promise.all([alerting.stop(), external.stop()])
        await state.stop()
        await querier.stop()
        await store.stop()
        await writer.drain(2_000)
        life.abort(new Error('stopped'))
        await processes.stop()
        await engine.stop()
      })()
      return stopping
    },
  }
}

/** For findings about `rules.files`. */
function rulesPlaces({ file, entries }: LoadedSettings) {
  return { settingsFile: file, filesPlace: entries.find(({ path }) => path === 'rules.files')?.place }
}
