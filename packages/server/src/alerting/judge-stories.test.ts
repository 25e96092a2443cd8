import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labelsOf } from '@binnacle/promql'
import { expect, test } from 'vitest'
import { createState } from '../state/index.ts'
import { createRegistry, silentLogger, systemClock } from '../telemetry/index.ts'
import { checkAlertmanagerConfig } from './config/index.ts'
import { createAlerting, type RunningAlerting } from './create-alerting.ts'
import { createMatcher } from './matcher/index.ts'
import { createTemplates } from './notify/index.ts'
import { alertmanagerMissing, startAlertmanager, startWebhookRecorder, type WebhookRecorder } from './testkit/index.ts'
import { toAlertingConfig } from './to-alerting-config.ts'

// The same stories, side by side and in real seconds, told to the real Alertmanager and to ours; what receivers hear must be
// the same, group by group. Groups speak 1, 3, 5, 7 ... seconds after they came to be; things happen in between.

const CONFIG = (url: string) => `
route:
  receiver: plain
  group_by: [story]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 5s
  routes:
    - {matchers: [story="continue"], receiver: first, continue: true, group_by: [story, zone]}
    - {matchers: [story="continue"], receiver: second}
    - {matchers: [story="begins"], receiver: begins}
    - {matchers: [story="all"], receiver: plain, group_by: ['...']}
    - {matchers: [story="unwell"], receiver: unwell}
    - {matchers: [story="muted"], receiver: plain, mute_time_intervals: [always]}
    - {matchers: [story="never"], receiver: plain, active_time_intervals: [long-ago]}
inhibit_rules:
  - {source_matchers: [story="inhibit", kind="cause"], target_matchers: [story="inhibit", kind="effect"], equal: [zone]}
  - {source_matchers: [story="everywhere", kind="cause"], target_matchers: [story="everywhere", kind="effect"]}
  - {source_matchers: [story="both", level=~"high|middle"], target_matchers: [story="both", level=~"middle|low"]}
receivers:
${['plain', 'first', 'second', 'unwell'].map((name) => `  - {name: ${name}, webhook_configs: [{url: "${url}/${name}"}]}`).join('\n')}
  - {name: begins, webhook_configs: [{url: "${url}/begins", send_resolved: false}]}
time_intervals:
  - {name: always, time_intervals: [{times: [{start_time: '00:00', end_time: '24:00'}]}]}
  - {name: long-ago, time_intervals: [{years: ['1999']}]}
`

type Side = {
  send(labels: Record<string, string>, ends?: boolean): Promise<void>
  silence(story: string, ms: number): Promise<string>
  expire(id: string): Promise<void>
}

/** What happens when, in ms since the story began. */
type Step = readonly [atMs: number, (side: Side) => Promise<unknown>]

const fire = (labels: Record<string, string>) => (side: Side) => side.send(labels)
const end = (labels: Record<string, string>) => (side: Side) => side.send(labels, true)

function stories(): Record<string, readonly Step[]> {
  const silences = new WeakMap<Side, string>()
  const a = (story: string, more = {}) => ({ alertname: 'A', story, ...more })
  const b = (story: string, more = {}) => ({ alertname: 'B', story, ...more })
  return {
    'beginnings and ends': [
      [0, fire(a('plain'))],
      [2_000, fire(b('plain'))],
      [4_000, end(a('plain'))],
      [6_000, end(b('plain'))],
    ],
    'two routes': [
      [0, fire(a('continue', { zone: 'x' }))],
      [500, fire(b('continue', { zone: 'y' }))],
      [4_000, end(a('continue', { zone: 'x' }))],
    ],
    'nothing new': [[0, fire(a('repeat'))]],
    'gone before it was told': [
      [0, fire(a('short'))],
      [500, end(a('short'))],
    ],
    'there and back between two flushes': [
      [0, fire(a('flap'))],
      [1_500, end(a('flap'))],
      [2_200, fire(a('flap'))],
      [4_000, end(a('flap'))],
    ],
    'without send_resolved': [
      [0, fire(a('begins'))],
      [0, fire(b('begins'))],
      [2_000, end(a('begins'))],
      [6_000, end(b('begins'))],
      [8_000, fire(a('begins'))],
    ],
    'groups by all labels': [
      [0, fire(a('all', { zone: 'x' }))],
      [0, fire(a('all', { zone: 'y' }))],
      [4_000, end(a('all', { zone: 'x' }))],
    ],
    'an inhibition with equal labels': [
      [0, fire(a('inhibit', { kind: 'effect', zone: 'x' }))],
      [0, fire(a('inhibit', { kind: 'effect', zone: 'y' }))],
      [2_000, fire(b('inhibit', { kind: 'cause', zone: 'x' }))],
      [4_000, end(a('inhibit', { kind: 'effect', zone: 'y' }))],
      [6_000, end(b('inhibit', { kind: 'cause', zone: 'x' }))],
      [8_000, end(a('inhibit', { kind: 'effect', zone: 'x' }))],
    ],
    'an inhibition of everything': [
      [0, fire(b('everywhere', { kind: 'cause' }))],
      [500, fire(a('everywhere', { kind: 'effect', zone: 'y' }))],
      [4_000, end(b('everywhere', { kind: 'cause' }))],
    ],
    'a source that is a target': [
      [0, fire(a('both', { level: 'middle' }))],
      [0, fire(a('both', { level: 'low' }))],
      // Its end is left out: Alertmanager forgets then that the middle one is a source of the low one too.
      [4_000, fire(a('both', { level: 'high' }))],
    ],
    'a silence that begins before the flush and is ended by hand': [
      [0, fire(a('silence'))],
      [500, async (side) => silences.set(side, await side.silence('silence', 60_000))],
      [4_000, (side) => side.expire(silences.get(side)!)],
    ],
    'a silence that ends by itself': [
      [0, (side) => side.silence('quiet', 4_000)],
      [0, fire(a('quiet'))],
    ],
    'an end under a silence': [
      [0, fire(a('hidden'))],
      [2_000, (side) => side.silence('hidden', 60_000)],
      [4_000, end(a('hidden'))],
    ],
    'a muted route': [[0, fire(a('muted'))]],
    'a route that is never active': [[0, fire(a('never'))]],
    'a receiver that is unwell at first': [
      [0, fire(a('unwell'))],
      [6_000, end(a('unwell'))],
    ],
  }
}

