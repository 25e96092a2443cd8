import type { Labels, PromqlFeature, PromqlFeatures } from '@binnacle/promql'
import type { Alerting, ExternalView, HeartbeatView, SnsOutcome } from '../alerting/index.ts'
import type { Place, Secret } from '../config/index.ts'
import type { Doctor } from '../doctor/index.ts'
import type { RemoteWriteStored } from '../metrics/intake/remote-write/index.ts'
import type { ExemplarReader, Querier, SeriesReader } from '../metrics/query/index.ts'
import type { DeletionQuery, MetricMetadata } from '../metrics/store/index.ts'
import type { ResolvedAlertView, RuleAlertView, RuleGroupView, RuleView } from '../rules/index.ts'

/** A target that is scraped, as the Targets API shows it. Times are Unix ms, durations ms. */
export type ActiveTargetView = {
  /** Stable while the target's labels and scrape settings stay the same; safe in a URL. */
  readonly id: string
  readonly discoveredLabels: Labels
  readonly labels: Labels
  readonly scrapePool: string
  readonly scrapeUrl: string
  readonly globalUrl: string
  /** Empty when the last scrape went well. */
  readonly lastError: string
  /** Absent before the first scrape. */
  readonly lastScrapeMs: number | undefined
  readonly lastScrapeDurationMs: number
  readonly health: 'up' | 'down' | 'unknown'
  /** Prometheus durations, such as `15s`. */
  readonly scrapeInterval: string
  readonly scrapeTimeout: string
  /** Samples in the last scrape, before metric relabelling. */
  readonly lastSamples: number
}

/** A target that relabelling dropped. */
export type DroppedTargetView = {
  readonly discoveredLabels: Labels
  readonly scrapePool: string
  /** Which rule dropped it, for people. */
  readonly droppedBy: string
}

/** What one scrape by hand gave. `body` is text, cut at a bound (`truncated`). */
export type RawScrape = {
  readonly status: number
  readonly durationMs: number
  readonly contentType: string
  readonly body: string
  readonly truncated: boolean
  readonly error?: string
}

export type TargetMetadataView = {
  readonly labels: Labels
  families(): readonly (MetricMetadata & { readonly metric: string })[]
}

export type TargetsPart = {
  active(): readonly ActiveTargetView[]
  dropped(): readonly DroppedTargetView[]
  /** Dropped targets of each pool, those that are not kept in `dropped()` included. */
  droppedCounts(): Readonly<Record<string, number>>
  /** All pools, those without targets included. */
  pools(): readonly string[]
  /** What each active target says of its metric families; gathered when `families` is called. */
  metadata(): readonly TargetMetadataView[]
  /** Scrapes once and keeps nothing. Throws `BinnacleError` (kind `missing`) for an unknown id. */
  scrapeNow(id: string, signal: AbortSignal): Promise<RawScrape>
}

export type MetadataPart = {
  /**
   * Entries by metric family, `metric` restricts to one. At most `limit` families (all when absent), each with at most
   * `limitPerMetric` entries (all when not above 0).
   */
  find(query: {
    readonly metric?: string
    readonly limit?: number
    readonly limitPerMetric: number
  }): Promise<ReadonlyMap<string, readonly MetricMetadata[]>>
}

export type WritePart = {
  /**
   * Takes one compressed remote write 1.0 request; resolves once the samples are stored. Throws `BinnacleError`:
   * kind `input` for what will never succeed, `overload` or `unavailable` for what should be sent again.
   */
  receive(body: Buffer, signal: AbortSignal): Promise<unknown>
  /** The same of remote write 2.0; what could not be taken while the rest was is told in `problem`. */
  receiveV2(body: Buffer, signal: AbortSignal): Promise<RemoteWriteStored>
}

export type ReadLimits = {
  /** `remote_read.max_concurrent`: ten times as many may wait. */
  readonly maxConcurrent: number
  /** `remote_read.max_samples`, of one answer of the type SAMPLES. */
  readonly maxSamples: number
  /** `remote_read.max_frame_size`: a frame is ended once it has so many bytes. */
  readonly maxFrameBytes: number
}

export type StorageTable = {
  readonly name: string
  readonly rows: number
  readonly bytes: number
  /** Unix ms; null for an empty table. */
  readonly oldest: number | null
  readonly newest: number | null
}

/** What is kept, where, and how small (`binnacle storage`). */
export type StorageReport = {
  readonly dataDir: string
  readonly tables: readonly StorageTable[]
  readonly samples: number
  /** Bytes on disk by sample; null while there is none. */
  readonly bytesPerSample: number | null
  readonly head: {
    readonly series: number
    readonly samples: number
    readonly bytes: number
    readonly budgetBytes: number
  }
}

export type StoragePart = {
  report(signal: AbortSignal): Promise<StorageReport>
  /** Cuts all open chunks, drops what they replace, waits until the engine has merged; what it did, for people. */
  cut(signal: AbortSignal): Promise<Readonly<Record<string, unknown>>>
}

/** Prometheus's admin API; the part is there when it is switched on. */
export type AdminPart = {
  /** Deletes the samples that the selected series have in `[fromMs, toMs]` (Unix ms); durable once it resolves. */
  deleteSeries(query: DeletionQuery, signal: AbortSignal): Promise<unknown>
  /** Takes what was deleted out of storage; goes on when the client does not wait. */
  cleanTombstones(): Promise<unknown>
  /** Copies all that is stored into a folder below the data directory; `skipHead` leaves out what no chunk holds yet. */
  snapshot(options: { readonly skipHead: boolean }, signal: AbortSignal): Promise<{ readonly name: string }>
}

