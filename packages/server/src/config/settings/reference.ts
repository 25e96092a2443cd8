import type { z } from 'zod'
import { fieldMeta } from './fields.ts'
import { FLAGS, objectShape } from './load.ts'
import { settingsSchema } from './schema.ts'

/** docs/reference/configuration.md: every setting of binnacle.yml, from the schema. */
export function renderReference(): string {
  const out = [
    '# binnacle.yml',
    '',
    'All settings with their defaults. Every one may be left out: Binnacle runs without any configuration.',
    'This page is written by `node scripts/write-reference.mjs`; a test keeps it fresh.',
    '',
    '- Durations are written as in Prometheus: `30s`, `5m`, `1h30m`, `30d`. Sizes: `512MB`, `64MiB`, or bytes.',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what a configuration holds, not a template of ours
    '- `${NAME}` in any text is replaced by that variable of the environment; one that is not set is an error. `$$` is a plain `$`.',
    '- Relative paths in the file count from the folder of the file; in flags, from the working directory.',
    '- A flag wins over the file, the file over the default.',
    '',
  ]
  const flagOf = new Map<string, string>(Object.entries(FLAGS).map(([flag, path]) => [path, flag]))
  section(settingsSchema.shape, '', out, flagOf)
  return `${out.join('\n').trimEnd()}\n`
}

function section(
  shape: Readonly<Record<string, z.core.$ZodType>>,
  prefix: string,
  out: string[],
  flagOf: ReadonlyMap<string, string>,
): void {
  const rows: string[] = []
  const groups: [string, z.core.$ZodType][] = []
  for (const [key, schema] of Object.entries(shape)) {
    const meta = fieldMeta.get(schema)
    if (!meta) {
      groups.push([prefix + key, schema])
      continue
    }
    const flag = flagOf.get(prefix + key)
    const about = (schema as z.ZodType).description ?? ''
    rows.push(
      `| \`${prefix}${key}\` | ${meta.kind} | ${meta.default === undefined ? '' : `\`${meta.default}\``} | ${about}${flag ? ` Flag: \`--${flag}\`.` : ''} |`,
    )
  }
  if (rows.length > 0) out.push('| setting | value | default | what it does |', '|---|---|---|---|', ...rows, '')
  for (const [path, schema] of groups) {
    out.push(`## ${path}`, '', (schema as z.ZodType).description ?? '', '')
    section(objectShape(schema) ?? {}, `${path}.`, out, flagOf)
  }
}
