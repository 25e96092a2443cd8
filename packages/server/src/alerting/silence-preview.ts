import type { Transition } from '../rules/index.ts'
import type { Clock } from '../telemetry/index.ts'
import type { AlertView, SilencePreview } from './alerting.ts'
import type { EventRecords } from './history/index.ts'
import type { Matcher } from './matcher/index.ts'
import { serviceOf } from './views.ts'

const PAST_MS = 7 * 86_400_000
const ITEMS = 200
const SERVICES = 200
const PER_PAGE = 1_000
/** Pages of 20,000 rows at most. */
const PAGES = 25

export type PreviewDeps = {
  readonly clock: Clock
  readonly transitions: EventRecords
  readonly alerts: (matchers: readonly Matcher[]) => Promise<readonly AlertView[]>
}

/** What a silence would mute now, and would have muted in the last 7 days. */
export async function previewSilence(
  { clock, transitions, alerts }: PreviewDeps,
  matchers: readonly Matcher[],
  signal: AbortSignal,
): Promise<SilencePreview> {
  const toMs = clock.now()
  const items: Transition[] = []
  const services = new Set<string>()
  let count = 0
  let cursor: string | undefined
  for (let page = 0; page < PAGES; page++) {
    const filter = { fromMs: toMs - PAST_MS, toMs, matchers, to: 'firing', limit: PER_PAGE }
    const found = await transitions.transitions(cursor === undefined ? filter : { ...filter, cursor }, signal)
    count += found.items.length
    items.push(...found.items.slice(0, ITEMS - items.length))
    for (const { labels } of found.items) {
      const service = serviceOf(labels)
      if (service !== '' && services.size < SERVICES) services.add(service)
    }
    cursor = found.next
    if (cursor === undefined) break
  }
  return { now: await alerts(matchers), past: { count, services: [...services].sort(), items } }
}
