import { statfs } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { BinnacleError, messageOf } from '../../config/index.ts'
import type { Clock, Logger } from '../../telemetry/index.ts'
import { mapBounded } from './bounded.ts'
import { type Collect, type CollectorEnv, type CollectorFactory, NoDataError } from './collector.ts'
import { type HostOptions, type HostOptionsInput, hostOptionsSchema } from './config.ts'
import { createFileReader } from './file-reader.ts'
import { linuxCollectors } from './linux/index.ts'
import { labels, MetricText } from './metric-text.ts'
import { createPortable } from './portable.ts'

export type HostDeps = {
  readonly clock: Clock
  readonly log: Logger
  /** As `process.platform`; a test may name another one. */
  readonly platform?: NodeJS.Platform
  /** Collectors instead of the platform's own, by name: for tests of what happens when one hangs. */
  readonly collectors?: ReadonlyMap<string, CollectorFactory>
}

export type HostCollector = {
  /**
   * One reading of the host as Prometheus text 0.0.4, `nowMs` being the wall clock (Unix ms). Never rejects: a
   * collector that fails or outlasts `timeout_ms` shows in `node_scrape_collector_success`. A call while another is
   * under way gets that one's answer. After `stop()` the answer is empty.
   */
  collect(nowMs: number): Promise<string>
  /** Gives the open files back. Waits for a round under way, at most `timeout_ms`. */
  stop(): Promise<void>
}

/** Collectors that run at the same time. Each reads up to READ_WIDTH files at once, in the shared thread pool. */
const COLLECTORS_AT_ONCE = 3

type Running = { readonly name: string; readonly collect: Collect; busy: boolean; lastError: string | undefined }

/**
 * The host as node exporter's default collectors show it: same names, labels, types and help.
 * What is missing stands in docs/collectors.md. Throws a BinnacleError (`collectors.bad_option`) that names all options
 * that are wrong.
 */
export function createHostCollector(input: HostOptionsInput, deps: HostDeps): HostCollector {
  const options = readOptions(input)
  const { clock, log } = deps
  const platform = deps.platform ?? process.platform
  const files = createFileReader()
  const env: CollectorEnv = {
    options,
    files,
    clock,
    log,
    statfs: (mountPoint) => statfs(mountPoint),
    proc: (name) => path.join(options.procfs, name),
    sys: (name) => path.join(options.sysfs, name),
    root: (name) => path.join(options.rootfs, name),
  }
  const running: Running[] = []
  for (const [name, factory] of deps.collectors ?? collectorsOf(platform, options, log)) {
    running.push({ name, collect: factory(env), busy: false, lastError: undefined })
  }
  let round: Promise<string> | undefined
  let stopped = false

  async function collectAll(nowMs: number): Promise<string> {
    const results = await mapBounded(running, COLLECTORS_AT_ONCE, (one) => collectOne(one, nowMs))
    const all = new MetricText()
    const duration = all.gauge(
      'node_scrape_collector_duration_seconds',
      'node_exporter: Duration of a collector scrape.',
    )
    const success = all.gauge('node_scrape_collector_success', 'node_exporter: Whether a collector succeeded.')
    let text = ''
    const seen = new Set<string>()
    results.forEach(({ out, seconds, ok }, i) => {
      const label = labels('collector', running[i]!.name)
      duration.add(seconds, label)
      success.add(ok ? 1 : 0, label)
      // A family in two places would make the whole text invalid; only text files can bring one. The first wins.
      for (const name of [...out.families.keys()]) {
        if (seen.has(name) || all.families.has(name)) out.families.delete(name)
        else seen.add(name)
      }
      text += out.render()
    })
    return text + all.render()
  }

  async function collectOne(one: Running, nowMs: number): Promise<{ out: MetricText; seconds: number; ok: boolean }> {
    // What hung last time still holds threads of the pool: no second attempt before the first has come back.
    if (one.busy) return { out: new MetricText(), seconds: 0, ok: false }
    one.busy = true
    const startedMs = clock.monotonic()
    let out = new MetricText()
    const work = one.collect(out, nowMs).then(
      () => undefined,
      (error: unknown) => error ?? new Error('failed without a reason'),
    )
    void work.then(() => {
      one.busy = false
    })
    let cancel = () => {}
    const late = new Promise<Error>((resolve) => {
      cancel = clock.after(options.timeout_ms, () => resolve(new Error(`no end within ${options.timeout_ms} ms`)))
    })
    const error = await Promise.race([work, late])
    cancel()
    if (one.busy) out = new MetricText()
    report(one, error)
    return { out, seconds: (clock.monotonic() - startedMs) / 1000, ok: error === undefined }
  }

  /** One line when a collector begins to fail or its reason changes, not one every five seconds. */
  function report(one: Running, error: unknown): void {
    const message = error === undefined ? undefined : messageOf(error)
    if (message === one.lastError) return
    one.lastError = message
    if (error === undefined) log.info({ collector: one.name }, 'host collector works again')
    else if (error instanceof NoDataError)
      log.debug({ collector: one.name, reason: message }, 'host collector has nothing')
    else log.warn({ collector: one.name, error }, 'host collector failed')
  }

  return {
    collect(nowMs) {
      if (stopped) return Promise.resolve('')
      round ??= collectAll(nowMs).finally(() => {
        round = undefined
      })
      return round
    },
    async stop() {
      stopped = true
      await round
      files.close()
    },
  }
}

function readOptions(input: HostOptionsInput): HostOptions {
  const result = hostOptionsSchema.safeParse(input)
  if (result.success) return result.data
  const findings = result.error.issues.map(
    ({ path, message }) => `${['collectors.host', ...path].join('.')}: ${message}`,
  )
  throw new BinnacleError('collectors.bad_option', findings.join('; '), {
    hint: 'docs/collectors.md lists the options of the host collector',
  })
}

function collectorsOf(
  platform: NodeJS.Platform,
  options: HostOptions,
  log: Logger,
): ReadonlyMap<string, CollectorFactory> {
  if (platform === 'linux') {
    return new Map([...linuxCollectors].filter(([name]) => options.families[name] !== false))
  }
  log.info(
    { platform, release: os.release() },
    'this platform has no /proc: load, memory, CPU and uname are collected; disk, file systems and network are not',
  )
  return new Map([['portable', createPortable]])
}