export type LifecyclePart = {
  /** Why Binnacle is not ready, in words; empty when it is. */
  notReadyReasons(): readonly string[]
  /** Reads the configuration again. Throws and leaves the old one running when the new one is bad. */
  reload(): Promise<void>
}

export type NamedCount = { readonly name: string; readonly value: number }

/** Prometheus's `status/tsdb` in our words. */
export type HeadStatus = {
  readonly series: number
  readonly chunks: number
  readonly labelPairs: number
  /** Unix ms. */
  readonly minTimeMs: number
  readonly maxTimeMs: number
  readonly seriesByMetric: readonly NamedCount[]
  readonly valuesByLabel: readonly NamedCount[]
  readonly bytesByLabel: readonly NamedCount[]
  readonly seriesByLabelPair: readonly NamedCount[]
}

export type StatusPart = {
  readonly version: string
  /** Unix ms. */
  readonly startedAtMs: number
  /** The running configuration as YAML; secrets show as `<secret>`. */
  configYaml(): string
  /** Settings by name, as text; secrets hidden. */
  flags(): Readonly<Record<string, string>>
  /** Such as `30d`. */
  retention(): string
  lastReload(): { readonly ok: boolean; readonly atMs: number; readonly error?: string }
  /** Biggest `limit` entries in each list. */
  head(limit: number): Promise<HeadStatus>
  readonly workingDirectory: string
}

/** `GET /api/app/self`: what the shell of the page shows all the time. */
export type SelfReport = {
  readonly version: string
  /** Unix ms. */
  readonly startedAt: number
  readonly now: number
  /** Not yet: what is stored is being loaded, and no rule is evaluated. */
  readonly starting: boolean
  readonly host: { readonly name: string }
  readonly ingest: { readonly samplesPerSecond: number }
  readonly series: number
  readonly storage: { readonly bytesPerSample: number | null; readonly bytes: number; readonly samples: number }
  readonly memory: {
    readonly rssBytes: number
    readonly pssBytes: number | null
    readonly watchBytes: number
    readonly engineBytes: number | null
  }
  readonly queue: { readonly pendingSamples: number; readonly maxPendingSamples: number }
  readonly engine: { readonly state: string }
  /** Experimental parts of PromQL that are switched on. */
  readonly promqlFeatures: readonly PromqlFeature[]
  readonly config: {
    readonly warnings: readonly ConfigFinding[]
    readonly errors: readonly ConfigFinding[]
    readonly lastReload: { readonly ok: boolean; readonly at: number; readonly error?: string }
    /** What is wrong with discovery and single targets at this moment; at most 200. */
    readonly problems: readonly DiscoveryProblem[]
  }
}

/** Such as a file of targets that cannot be read, with its place where there is one. */
export type DiscoveryProblem = {
  /** Name of the scrape pool, which is its job. */
  readonly pool: string
  readonly message: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

export type ConfigFinding = {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
}

export type { ResolvedAlertView, RuleAlertView, RuleGroupView, RuleView }

/** Rule groups as they are evaluated now. */
export type RulesPart = { groups(): readonly RuleGroupView[] }

/** Alerts that other senders push in formats of their own. */
export type AlertIntakePart = {
  /** Demanded of each request when it is set. */
  readonly token?: Secret
  /** One body as Amazon SNS posts it. */
  sns(body: string, signal: AbortSignal): Promise<SnsOutcome>
  /** One body in the webhook format of Alertmanager, which Grafana uses too; `source` becomes a label. */
  webhook(source: string, body: string): Promise<{ readonly alerts: number }>
}

/** Something that reading the configuration of alerting finds. */
export type RoutingFinding = {
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly hint?: string
  readonly place: Place
}

export type RuleTestReport = {
  readonly ok: boolean
  readonly durationMs: number
  readonly files: readonly {
    readonly file: string
    readonly ok: boolean
    /** Tests in the file. */
    readonly tests: number
    readonly failures: readonly { readonly message: string; readonly line?: number }[]
  }[]
}

/** What is found by reading files instead of waiting for the night. */
export type ChecksPart = {
  /** Of routes, inhibitions and receivers in force. */
  routing(): readonly RoutingFinding[]
  /** Configured files of rule tests that name the rule. */
  testFiles(rule: RuleView): readonly string[]
  runTests(files: readonly string[], signal: AbortSignal): Promise<RuleTestReport>
}

/** Whether each rule can fire and each route gets an alert. */
export type DoctorPart = Pick<Doctor, 'view' | 'run'>

/** What the HTTP floor stands on; the composition root hands it in. */
export type HttpParts = {
  readonly querier: Querier
  readonly write: WritePart
  readonly targets: TargetsPart
  readonly metadata: MetadataPart
  readonly storage: StoragePart
  readonly admin: AdminPart | undefined
  readonly lifecycle: LifecyclePart
  readonly status: StatusPart
  readonly self: () => SelfReport
  readonly exemplars: ExemplarReader
  readonly series: SeriesReader
  readonly readLimits: ReadLimits
  readonly heartbeat: () => HeartbeatView
  /** All are absent where nothing is alerted upon. */
  readonly rules: RulesPart | undefined
  readonly alerting: Alerting | undefined
  /** Alertmanagers elsewhere that alerts are sent to; whole addresses. */
  readonly alertmanagers: () => ExternalView
  readonly alertIntake: AlertIntakePart | undefined
  readonly checks: ChecksPart | undefined
  readonly doctor: DoctorPart | undefined
  /** Experimental parts of the language that are switched on. */
  readonly features: PromqlFeatures
}
