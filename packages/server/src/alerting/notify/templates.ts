import {
  alertmanagerData,
  alertmanagerDataInSlices,
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
import type { Clock, Pacer } from '../../telemetry/index.ts'
import { binnacleTemplates } from './binnacle-templates.ts'
import { compositionOf } from './composition.ts'
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
  const values = new WeakMap<NotificationData, Dot>()
  const toDot = (data: NotificationData) => {
    const made = values.get(data) ?? alertmanagerData(data)
    values.set(data, made)
    return made
  }
  async function dotInSlices(data: NotificationData, pace: Pacer): Promise<Dot> {
    const made = values.get(data) ?? (await alertmanagerDataInSlices(data, pace))
    values.set(data, made)
    return made
  }
  type Kind = 'plain' | 'escaped'
  const renderers: Readonly<Record<Kind, Renderer>> = { plain, escaped }
  function run(kind: Kind, template: string, data: NotificationData, extra?: Extra): string {
    if (!template.includes('{{')) return template
    const renderer = renderers[kind]
    const composition = compositionOf(data)
    if (composition === undefined) {
      return guard(paths, template, () => renderer.render(template, withExtra(toDot(data), extra)))
    }
    return composition.part(JSON.stringify([kind, template, extra]), async (pace) => {
      const dot = withExtra(await dotInSlices(data, pace), extra)
      try {
        return await renderer.renderInSlices(template, dot, pace)
      } catch (error) {
        return guard(paths, template, () => {
          throw error
        })
      }
    })
  }
  return {
    externalUrl,
    isFallback: false,
    text: (template, data, extra) => run('plain', template, data, extra),
    word: (template, data) => run('plain', template, data),
    html: (template, data) => run('escaped', template, data),
  }
}

type Dot = ReturnType<typeof alertmanagerData>
type Extra = Readonly<Record<string, string>>

/** The dot with further fields. */
function withExtra(dot: Dot, extra: Extra | undefined): Value {
  if (extra === undefined) return dot
  const fields = (dot.type.fields ?? []).map(({ name }, i) => [name, dot.values[i]] as const)
  return map(new Map<string, Value>([...fields, ...Object.entries(extra)]))
}

type Renderer = {
  render(template: string, dot: Value): string
  renderInSlices(template: string, dot: Value, pace: Pacer): Promise<string>
}

function rendererOf(set: TemplateSet): Renderer {
  const compiled = new Map<string, Template>()
  function compile(text: string): Template {
    const template = compiled.get(text) ?? set.compileText('', text)
    if (compiled.size >= MAX_COMPILED) compiled.clear()
    compiled.set(text, template)
    return template
  }
  return {
    render(text, dot) {
      const result = compile(text).execute(dot)
      if (typeof result !== 'string') throw new Error('a function of notification templates made its execution wait')
      return result
    },
    renderInSlices: async (text, dot, pace) => compile(text).executeInSlices(dot, pace),
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
