import { type Matcher, PROMQL_FEATURES, PromqlError, parseSelector } from '@binnacle/promql'
import { z } from 'zod'
import { escalationPolicySchema } from './escalation.ts'
import {
  autoCount,
  autoNames,
  autoPercent,
  autoSize,
  checkedText,
  choice,
  count,
  duration,
  filePatterns,
  flag,
  folders,
  labelsByName,
  labelsMap,
  list,
  listOf,
  names,
  namesByName,
  optionalRegex,
  optionalText,
  optionalUrl,
  secret,
  secretUrl,
  section,
  size,
  switches,
  text,
  texts,
} from './fields.ts'
import { parseListen } from './listen.ts'

/** Folders of rules that come with Binnacle. */
export const PACKS = ['binnacle', 'host'] as const

/** Everything binnacle.yml may say. Durations are ms and sizes bytes once read; paths are not yet resolved. */
export const settingsSchema = z.strictObject({
  listen: checkedText(
    '127.0.0.1:7070',
    'HOST:PORT',
    'Address of the pages and all HTTP APIs. Loopback only until there is a login. Port 0 takes a free one.',
    parseListen,
  ),
  data_dir: text('binnacle-data', 'Folder of everything that Binnacle keeps. Created when it is missing.'),
  prometheus_config: optionalText(
    'A prometheus.yml: what to scrape. Without this setting, prometheus.yml beside this file is taken when it is there.',
    'path',
  ),
  alertmanager_config: optionalText(
    'An alertmanager.yml: who is told of alerts. Without this setting, alertmanager.yml beside this file is taken when it is there; without one, alerts are shown and nobody is told.',
    'path',
  ),
  external_url: optionalUrl(
    'Address under which people reach Binnacle, for links in notifications. Default: the address that it listens on.',
  ),
  retention: section(
    { metrics: duration('30d', 'Samples older than this are deleted.', { minMs: 86_400_000 }) },
    'How long data is kept.',
  ),
  engine: section(
    {
      url: optionalText(
        'Address of a ClickHouse server or cluster (http:// or https://). Without it Binnacle runs its own engine in the data folder.',
        'URL',
      ),
      user: text('default', 'User at `engine.url`.'),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: what a configuration holds, not a template of ours
      password: secret('Password at `engine.url`; better from the environment (`${NAME}`) or by `password_file`.'),
      password_file: optionalText('File with the password, read at the start.', 'path'),
      database: text('default', 'Database at `engine.url`.'),
      tls: section(
        {
          ca_file: optionalText('Certificates to trust beside the system’s, PEM.', 'path'),
          cert_file: optionalText('Certificate of this client, PEM.', 'path'),
          key_file: optionalText('Key of this client, PEM.', 'path'),
          server_name: optionalText('Name to expect in the server’s certificate.'),
          insecure_skip_verify: flag(false, 'Trust any certificate. Only for tests.'),
        },
        'TLS towards an `https://` engine.',
      ),
      max_memory: autoSize(
        'Memory at which the embedded engine is restarted. `auto`: the engine’s own default for this machine.',
      ),
    },
    'Where telemetry is stored.',
  ),
  head: section(
    {
      max_bytes: autoSize(
        'Memory for the newest two to four hours of samples; when it is short, chunks are cut early. `auto`: the larger of 64 MiB and 5 % of the machine’s memory.',
      ),
      max_pending: size(
        '48MiB',
        'Memory for samples that wait to be written by the engine. When half of it waits, pushes are told to come again; scrapes go on.',
      ),
    },
    'The newest samples, in memory.',
  ),
  scrape: section(
    {
      spread: autoPercent(
        'Part of its interval over which the scrapes of targets are spread. `auto`: 5 %, more for many targets and for many behind one address; rules are then evaluated soon after all samples came. `100%` is what Prometheus does; for links and exporters that must not be asked for much at a time. Read at the start.',
      ),
    },
    'How targets are scraped. Which ones, prometheus.yml says.',
  ),
  collectors: section(
    {
      host: section(
        {
          enabled: flag(true, 'Collect this host’s metrics, named as node exporter names them.'),
          interval: duration('5s', 'Time between two collections.', { minMs: 1000 }),
          procfs: text('/proc', 'Where the host’s /proc is mounted.'),
          sysfs: text('/sys', 'Where the host’s /sys is mounted.'),
          rootfs: text('/', 'Where the host’s root is mounted.'),
          udev_data: text('/run/udev/data', 'Where udev keeps what it knows of the disks.'),
          timeout: duration('2s', 'A family that takes longer is left out of that collection.', {
            minMs: 100,
            maxMs: 60_000,
          }),
          filesystem: section(
            {
              mount_points_exclude: optionalRegex('Mount points to leave out; default as node exporter.'),
              fs_types_exclude: optionalRegex('File system types to leave out; default as node exporter.'),
            },
            'File systems.',
          ),
          netdev: section(
            { device_exclude: optionalRegex('Network devices to leave out.') },
            'Traffic of network devices.',
          ),
          netclass: section(
            { ignored_devices: optionalRegex('Network devices to leave out.') },
            'Properties of network devices.',
          ),
          netstat: section(
            { fields: optionalRegex('Fields of netstat and snmp to take; default as node exporter.') },
            'Network protocols.',
          ),
          arp: section({ device_exclude: optionalRegex('Network devices to leave out.') }, 'Neighbours.'),
          diskstats: section(
            { device_exclude: optionalRegex('Block devices to leave out; default as node exporter.') },
            'Block devices.',
          ),
          tapestats: section({ ignored_devices: optionalRegex('Tape drives to leave out.') }, 'Tape drives.'),
          hwmon: section(
            {
              chip_exclude: optionalRegex('Sensor chips to leave out.'),
              sensor_exclude: optionalRegex('Sensors to leave out, as `chip;sensor`.'),
            },
            'Sensors.',
          ),
          powersupplyclass: section(
            { ignored_supplies: optionalRegex('Power supplies to leave out.') },
            'Power supplies and batteries.',
          ),
          vmstat: section(
            { fields: optionalRegex('Fields of vmstat to take; default as node exporter.') },
            'Virtual memory.',
          ),
          textfile: section(
            { directories: folders('Folders whose `*.prom` files are added (write another name, then rename).') },
            'Metrics that scripts leave in files.',
          ),
          families: switches('Families to switch on or off by node exporter’s names, such as `arp: false`.'),
        },
        'The host that Binnacle runs on.',
      ),
      process: section(
        {
          enabled: flag(true, 'Collect Binnacle’s own metrics through its own front door.'),
          interval: duration('5s', 'Time between two collections.', { minMs: 1000 }),
        },
        'Binnacle itself.',
      ),
    },
    'What Binnacle collects without any exporter.',
  ),
  query: section(
    {
      timeout: duration('2m', 'Longest time of one query; a request’s `timeout` can only shorten it.', { minMs: 1 }),
      max_samples: autoCount(
        'Samples that one query may hold in memory at a time. `auto`: 5 % of the machine’s memory at 16 bytes each, at most 50,000,000.',
      ),
      max_steps: count(11_000, 'Points of one series in a range query.'),
      max_concurrency: count(20, 'Queries at a time; ten times as many may wait, further ones are refused.'),
      max_response_size: size('64MiB', 'Size of one answer of a query.'),
      max_read_series: count(200_000, 'Series in one federation or remote read.'),
      result_cache_size: size(
        '16MiB',
        'Room for answers of range queries, of which a dashboard’s refresh then needs the newest steps only. `0` switches it off.',
      ),
      max_exemplars: count(20_000, 'Exemplars in one answer; of more the newest are given, with a warning.'),
      chunk_cache_size: size(
        '16MiB',
        'Chunks kept in memory after a query has read them from the engine, so that the next one need not.',
      ),
      workers: autoCount(
        'Threads for heavy queries; those that have no query help the others with theirs. `auto`: one a core, at most 4.',
      ),
      enable_features: names(
        PROMQL_FEATURES,
        `Parts of PromQL that are still experimental, by the names that Prometheus gives them: ${PROMQL_FEATURES.join(', ')}.`,
      ),
    },
    'Language and limits of queries.',
  ),
  remote_read: section(
    {
      max_concurrent: count(10, 'Remote reads at a time; ten times as many may wait, further ones are refused.'),
      max_samples: count(
        5_000_000,
        'Samples in one answer of the type SAMPLES, which has to be in memory whole; streamed chunks are not.',
      ),
      max_frame_size: size(
        '16MiB',
        'Size at which a frame of streamed chunks is ended. Prometheus takes a series whose chunks come in two frames for two series, and frames up to 50 MB.',
      ),
    },
    'What a Prometheus with `remote_read` may ask for.',
  ),
  admin_api: section(
    {
      enabled: flag(
        false,
        'Allow deleting series and taking snapshots through `/api/v1/admin/tsdb/`. Flag: `--web.enable-admin-api`.',
      ),
    },
    'Prometheus’s admin API.',
  ),
  alert_intake: section(
    {
      token: secret(
        'Token that senders must bring; better from the environment or by `token_file`. Without one, anybody who reaches the port may send alerts.',
      ),
      token_file: optionalText('File with the token, read at the start.', 'path'),
      hold: duration('30d', 'An alert whose sender tells its end lasts at most so long without word of it.', {
        minMs: 60_000,
      }),
      sns: section(
        {
          topics: labelsByName(
            'map of topic ARNs to labels',
            'SNS topics whose messages become alerts (`POST /api/alerts/sns`), each with labels for them, such as `{severity: critical}`. Subscriptions to them are confirmed; other topics are refused.',
          ),
          verify: flag(true, 'Demand Amazon’s signature. Only stand-ins such as LocalStack need `false`.'),
        },
        'CloudWatch alarms and other messages of Amazon SNS.',
      ),
    },
    'Alerts that other systems push here.',
  ),
  rules: section(
    {
      files: filePatterns(
        'Files of rule groups in Prometheus’s format, beside those that prometheus.yml names. A pattern that matches nothing is a warning.',
      ),
      tests: filePatterns('Files of tests of rules in promtool’s format: the page of a rule runs those that name it.'),
      follow_samples: flag(
        true,
        'Evaluate a group right behind the samples that it reads, once in its interval, rather than at a moment that only its name decides.',
      ),
      resend_delay: duration('1m', 'Least time between two messages to alerting about an alert that goes on.', {
        minMs: 1000,
      }),
      for_outage_tolerance: duration('1h', 'After a longer outage an alert that was pending begins its `for` anew.'),
      for_grace_period: duration(
        '10m',
        'Where `for` is restored from the series ALERTS_FOR_STATE only: least time between a restart and an alert of a longer `for`.',
      ),
      no_data: list(
        {
          match: checkedText(
            '{alertname!=""}',
            'selector',
            'Alerting rules by their labels, `alertname`, `rule_group` and `rule_file`, such as `{severity="critical"}`.',
            readSelector,
          ),
          for: duration('5m', 'So long there must be no data.'),
          labels: labelsMap('Labels of the alert beside those of the rule and `no_data="true"`.'),
        },
        'list of {match, for, labels}',
        'Rules that raise an alert of their own (`no_data="true"`) when nothing that they read has samples. The first entry that matches counts.',
      ),
    },
    'Rules: recording and alerting.',
  ),
  alerting: section(
    {
      defaults: texts(
        'Keys of `global` in alertmanager.yml that count where the file leaves them out, such as `smtp_smarthost` and `smtp_from`.',
      ),
      send_to_alertmanagers: flag(
        true,
        'Send alerts of rules to the Alertmanagers that prometheus.yml names (`alerting.alertmanagers`), as Prometheus does. They are shown here in any case.',
      ),
      max_alerts: count(
        100_000,
        'Alerts that are kept at a time. Further ones are refused; those that are known go on.',
      ),
      max_alert_size: size(
        '64KiB',
        'Characters of one alert: labels, annotations and address together. Also of a silence.',
      ),
      max_groups: count(50_000, 'Groups of alerts at a time.'),
      max_silences: count(10_000, 'Silences, those included that have ended and are still kept.'),
      max_silence_matchers: count(100, 'Matchers of one silence.'),
      max_concurrent_notifications: count(
        50,
        'Attempts under way at a time for one integration of a receiver; further ones wait.',
      ),
      retention: duration(
        '5d',
        'Silences that have ended, and what the notification log knows of groups, are kept so long.',
        { minMs: 60_000 },
      ),
      history: section(
        {
          max_age: duration('400d', 'Changes of state and notifications are kept so long.', { minMs: 3_600_000 }),
          max_rows: count(
            2_000_000,
            'Most changes of state that are kept, and most notifications; the oldest go first.',
          ),
        },
        'The record of every change of state of an alert, and of every notification.',
      ),
    },
    'Alerts: limits, and what alertmanager.yml leaves out.',
  ),
  escalation: section(
    {
      people: namesByName(
        'map of people to receivers',
        'By which receivers of alertmanager.yml a person is told. Levels may name people.',
      ),
      policies: listOf(
        escalationPolicySchema,
        'list of policies',
        'Who is told next while nobody has acknowledged an alert: docs/escalation.md.',
      ),
    },
    'Beyond alertmanager.yml: levels of people.',
  ),
  packs: section(
    {
      enabled: autoNames(
        PACKS,
        'Rules that come with Binnacle: `binnacle` watches itself, `host` this machine. `auto`: all of them, unless an alertmanager.yml is given, whose receivers may not expect them.',
      ),
    },
    'Rules that come with Binnacle: docs/packs.md.',
  ),
  heartbeat: section(
    {
      url: secretUrl(
        'Address that is called while rules are evaluated and notifications go out, so that a watcher outside notices when that ends (healthchecks.io, Uptime Kuma, Dead Man’s Snitch and the like).',
      ),
      url_file: optionalText('File with that address, read at the start and at a reload.', 'path'),
      interval: duration('1m', 'Time between two calls.', { minMs: 1_000, maxMs: 86_400_000 }),
      timeout: duration('10s', 'A call that takes longer has failed.', { minMs: 100, maxMs: 60_000 }),
    },
    'A sign of life to the outside.',
  ),
  limits: section(
    {
      max_connections: count(1024, 'Open HTTP connections; further ones are closed at once.'),
      max_write_size: size('32MiB', 'Size of one compressed remote write request.'),
      max_unpacked_write_size: size('64MiB', 'Size of one remote write request once it is unpacked.'),
      max_form_size: size('4MiB', 'Size of a form posted to a query API.'),
      max_buffered_size: size('128MiB', 'Bodies of all requests in flight together.'),
    },
    'Limits of the HTTP server. Each stands by name in the error that it causes.',
  ),
  log: section(
    { level: choice(['error', 'warn', 'info', 'debug', 'silent'], 'warn', 'Least weight of log lines on stderr.') },
    'Binnacle’s own log.',
  ),
})

function readSelector(raw: string): readonly Matcher[] | { readonly wrong: string } {
  try {
    return parseSelector(raw)
  } catch (error) {
    if (error instanceof PromqlError) return { wrong: `"${raw}" is no selector: ${error.message}` }
    throw error
  }
}

export type Settings = z.output<typeof settingsSchema>

/** Whether a parsed YAML file looks like binnacle.yml rather than some other program's configuration. */
export function isBinnacleConfig(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.keys(value).some((key) => key in settingsSchema.shape)
}
