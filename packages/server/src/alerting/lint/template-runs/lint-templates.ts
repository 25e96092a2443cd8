import { alertmanagerDefaults, createReferences, type References } from '@binnacle/gotemplate'
import {
  ConfigErrors,
  messageOf,
  type Place,
  parseYaml,
  type YamlDocument,
  type YamlPath,
} from '../../../config/index.ts'
import type { Finding } from '../../../rules/lint/index.ts'
import { silentLogger, systemClock } from '../../../telemetry/index.ts'
import type { CheckedAlertmanagerConfig, ReceiverConfig } from '../../config/index.ts'
import { createTemplates, type NotifierDeps, receiverKinds, type TemplateFile } from '../../notify/index.ts'
import type { RuleAlerts } from '../alert-facts.ts'
import { inOrder, some } from '../check.ts'
import { askedIn, isAnnotation } from './asked-names.ts'
import { emptyWhy } from './empty-text.ts'
import { failuresOf } from './failures.ts'
import { fieldTexts, textsIn } from './field-texts.ts'
import { judgeNames, type NameVerdict } from './missing-names.ts'
import { recordedTemplates } from './recorded-templates.ts'
import { type ReceiverSamples, type SampleNotification, sampleNotifications } from './sample-notifications.ts'
import type { TemplateCheck } from './template-checks.ts'
import { newOutcome, noteRun, type TextOutcome } from './text-outcome.ts'

export type TemplateLintOptions = {
  /** Files of `templates`, each of which can be parsed. */
  readonly files: readonly TemplateFile[]
  /** Of the rules that belong to the configuration; absent when none were given. */
  readonly alerts?: readonly RuleAlerts[] | undefined
  /** Receivers that are told without a route, of whatever alerts. */
  readonly escalated?: readonly string[] | undefined
  /** Unix ms. */
  readonly nowMs: number
}

/**
 * Fills in every template of every receiver with notifications as its routes would make them, firing and resolved, and
 * tells what fails, prints nothing or asks for what is not there. Nothing is sent, and no file of secrets is read. There are
 * no findings for a file with errors.
 */
export async function lintTemplates(
  text: string,
  { config, document }: CheckedAlertmanagerConfig,
  options: TemplateLintOptions,
): Promise<Finding[]> {
  if (config === undefined || document === undefined) return []
  const written = readWritten(text, document.file)
  if (written === undefined) return []
  const sources = options.files.map((file) => ({ name: baseName(file.path), text: file.text }))
  const references = createReferences([...alertmanagerDefaults, ...sources])
  const own = new Set(createReferences(sources).calls.keys())
  const sample = {
    alerts: options.alerts,
    asked: namesAsked(document, own, references),
    nowMs: options.nowMs,
  }
  const about: About = {
    document,
    written,
    references,
    files: new Map(options.files.map(({ path }) => [baseName(path), path])),
    own,
  }
  const deps = notifierDeps(options)
  const inFiles: FileNames = new Map()
  const found: Finding[] = []
  for (const receiver of config.receivers) {
    const samples = sampleNotifications(receiver.name, config, sample)
    // An escalation brings alerts that no route leads there.
    const known = options.escalated?.includes(receiver.name)
      ? { notifications: samples.notifications, routes: [] }
      : samples
    found.push(...(await lintReceiver(receiver, known, about, deps, inFiles)))
  }
  return inOrder(distinct([...found, ...missingInFiles(inFiles)]), document.file)
}

/** What all receivers are looked at with. */
type About = {
  readonly document: YamlDocument
  /** Before variables of the environment were filled in. */
  readonly written: YamlDocument
  readonly references: References
  /** Paths of template files by their base names. */
  readonly files: ReadonlyMap<string, string>
  /** Names of their definitions. */
  readonly own: ReadonlySet<string>
}

async function lintReceiver(
  receiver: ReceiverConfig,
  samples: ReceiverSamples,
  about: About,
  deps: NotifierDeps,
  inFiles: FileNames,
): Promise<Finding[]> {
  const found: Finding[] = []
  const add = (check: TemplateCheck, place: Place, message: string, hint?: string) =>
    found.push({ check, place, message, hint })
  for (const { checked, index } of receiver.integrations) {
    const fields = fieldTexts(
      about.document,
      about.written,
      entryPath(about.document, receiver.name, checked.kind, index),
    )
    const { outcomes, failure } = await fillIn({ checked, index }, samples.notifications, deps)
    for (const outcome of outcomes) {
      const paths = fields.pathsOf(outcome.template)
      for (const { place, message, hint } of failuresOf(outcome, fields, about.files, receiver.name)) {
        add('receivers/template_runs', place, message, hint)
      }
      const verdicts = judgeNames(outcome.template, receiver.name, samples, about)
      for (const verdict of verdicts) {
        const { asked, missing } = verdict
        if (asked.template !== '') noteInFile(inFiles, verdict, about.files.get(asked.template)!, receiver.name)
        else if (missing !== undefined) {
          const message = `${emptyName(verdict)}: ${missing.why}`
          for (const path of paths)
            add('receivers/template_labels', fields.placeOf(path, asked.offset), message, missing.hint)
        }
      }
      const isTold = outcome.failures > 0 || verdicts.some(({ missing }) => missing !== undefined)
      const empty = isTold ? undefined : emptyWhy(outcome, samples, receiver.name, about)
      if (empty === undefined) continue
      for (const path of paths) add('receivers/template_empty', fields.placeOf(path, 0), empty.message, empty.hint)
    }
    // What a text that failed left behind may well make no message.
    if (failure !== undefined && !outcomes.some(({ failures }) => failures > 0)) {
      add('receivers/template_runs', fields.entry, `the message cannot be made: ${failure}`)
    }
  }
  return found
}

