import {
  type AlertmanagerPlain,
  alertmanagerData,
  alertmanagerDefaults,
  alertmanagerFunctions,
  createReferences,
  map,
  type PlainValue,
  parseTemplates,
  TemplateError,
  toValue,
} from '@binnacle/gotemplate'
import type { Finding } from '../../../rules/lint/index.ts'
import { askedNames, isAnnotation } from './asked-names.ts'

export type DefinitionFile = { readonly path: string; readonly text: string }

/**
 * Fills in the definitions of template files that no configuration was given with. Those that no other one calls are taken
 * to be for a notification, for one of its alerts, its alerts or its labels: a finding is what fails with all of them, or
 * looks like a slip of the pen. Files are parsed already.
 */
export function lintDefinitions(files: readonly DefinitionFile[], nowMs: number): Finding[] {
  const sources = [...alertmanagerDefaults, ...files.map(({ path, text }) => ({ name: path, text }))]
  const references = createReferences(sources)
  const own = createReferences(files.map(({ path, text }) => ({ name: path, text }))).calls
  const paths = new Set(files.map(({ path }) => path))
  const called = new Set([...own].flatMap(([name, calls]) => [...calls].filter((one) => one !== name)))
  const set = parseTemplates(sources, {
    functions: alertmanagerFunctions({ now: () => nowMs }),
    limits: { maxSteps: 1_000_000, maxOutputBytes: 1024 * 1024 },
  })
  const found: Finding[] = []
  for (const name of own.keys()) {
    // What stands around definitions is nobody's text.
    if (called.has(name) || paths.has(name)) continue
    const asked = askedNames(references.of(`{{ template ${JSON.stringify(name)} . }}`))
    const [first, ...others] = dots(
      asked.map((one) => ({ ...one, isAnnotation: isAnnotation(one) })),
      nowMs,
    ).map((dot) => failureWith(() => set.execute(name, dot)))
    if (first === undefined) continue
    // A near name says that the notification was meant.
    if (first.hint === undefined && first.kind !== 'limit' && others.some((failure) => failure === undefined)) continue
    const { template: file, line, column, reason, hint } = first
    if (!paths.has(file)) continue
    const message = `"${name}" cannot be filled in: ${reason}`
    found.push({ check: 'receivers/template_runs', place: { file, line, column }, message, hint })
  }
  return found
}

function failureWith(run: () => unknown): TemplateError | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof TemplateError) return error
    throw error
  }
}

/** What a definition may be called with, a notification first. */
function dots(
  asked: readonly { readonly name: string; readonly isAnnotation: boolean }[],
  nowMs: number,
): readonly PlainValue[] {
  const pairs = (annotations: boolean) =>
    Object.fromEntries(asked.filter((one) => one.isAnnotation === annotations).map(({ name }) => [name, `${name}-1`]))
  const labels = { alertname: 'SampleAlert', ...pairs(false) }
  const annotations = pairs(true)
  const plain: AlertmanagerPlain = {
    receiver: 'sample',
    status: 'firing',
    alerts: [{ status: 'firing', labels, annotations, startsAtMs: nowMs - 300_000, generatorURL: 'http://localhost' }],
    notificationReason: 'first notification',
    groupLabels: labels,
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: 'http://localhost:7070',
  }
  const data = alertmanagerData(plain)
  const field = (name: string) => data.values[(data.type.fields ?? []).findIndex((one) => one.name === name)]
  const alerts = field('Alerts')!
  const alert = (toValue(alerts) as { readonly items: readonly PlainValue[] }).items[0]!
  return [data, alert, alerts, field('CommonLabels')!, map(new Map()), 'text']
}
