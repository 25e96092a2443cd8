import type { Command } from 'commander'
import { BinnacleError, parseDurationMs } from '../../config/index.ts'
import { systemClock } from '../../telemetry/index.ts'
import { connect, DEFAULT_URL } from '../instance.ts'
import {
  type AlertItem,
  type EventItem,
  formatAlerts,
  formatDeliveries,
  formatEvents,
  formatMessages,
  formatNotifications,
  type MessageView,
  type NotificationItem,
} from './format.ts'
import { readPairs } from './pairs.ts'

type Common = { url: string; json?: boolean }

export function addAlert(program: Command): void {
  const alert = program.command('alert').description('alerts: list, history, acknowledge; test and preview receivers')
  const remote = (command: Command) =>
    command
      .option('--url <url>', 'address of the running Binnacle', DEFAULT_URL)
      .option('--json', 'print the answer of the API as it is')

  remote(alert.command('list').description('alerts that fire, are pending or quiet'))
    .argument('[matcher...]', 'such as \'severity="critical"\'')
    .option('--state <state>', 'firing, pending, silenced, inhibited, muted, acknowledged or nodata')
    .option('--limit <n>', 'at most so many', '100')
    .action(listAlerts)

  remote(
    alert
      .command('history')
      .description('changes of state, and what people, silences and escalations did about alerts, newest first'),
  )
    .argument('[matcher...]', 'such as \'alertname="DiskFull"\'')
    .option('--since <duration>', 'how far back', '24h')
    .option('--limit <n>', 'at most so many', '100')
    .action(showHistory)

  remote(
    alert
      .command('notifications')
      .description('what was sent to whom and what came back, or why nothing was sent, newest first'),
  )
    .argument('[matcher...]', 'on the labels of the group')
    .option('--receiver <name>', 'to this receiver only')
    .option('--since <duration>', 'how far back', '24h')
    .option('--limit <n>', 'at most so many', '100')
    .action(showNotifications)

  remote(alert.command('ack').description('acknowledge alerts: escalation stops, the alert stays'))
    .argument('<fingerprint...>', 'as `binnacle alert list` prints them')
    .requiredOption('--by <name>', 'who looks after it')
    .option('--comment <text>', 'why, or what is being done', '')
    .option('--undo', 'take the acknowledgement back')
    .action(acknowledge)

  remote(alert.command('test').description('send a marked test by a receiver and show its real answer'))
    .argument('[label...]', 'labels of the alert in it, such as severity=critical')
    .requiredOption('--receiver <name>', 'the receiver')
    .action(sendTest)

  remote(alert.command('render').description('show what receivers would be told; nothing is sent'))
    .argument('[label...]', 'labels of the alert, such as alertname=DiskFull severity=critical')
    .option('--receiver <name>', 'this receiver only; without it all that the routes lead to')
    .option('--annotation <name=value>', 'an annotation of the alert; may be repeated', collect, [])
    .option('--config <file>', 'an alertmanager.yml to read instead of asking a running Binnacle')
    .option(
      '--default <key=value>',
      'a key of global that the file leaves out (with --config); may be repeated',
      collect,
      [],
    )
    .option('--resolved', 'the message of its end (with --config)')
    .option('--external-url <url>', 'address in links (with --config)', DEFAULT_URL)
    .option('--request', 'print the whole request too')
    .action(renderMessages)
}

const collect = (one: string, all: string[]): string[] => [...all, one]

async function listAlerts(matchers: string[], flags: Common & { state?: string; limit: string }): Promise<void> {
  const params = {
    limit: flags.limit,
    ...filterOf(matchers),
    ...(flags.state === undefined ? {} : { state: flags.state }),
  }
  const answer = (await connect(flags.url).page('/api/app/alerts', { params })) as {
    items: AlertItem[]
    total: number
  }
  print(flags, answer, () => formatAlerts(answer.items, answer.total))
}

async function showHistory(matchers: string[], flags: Common & { since: string; limit: string }): Promise<void> {
  const params = { limit: flags.limit, start: startOf(flags.since), ...filterOf(matchers) }
  const answer = (await connect(flags.url).page('/api/app/alerts/history', { params })) as { items: EventItem[] }
  print(flags, answer, () => formatEvents(answer.items))
}