/** All texts of an integration, filled in for each sample. */
async function fillIn(
  { checked, index }: Pick<ReceiverConfig['integrations'][number], 'checked' | 'index'>,
  samples: readonly SampleNotification[],
  deps: NotifierDeps,
): Promise<{ readonly outcomes: readonly TextOutcome[]; readonly failure: string | undefined }> {
  const outcomes = new Map<string, TextOutcome>()
  let now: SampleNotification | undefined
  const templates = recordedTemplates(deps.templates, (run) => {
    const known = outcomes.get(run.template) ?? newOutcome(run.template)
    outcomes.set(run.template, known)
    noteRun(known, run, now!)
  })
  const notifier = checked.create({ ...deps, templates }, index)
  let failure: string | undefined
  for (const sample of samples) {
    const { alerts, nowMs } = sample.notification
    if (!checked.sendResolved && alerts.some(({ endsAtMs }) => endsAtMs <= nowMs)) continue
    now = sample
    try {
      await notifier.render(sample.notification)
    } catch (error) {
      failure ??= messageOf(error)
    }
  }
  await notifier.stop()
  return { outcomes: [...outcomes.values()], failure }
}

/** Names that definitions in files ask for, by their places, with the receivers that come to them. */
type FileNames = Map<string, FileName>

type FileName = {
  readonly place: Place
  readonly verdict: NameVerdict
  readonly receivers: Set<string>
  readonly missing: NonNullable<NameVerdict['missing']>[]
}

function noteInFile(inFiles: FileNames, verdict: NameVerdict, file: string, receiver: string): void {
  const { asked, missing } = verdict
  const key = `${file} ${asked.offset}`
  const place = { file, line: asked.line, column: asked.column }
  const known: FileName = inFiles.get(key) ?? { place, verdict, receivers: new Set(), missing: [] }
  inFiles.set(key, known)
  if (known.receivers.has(receiver)) return
  known.receivers.add(receiver)
  if (missing !== undefined) known.missing.push(missing)
}

function* missingInFiles(inFiles: FileNames): Generator<Finding> {
  for (const { place, verdict, receivers, missing } of inFiles.values()) {
    // A definition that serves several receivers may well ask for what only some of them get.
    if (missing.length < receivers.size) continue
    const { why, hint } = missing[0]!
    const others = receivers.size > 1 ? `; the same holds for ${some([...receivers].slice(1))}` : ''
    yield { check: 'receivers/template_labels', place, message: `${emptyName(verdict)}: ${why}${others}`, hint }
  }
}

const emptyName = ({ asked: { map, name } }: NameVerdict): string => `.${map}.${name} is always empty`

const baseName = (path: string): string => path.replace(/^.*[/\\]/, '')

function entryPath({ value }: YamlDocument, name: string, kind: string, index: number): YamlPath {
  const { receivers } = value as { readonly receivers: readonly ({ readonly name?: unknown } | null)[] }
  const section = receiverKinds.find((one) => one.kind === kind)?.section ?? ''
  return ['receivers', receivers.findIndex((one) => one?.name === name), section, index]
}

/** Every label and annotation that some template of the configuration asks for. */
function namesAsked(
  { value }: YamlDocument,
  own: ReadonlySet<string>,
  references: References,
): { readonly labels: ReadonlySet<string>; readonly annotations: ReadonlySet<string> } {
  const { global, receivers } = value as { readonly global?: unknown; readonly receivers?: unknown }
  const texts = [...textsIn([global, receivers], [])].map(({ text }) => text)
  const called = [...own].map((name) => `{{ template ${JSON.stringify(name)} . }}`)
  const all = [...texts, ...called].flatMap((text) => askedIn(text, references))
  const names = (annotations: boolean) =>
    new Set(all.filter((one) => isAnnotation(one) === annotations).map(({ name }) => name))
  return { labels: names(false), annotations: names(true) }
}

function notifierDeps({ files, nowMs }: TemplateLintOptions): NotifierDeps {
  const clock = { ...systemClock, now: () => nowMs }
  return {
    clock,
    log: silentLogger,
    templates: createTemplates({ files, externalUrl: 'http://localhost:7070' }, clock),
    userAgent: 'Binnacle',
    hostname: 'localhost',
    environment: {},
  }
}

function readWritten(text: string, file: string): YamlDocument | undefined {
  try {
    return parseYaml(text, file, { scalars: 'text' })
  } catch (error) {
    if (error instanceof ConfigErrors) return undefined
    throw error
  }
}

function distinct(findings: readonly Finding[]): Finding[] {
  const key = ({ check, place }: Finding) => `${check} ${place.file} ${place.line} ${place.column}`
  return [...new Map([...findings].reverse().map((one) => [key(one), one])).values()].reverse()
}
