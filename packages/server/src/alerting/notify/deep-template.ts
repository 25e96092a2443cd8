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

/** As Go's yaml.v2 resolves it; `undefined` when it is no YAML (a sentence with a colon, say). */
function parseYaml(text: string): unknown {
  // Far cheaper than parsing, and right for almost every text.
  if (/^[A-Za-z][^:#\n{}[\]]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text)) return text
  try {
    const value: unknown = parse(text, {
      version: '1.1',
      customTags: withoutTimes,
      maxAliasCount: 100,
      logLevel: 'silent',
    })
    // A number that a double cannot hold keeps its digits as a text.
    return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : value
  } catch {
    return undefined
  }
}

const withoutTimes = (tags: Tags): Tags =>
  tags.filter(
    (tag) => typeof tag === 'string' || !(('format' in tag && tag.format === 'TIME') || /timestamp/.test(tag.tag)),
  )
