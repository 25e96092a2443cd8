import { type Labels, labelRecord, labelsOf } from '@binnacle/promql'
import { BinnacleError, messageOf } from '../../../config/index.ts'
import type { HttpRequest } from '../../http-request.ts'
import type { ChecksPart } from '../../parts.ts'
import type { ApiDeps } from '../../prometheus/index.ts'
import { explainBody, messagesBody, readJson, testBody } from './read-request.ts'
import type { AlertingView } from './snapshot.ts'
import { inhibitJson, routeJson } from './to-json.ts'

/** `GET /routing`: the tree with live counts, inhibitions, receivers, findings. */
export function showRouting(view: AlertingView, checks: ChecksPart | undefined): unknown {
  const part = view.part()
  const { root, inhibitRules, liveCounts } = part.routing()
  return {
    root: routeJson(root, liveCounts),
    inhibitRules: inhibitRules.map(inhibitJson),
    receivers: part.receivers(),
    findings: (checks?.routing() ?? []).map(({ severity, message, hint, place }) => ({
      severity,
      message,
      hint,
      ...place,
    })),
  }
}

/** `POST /routing/explain`: what becomes of an alert with these labels. */
export async function explainRouting(view: AlertingView, deps: ApiDeps, request: HttpRequest): Promise<unknown> {
  const { labels } = await readJson(deps, request, explainBody)
  const { routes, silencedBy, inhibitedBy } = view.part().explain(labelsOf(labels))
  const rows = await view.read().rows()
  return {
    routes: routes.map(({ groupLabels, ...rest }) => ({ ...rest, groupLabels: labelRecord(groupLabels) })),
    silencedBy,
    inhibitedBy: inhibitedBy.slice(0, 20).map((fingerprint) => ({
      fingerprint,
      labels: labelRecord(rows.find((row) => row.fingerprint === fingerprint)?.labels ?? []),
    })),
  }
}

/** `POST /routing/messages`: what receivers would be told of one alert. A template that fails is part of the answer. */
export async function renderMessages(view: AlertingView, deps: ApiDeps, request: HttpRequest): Promise<unknown> {
  const { receivers, labels, annotations = {} } = await readJson(deps, request, messagesBody)
  const alert = { labels: labelsOf(labels), annotations: labelsOf(annotations), generatorUrl: '' }
  const rendered = []
  for (const receiver of receivers) {
    try {
      rendered.push({ receiver, messages: await view.part().render(receiver, [alert]) })
    } catch (error) {
      if (!(error instanceof BinnacleError)) throw error
      rendered.push({ receiver, messages: [], error: placed(error) })
    }
  }
  return { receivers: rendered }
}

function placed(error: BinnacleError): string {
  const { place } = error
  if (place?.file === undefined) return messageOf(error)
  const at = place.line === undefined ? '' : `:${place.line}${place.column === undefined ? '' : `:${place.column}`}`
  return `${place.file}${at}: ${messageOf(error)}`
}

const SAMPLE: Labels = labelsOf({ alertname: 'TestAlert', severity: 'info', job: 'binnacle' })
const SAMPLE_ANNOTATIONS: Labels = labelsOf({
  summary: 'This is a test that somebody asked for on the page',
  description: 'Nothing is wrong. If you read this, the receiver works.',
})

/** `POST /receivers/:name/test`: sends a marked test and tells the receiver's real answer. */
export async function testReceiver(view: AlertingView, deps: ApiDeps, request: HttpRequest): Promise<unknown> {
  const { labels = {} } = await readJson(deps, request, testBody)
  const given = Object.keys(labels).length > 0
  const alert = { labels: given ? labelsOf(labels) : SAMPLE, annotations: SAMPLE_ANNOTATIONS, generatorUrl: '' }
  const deliveries = await view.part().test(request.param('name'), [alert], request.signal)
  return { deliveries }
}
