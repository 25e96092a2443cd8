import { parse, type Tags } from 'yaml'
import { BinnacleError } from '../../config/index.ts'

/**
 * A value from the configuration with every text in it (keys too) run as a template. A text that is then YAML of another
 * type becomes that value (`{{ .Alerts | len }}` a number, `[a, b]` a list), and its texts are run again.
 * Source: Alertmanager's documentation, "Configuration", `payload` of `<webhook_config>`.
 */
function renderDeep(value: unknown, render: Render, depth = 0): unknown {
  return walk(value, render, depth, (template) => {
    const text = render(template)
    const inner = parseYaml(text)
    return typeof inner === 'string' || inner === undefined ? text : renderDeep(inner, render, depth + 1)
  })
}

/** The same, but a text stays a text: a message with a colon in it is no mapping. */
export function renderTexts(value: unknown, render: Render): unknown {
  return walk(value, render, 0, render)
}

/** `renderDeep`, but after a failure texts only: what stands in for a text must not be read as YAML. */
export const renderValues = (
  value: unknown,
  render: Render,
  { isFallback }: { readonly isFallback: boolean },
): unknown => (isFallback ? renderTexts(value, render) : renderDeep(value, render))

type Render = (template: string) => string

function walk(value: unknown, render: Render, depth: number, text: (template: string) => unknown): unknown {
  if (depth > MAX_DEPTH)
    throw new BinnacleError('notify.template', `values are nested deeper than ${MAX_DEPTH}`, { kind: 'limit' })
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return value.map((item) => walk(item, render, depth + 1, text))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [render(key), walk(item, render, depth + 1, text)]),
    )
  }
  return value
}

const MAX_DEPTH = 64

/** YAML that is no JSON is read up to here; longer texts are texts. Reading takes about 2 µs a byte. */
const MAX_YAML_LENGTH = 64 * 1024

/** As Go's yaml.v2 resolves it; `undefined` when it is no YAML (a sentence with a colon, say). */
function parseYaml(text: string): unknown {
  if (isPlainText(text)) return text
  if (/^[-+]?0o[0-7]{1,15}$/.test(text)) return Number(text.replace(/^[-+]/, '')) * (text.startsWith('-') ? -1 : 1)
  // What `toJson` printed: a hundred times as fast.
  if (/^\s*[[{]/.test(text)) {
    try {
      return JSON.parse(text) as unknown
    } catch {
      // YAML has such brackets too.
    }
  }
  if (text.length > MAX_YAML_LENGTH) return undefined
  try {
    const value: unknown = parse(text, {
      version: '1.1',
      customTags: withoutTimes,
      maxAliasCount: 100,
      logLevel: 'error',
    })
    // A number that a double cannot hold keeps its digits as a text.
    return typeof value === 'number' && !isExact(value) ? undefined : value
  } catch {
    return undefined
  }
}

const withoutTimes = (tags: Tags): Tags =>
  tags.filter(
    (tag) => typeof tag === 'string' || !(('format' in tag && tag.format === 'TIME') || /timestamp/.test(tag.tag)),
  )

const isExact = (value: number): boolean =>
  Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))

/** Right for almost every text, and far cheaper than parsing: begins with a letter or as a time, no sign that means something. */
function isPlainText(text: string): boolean {
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return true
  if (!/^[A-Za-z][^#\n\r{}[\]]*$/.test(text) || /:\s|:$|^\s|\s$/.test(text)) return false
  return !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text)
}