async function showNotifications(
  matchers: string[],
  flags: Common & { receiver?: string; since: string; limit: string },
): Promise<void> {
  const params = {
    limit: flags.limit,
    start: startOf(flags.since),
    ...filterOf(matchers),
    ...(flags.receiver === undefined ? {} : { receiver: flags.receiver }),
  }
  const path = '/api/app/alerts/notifications'
  const answer = (await connect(flags.url).page(path, { params })) as { items: NotificationItem[] }
  print(flags, answer, () => formatNotifications(answer.items))
}

async function acknowledge(
  fingerprints: string[],
  flags: Common & { by: string; comment: string; undo?: boolean },
): Promise<void> {
  const { by, comment, undo } = flags
  const answer = await connect(flags.url).page(`/api/app/alerts/${undo ? 'unacknowledge' : 'acknowledge'}`, {
    body: undo ? { fingerprints, by, via: 'cli' } : { fingerprints, by, comment, via: 'cli' },
  })
  const count = `${fingerprints.length} alert${fingerprints.length === 1 ? '' : 's'}`
  print(flags, answer, () => (undo ? `${count} no longer acknowledged` : `${count} acknowledged by ${by}`))
}

async function sendTest(labels: string[], flags: Common & { receiver: string }): Promise<void> {
  const path = `/api/app/receivers/${encodeURIComponent(flags.receiver)}/test`
  const given = readPairs(labels, 'label')
  const body = Object.keys(given).length === 0 ? {} : { labels: given }
  const answer = (await connect(flags.url).page(path, { body })) as {
    deliveries: Parameters<typeof formatDeliveries>[0]
  }
  print(flags, answer, () => formatDeliveries(answer.deliveries))
  if (answer.deliveries.some(({ ok }) => !ok)) process.exitCode = 1
}

type RenderFlags = Common & {
  receiver?: string
  annotation: string[]
  config?: string
  default: string[]
  resolved?: boolean
  externalUrl: string
  request?: boolean
}

async function renderMessages(pairs: string[], flags: RenderFlags): Promise<void> {
  const given = readPairs(pairs, 'label')
  const labels = given.alertname === undefined ? { alertname: 'Sample', ...given } : given
  const annotations = readPairs(flags.annotation, 'annotation')
  const views =
    flags.config === undefined ? await ask(flags, labels, annotations) : await offline(flags, labels, annotations)
  print(flags, { receivers: views }, () => formatMessages(views, flags.request === true))
  if (views.some(({ error }) => error !== undefined)) process.exitCode = 1
}

async function offline(
  flags: RenderFlags,
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): Promise<readonly MessageView[]> {
  // Loaded here and not above: it makes every other command slower.
  const { renderOffline } = await import('./render-offline.ts')
  return renderOffline(flags.config ?? '', {
    labels,
    annotations,
    isResolved: flags.resolved === true,
    externalUrl: flags.externalUrl,
    environment: process.env,
    defaults: readPairs(flags.default, 'default'),
    ...(flags.receiver === undefined ? {} : { receiver: flags.receiver }),
  })
}

async function ask(
  flags: RenderFlags,
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): Promise<readonly MessageView[]> {
  if (flags.resolved) throw new BinnacleError('config.bad_flag', '--resolved needs --config')
  const instance = connect(flags.url)
  let receivers = flags.receiver === undefined ? [] : [flags.receiver]
  if (flags.receiver === undefined) {
    const explained = (await instance.page('/api/app/routing/explain', { body: { labels } })) as {
      routes: { receiver: string }[]
    }
    receivers = [...new Set(explained.routes.map(({ receiver }) => receiver))]
  }
  const body = { receivers, labels, annotations }
  const answer = (await instance.page('/api/app/routing/messages', { body })) as { receivers: MessageView[] }
  return answer.receivers
}

const filterOf = (matchers: readonly string[]) => (matchers.length === 0 ? {} : { filter: matchers.join(',') })

/** Unix seconds. */
function startOf(since: string): string {
  const ms = parseDurationMs(since)
  if (ms === undefined) throw new BinnacleError('config.bad_flag', `--since: "${since}" is no duration such as 24h`)
  return String((systemClock.now() - ms) / 1000)
}

function print(flags: Common, answer: unknown, format: () => string): void {
  process.stdout.write(`${flags.json ? JSON.stringify(answer) : format()}\n`)
}