const LENGTH_MS = 14_000
const HOUR_MS = 3_600_000
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function tell(side: Side, all: Record<string, readonly Step[]>): Promise<void> {
  const play = async (steps: readonly Step[]) => {
    const startMs = Date.now()
    for (const [atMs, step] of steps) {
      await pause(Math.max(0, startMs + atMs - Date.now()))
      await step(side)
    }
  }
  await Promise.all([...Object.values(all).map(play), pause(LENGTH_MS)])
}

/** What was taken, by address and group, in order. */
function heard({ calls }: WebhookRecorder): Record<string, string[]> {
  const byGroup: Record<string, string[]> = {}
  for (const { path, groupKey, status, alerts, answered } of calls) {
    if (answered !== 200) continue
    byGroup[`${path} ${groupKey}`] = [...(byGroup[`${path} ${groupKey}`] ?? []), `${status}: ${alerts.join(', ')}`]
  }
  return byGroup
}

/** The address of one receiver is unwell for the first three calls. */
function makeUnwell(recorder: WebhookRecorder): void {
  let count = 0
  recorder.answer = ({ path }) => (path === '/unwell' && ++count <= 3 ? 503 : 200)
}

function judgeSide(url: string): Side {
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${url}/api/v2/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response.text()
  }
  return {
    async send(labels, ends = false) {
      const endsAt = new Date(Date.now() + (ends ? 0 : HOUR_MS)).toISOString()
      await post('alerts', [
        { labels, annotations: {}, endsAt, ...(ends ? {} : { startsAt: new Date().toISOString() }) },
      ])
    },
    async silence(story, ms) {
      const startsAt = new Date().toISOString()
      const endsAt = new Date(Date.now() + ms).toISOString()
      const matchers = [{ name: 'story', value: story, isRegex: false, isEqual: true }]
      return JSON.parse(await post('silences', { matchers, startsAt, endsAt, createdBy: 'x', comment: 'x' })).silenceID
    },
    async expire(id) {
      await fetch(`${url}/api/v2/silence/${id}`, { method: 'DELETE' })
    },
  }
}

function ourSide(alerting: RunningAlerting): Side {
  return {
    send: (labels, ends = false) =>
      alerting.receive([
        {
          labels: labelsOf(labels),
          annotations: [],
          generatorUrl: '',
          endsAtMs: Date.now() + (ends ? 0 : HOUR_MS),
          ...(ends ? {} : { startsAtMs: Date.now() }),
        },
      ]),
    silence: (story, ms) =>
      alerting.silences.set({
        matchers: [createMatcher('=', 'story', story)],
        startsAtMs: Date.now(),
        endsAtMs: Date.now() + ms,
        createdBy: 'x',
        comment: 'x',
        annotations: {},
      }),
    expire: (id) => alerting.silences.expire(id),
  }
}

test.skipIf(alertmanagerMissing !== '')(
  `receivers hear the same from Alertmanager and from us${alertmanagerMissing}`,
  // Real seconds: a machine that stands still for half of one may miss a step.
  { timeout: 60_000, retry: 2 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'binnacle-judge-stories-'))
    await using theirs = await startWebhookRecorder()
    await using ours = await startWebhookRecorder()
    makeUnwell(theirs)
    makeUnwell(ours)
    await using judge = await startAlertmanager({ config: CONFIG(theirs.url) })
    const base = { clock: systemClock, log: silentLogger, registry: createRegistry() }
    const state = createState(base, { file: join(folder, 'state.db') })
    const alerting = createAlerting({ ...base, state })
    const { config } = checkAlertmanagerConfig(CONFIG(ours.url), 'alertmanager.yml', { environment: {} })
    const templates = createTemplates({ files: [], externalUrl: 'http://x' }, systemClock)
    const { signal } = new AbortController()
    try {
      await state.start(signal)
      await alerting.apply(
        toAlertingConfig(config!, { ...base, templates, userAgent: 'test', hostname: 'test', environment: {} }),
      )
      await alerting.start(signal)
      await Promise.all([tell(judgeSide(judge.url), stories()), tell(ourSide(alerting), stories())])
    } finally {
      await alerting.stop()
      await state.stop()
      rmSync(folder, { recursive: true, force: true })
    }
    const expected = heard(theirs)
    // All stories but the two without a word, with two groups where labels split them.
    expect(Object.keys(expected).length).toBeGreaterThanOrEqual(14)
    expect(heard(ours)).toEqual(expected)
  },
)
