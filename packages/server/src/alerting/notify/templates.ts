import {
  alertmanagerData,
  alertmanagerDefaults,
  alertmanagerFunctions,
  map,
  parseTemplates,
  type Template,
  TemplateError,
  type TemplateSet,
  type Value,
  zoneNamed,
} from '@binnacle/gotemplate'
import { BinnacleError } from '../../config/index.ts'
import type { Clock } from '../../telemetry/index.ts'
import { binnacleTemplates } from './binnacle-templates.ts'
import type { NotificationData } from './notification-data.ts'

/** The templates of one configuration: the built-in ones, then those of its `templates:` files, which win. */
export type Templates = {
  /**
   * Executes a text of the configuration. `extra` are further fields of the dot. Throws `BinnacleError`
   * (`notify.template`) with template, line and column.
   */
  text(template: string, data: NotificationData, extra?: Readonly<Record<string, string>>): string
  /** The same for what is no text for people: addresses, colours, keys. */
  word(template: string, data: NotificationData): string
  /** The same as `text` with HTML escaping by context, for fields that are HTML. */
  html(template: string, data: NotificationData): string
  /** `.ExternalURL` of notifications. */
  readonly externalUrl: string
  /** Texts are those of a second try after a failure (`fallbackTemplates`). */
  readonly isFallback: boolean
}

export type TemplateFile = {
  /** Its base name is the name of what stands outside of definitions, as in Alertmanager. */
  readonly path: string
  readonly text: string
}

export type TemplatesOptions = {
  readonly files: readonly TemplateFile[]
  readonly externalUrl: string
  /** Zone in which `now` and `.Local` print, by its IANA name; that of the process when absent. Times of alerts are UTC. */
  readonly zone?: string
}

/** A group of 10,000 alerts as JSON takes some 6 MB; what grows beyond this is a mistake in a template. */
const LIMITS = { maxSteps: 10_000_000, maxOutputBytes: 16 * 1024 * 1024 }
/** Some 2,000 alerts in a mail; servers of mail take little more, and escaping by context is slower. */
const HTML_LIMITS = { ...LIMITS, maxOutputBytes: 4 * 1024 * 1024 }
const MAX_COMPILED = 2000

/** Throws `BinnacleError` (`notify.template`) when a file cannot be parsed. */
export function createTemplates({ files, externalUrl, zone }: TemplatesOptions, clock: Clock): Templates {
  const paths = new Map(files.map(({ path }) => [baseName(path), path]))
  const sources = [...alertmanagerDefaults, ...binnacleTemplates, ...files.map(toSource)]
  const local = zoneNamed(zone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone)
  const inZone = local === undefined ? {} : { local }
  const functions = alertmanagerFunctions({ now: () => clock.now(), ...(local === undefined ? {} : { zone: local }) })
  const parse = (html: boolean): Renderer =>
    guard(paths, undefined, () =>
      rendererOf(parseTemplates(sources, { functions, html, limits: html ? HTML_LIMITS : LIMITS, ...inZone })),
    )
  const plain = parse(false)
  const escaped = parse(true)
  // Fields of one notification ask for the same data many times.
  const values = new WeakMap<NotificationData, ReturnType<typeof alertmanagerData>>()
  const toDot = (data: NotificationData) => {
    const made = values.get(data) ?? alertmanagerData(data)
    values.set(data, made)
    return made
  }
  const run = (render: Renderer, template: string, dot: Value): string =>
    template.includes('{{') ? guard(paths, template, () => render(template, dot)) : template
  return {
    externalUrl,
    isFallback: false,
    text(template, data, extra) {
      const value = toDot(data)
      if (extra === undefined) return run(plain, template, value)
      const fields = (value.type.fields ?? []).map(({ name }, i) => [name, value.values[i]] as const)
      return run(plain, template, map(new Map<string, Value>([...fields, ...Object.entries(extra)])))
    },
    word: (template, data) => run(plain, template, toDot(data)),
    html: (template, data) => run(escaped, template, toDot(data)),
  }
}

type Renderer = (template: string, dot: Value) => string

function rendererOf(set: TemplateSet): Renderer {
  const compiled = new Map<string, Template>()
  return (text, dot) => {
    const template = compiled.get(text) ?? set.compileText('', text)
    if (compiled.size >= MAX_COMPILED) compiled.clear()
    compiled.set(text, template)
    const result = template.execute(dot)
    if (typeof result !== 'string') throw new Error('a function of notification templates made its execution wait')
    return result
  }
}

const baseName = (path: string) => path.replace(/^.*[/\\]/, '')
const toSource = ({ path, text }: TemplateFile) => ({ name: baseName(path), text })

/** Template errors with their place: the file, or the text of the configuration in the hint. */
function guard<T>(paths: ReadonlyMap<string, string>, inline: string | undefined, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    const file = paths.get(error.template)
    const shown = inline === undefined || inline.length <= 120 ? inline : `${inline.slice(0, 119)}…`
    throw new BinnacleError('notify.template', error.message, {
      kind: error.kind === 'limit' ? 'limit' : 'input',
      place: { line: error.line, column: error.column, ...(file === undefined ? {} : { file }) },
      ...(shown === undefined ? {} : { hint: `in ${JSON.stringify(shown)}` }),
      cause: error,
    })
  }
}
