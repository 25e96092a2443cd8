import type { z } from 'zod'
import type { Report } from '../../config/go-yaml/index.ts'
import type { YamlPath } from '../../config/index.ts'
import type { Clock, Logger } from '../../telemetry/index.ts'
import { fallbackTemplates } from './fallback-templates.ts'
import type { Globals } from './globals.ts'
import type { Notifier } from './notifier.ts'
import type { Templates } from './templates.ts'
import { withFallback } from './with-fallback.ts'

/** What every receiver is built from. */
export type NotifierDeps = {
  readonly clock: Clock
  readonly log: Logger
  readonly templates: Templates
  /** Sent as `User-Agent`, such as `Binnacle/0.1.0`. */
  readonly userAgent: string
  /** Name of this machine, for message ids of mails. */
  readonly hostname: string
  /** For `proxy_from_environment` and credentials of AWS. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** An attempt without an answer ends after this long, ms; absent: 30 s. */
  readonly attemptTimeoutMs?: number
}

/** What an entry of a receiver is checked with. */
export type ReceiverContext = {
  readonly globals: Globals
  /** An error of the entry, in Alertmanager's words; `path` counts from the entry (`['api_url']`, `[]`: the entry). */
  readonly report: Report
  /** Something that works, but not as it is written. */
  readonly warn?: Report
  /** Folder of alertmanager.yml: relative paths count from it. */
  readonly directory: string
  /**
   * A value of the entry with the types of YAML (numbers, booleans, null), for what is passed on as it is (`details`,
   * `fields`, `payload`); the schema sees every scalar as text.
   */
  typed(path: YamlPath): unknown
}

/** An entry that was checked: the integration can be built from it. */
export type CheckedIntegration = {
  readonly kind: string
  readonly sendResolved: boolean
  /** `index` is the entry's place in its list. No I/O happens here. */
  create(deps: NotifierDeps, index: number): Notifier
}

/** One kind of integration, such as the entries of `slack_configs`. Made by `receiverKind`. */
export type ReceiverKind = {
  /** Key below a receiver, such as `slack_configs`. */
  readonly section: string
  /** As Alertmanager's metrics name it: `slack`, `pagerduty`, `email`, `webhook` ... */
  readonly kind: string
  /** One entry, scalars in text mode; strict, so that an unknown key is an error. */
  readonly schema: z.ZodType
  /** `given` is what `schema` made. Absent after an error was reported. */
  check(given: unknown, context: ReceiverContext): CheckedIntegration | undefined
}

/** Ties the schema, the check and the notifier of one kind together; outside, the type of its configuration is hidden. */
export function receiverKind<S extends z.ZodType, Config extends { readonly sendResolved: boolean }>(definition: {
  readonly section: string
  readonly kind: string
  readonly schema: S
  /** Fills in the defaults of `global`. What it reports makes the file bad, whatever it returns. */
  check(given: z.output<S>, context: ReceiverContext): Config | undefined
  create(config: Config, deps: NotifierDeps, index: number): Notifier
}): ReceiverKind {
  const { section, kind, schema } = definition
  return {
    section,
    kind,
    schema,
    check(given, context) {
      const config = definition.check(given as z.output<S>, context)
      if (config === undefined) return undefined
      return {
        kind,
        sendResolved: config.sendResolved,
        create: (deps, index) =>
          withFallback(definition.create(config, deps, index), () =>
            definition.create(config, { ...deps, templates: fallbackTemplates(deps.templates) }, index),
          ),
      }
    },
  }
}
