import { z } from 'zod'
import {
  anything,
  count,
  factor,
  flag,
  oneOf,
  plainMap,
  text,
  textList,
  tlsSchema,
} from '../../config/go-yaml/index.ts'
import { durationMs, globalsShape, httpConfigSchema, secretUrl } from '../notify/index.ts'

// The sections of alertmanager.yml (scalars in text mode), each strict: an unknown key is an error. Lists of sections are
// checked entry by entry, so that each finding has its own place.

const list = (what: string) =>
  z
    .array(anything, { error: `expected a list of ${what}` })
    .nullable()
    .optional()

export const topSchema = z
  .strictObject(
    {
      global: anything,
      route: anything,
      inhibit_rules: list('inhibition rules'),
      receivers: list('receivers'),
      templates: textList,
      mute_time_intervals: list('time intervals'),
      time_intervals: list('time intervals'),
      tracing: anything,
      event_recorder: anything,
    },
    { error: 'expected the sections of an alertmanager.yml (route, receivers, ...)' },
  )
  .nullable()

export const globalSchema = z
  .strictObject({ resolve_timeout: durationMs, ...globalsShape })
  .nullable()
  .optional()

export const routeSchema = z.strictObject(
  {
    receiver: text,
    group_by: textList,
    match: plainMap,
    match_re: z
      .record(z.string(), z.string({ error: 'expected one value' }).nullable())
      .nullable()
      .optional(),
    matchers: textList,
    mute_time_intervals: textList,
    active_time_intervals: textList,
    continue: flag,
    routes: list('routes'),
    group_wait: durationMs,
    group_interval: durationMs,
    repeat_interval: durationMs,
  },
  { error: 'expected a route' },
)
export type RouteInput = z.output<typeof routeSchema>

const matchRegexes = routeSchema.shape.match_re

export const inhibitRuleSchema = z.strictObject(
  {
    name: text,
    source_match: plainMap,
    source_match_re: matchRegexes,
    source_matchers: textList,
    target_match: plainMap,
    target_match_re: matchRegexes,
    target_matchers: textList,
    equal: textList,
  },
  { error: 'expected an inhibition rule' },
)

export const namedIntervalSchema = z.strictObject(
  { name: text, time_intervals: list('time intervals') },
  { error: 'expected a name and time_intervals' },
)

/** What Binnacle reads and does not follow: it has its own. */
export const tracingSchema = z.strictObject({
  client_type: oneOf(['http', 'grpc']),
  endpoint: text,
  sampling_fraction: factor,
  insecure: flag,
  tls_config: tlsSchema.nullable().optional(),
  headers: httpConfigSchema.unwrap().unwrap().shape.http_headers,
  compression: oneOf(['gzip']),
  timeout: durationMs,
})

export const eventRecorderSchema = z
  .strictObject({
    file_outputs: z
      .array(z.strictObject({ path: text }))
      .nullable()
      .optional(),
    webhook_outputs: z
      .array(
        z.strictObject({
          url: secretUrl,
          http_config: httpConfigSchema,
          timeout: durationMs,
          workers: count,
          max_retries: count,
          retry_backoff: durationMs,
        }),
      )
      .nullable()
      .optional(),
    kafka_outputs: z
      .array(
        z.strictObject({
          brokers: textList,
          topic: text,
          client_id: text,
          format: oneOf(['json', 'protobuf']),
          acks: oneOf(['none', 'leader', 'all']),
          compression: oneOf(['none', 'gzip', 'snappy', 'lz4', 'zstd']),
          buffer_size: count,
          tls_config: tlsSchema.nullable().optional(),
        }),
      )
      .nullable()
      .optional(),
  })
  .nullable()
  .optional()
