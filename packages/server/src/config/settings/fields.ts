import { RE2JS } from 're2js'
import { z } from 'zod'
import { formatDurationMs, nearestName, parseByteSize, parseDurationMs, Secret } from '../index.ts'

/** What the reference page says of a setting beside its description. */
export type FieldMeta = {
  /** What may stand there, for people. */
  readonly kind: string
  /** The default as one would write it; absent: none. */
  readonly default?: string
  readonly secret?: true
}

/** Meta of a leaf; the schema's objects have none. */
export const fieldMeta = z.registry<FieldMeta>()

function field<S extends z.ZodType>(schema: S, meta: FieldMeta, description: string): S {
  const described = schema.describe(description) as S
  fieldMeta.add(described, meta)
  return described
}

const scalar = z.union([z.string(), z.number()], { error: 'expected text or a number' })

/** A Prometheus duration; ms once read. */
export function duration(byDefault: string, description: string, bounds: { minMs?: number; maxMs?: number } = {}) {
  const { minMs = 0, maxMs = Number.MAX_SAFE_INTEGER } = bounds
  const schema = scalar.transform((raw, c) => {
    const ms = parseDurationMs(String(raw))
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms
    const wanted =
      ms === undefined
        ? 'a duration such as 30s, 5m or 30d'
        : ms < minMs
          ? `long enough: at least ${formatDurationMs(minMs)}`
          : `short enough: at most ${formatDurationMs(maxMs)}`
    c.issues.push({ code: 'custom', message: `"${String(raw)}" is not ${wanted}`, input: raw })
    return z.NEVER
  })
  return field(schema.prefault(byDefault), { kind: 'duration', default: byDefault }, description)
}

function toBytes(raw: string | number): number | undefined {
  const bytes = typeof raw === 'number' ? raw : parseByteSize(raw)
  return bytes !== undefined && bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined
}

/** A size such as `64MiB`, or a number of bytes; bytes once read. */
export function size(byDefault: string, description: string) {
  const schema = scalar.transform((raw, c) => {
    const bytes = toBytes(raw)
    if (bytes !== undefined) return bytes
    c.issues.push({ code: 'custom', message: `"${String(raw)}" is not a size such as 512MB or 64MiB`, input: raw })
    return z.NEVER
  })
  return field(schema.prefault(byDefault), { kind: 'size', default: byDefault }, description)
}

/** A size or `auto`, which is `undefined` once read: the part that uses it decides. */
export function autoSize(description: string) {
  const schema = scalar.transform((raw, c) => {
    if (raw === 'auto') return undefined
    const bytes = toBytes(raw)
    if (bytes !== undefined) return bytes
    c.issues.push({
      code: 'custom',
      message: `"${String(raw)}" is not "auto" nor a size such as 512MB or 64MiB`,
      input: raw,
    })
    return z.NEVER
  })
  return field(schema.prefault('auto'), { kind: 'size or auto', default: 'auto' }, description)
}

/** A whole number from `min` on. */
export function count(byDefault: number, description: string, min = 1) {
  const schema = z
    .number({ error: 'expected a whole number' })
    .int('expected a whole number')
    .min(min, `must be at least ${min}`)
  return field(schema.prefault(byDefault), { kind: 'number', default: String(byDefault) }, description)
}

/** A whole number from 1 on, or `auto`, which is `undefined` once read. */
export function autoCount(description: string) {
  const schema = z.union([z.literal('auto'), z.number().int().min(1)], {
    error: 'expected "auto" or a whole number from 1 on',
  })
  return field(
    schema.prefault('auto').transform((raw) => (raw === 'auto' ? undefined : raw)),
    { kind: 'number or auto', default: 'auto' },
    description,
  )
}

/** A part in percent, more than nothing and up to 100, or `auto`, which is `undefined` once read. A fraction of 1 once read. */
export function autoPercent(description: string) {
  const schema = z.string({ error: 'expected "auto" or a part such as 20%' }).transform((raw, c) => {
    if (raw === 'auto') return undefined
    const percent = /^\d+(\.\d+)?%$/.test(raw) ? Number(raw.slice(0, -1)) : Number.NaN
    if (percent > 0 && percent <= 100) return percent / 100
    c.issues.push({ code: 'custom', message: `"${raw}" is not "auto" nor a part from above 0% to 100%`, input: raw })
    return z.NEVER
  })
  return field(schema.prefault('auto'), { kind: 'percent or auto', default: 'auto' }, description)
}

export function flag(byDefault: boolean, description: string) {
  const schema = z.boolean({ error: 'expected true or false' }).prefault(byDefault)
  return field(schema, { kind: 'true or false', default: String(byDefault) }, description)
}

export function text(byDefault: string, description: string) {
  const schema = z.string({ error: 'expected text' }).min(1, 'must not be empty').prefault(byDefault)
  return field(schema, { kind: 'text', default: byDefault }, description)
}

export function optionalText(description: string, kind = 'text') {
  return field(z.string({ error: 'expected text' }).min(1, 'must not be empty').optional(), { kind }, description)
}

/** A regular expression in RE2's syntax. */
export function optionalRegex(description: string) {
  const schema = z.string({ error: 'expected text' }).refine(isRe2, 'not a regular expression in RE2 syntax').optional()
  return field(schema, { kind: 'regex (RE2)' }, description)
}

function isRe2(pattern: string): boolean {
  try {
    RE2JS.compile(pattern)
    return true
  } catch {
    return false
  }
}

export function choice<const T extends readonly [string, ...string[]]>(
  values: T,
  byDefault: T[number],
  description: string,
) {
  const schema = z.enum(values, { error: `expected one of ${values.join(', ')}` }).prefault(byDefault as never)
  return field(schema, { kind: values.join(', '), default: byDefault }, description)
}

export function secret(description: string) {
  const schema = z
    .string({ error: 'expected text' })
    .min(1, 'must not be empty')
    .transform((raw) => new Secret(raw))
    .optional()
  return field(schema, { kind: 'secret', secret: true }, description)
}

/** An address that is a secret itself, as those of webhooks and watchers are; the error does not repeat it. */
export function secretUrl(description: string) {
  const schema = z
    .string({ error: 'expected text' })
    .refine(isHttpUrl, 'not an address that begins with http:// or https://')
    .transform((raw) => new Secret(raw))
    .optional()
  return field(schema, { kind: 'URL, a secret', secret: true }, description)
}

export function optionalUrl(description: string) {
  const schema = z
    .string({ error: 'expected text' })
    .refine(isHttpUrl, 'not an address that begins with http:// or https://')
    .optional()
  return field(schema, { kind: 'URL' }, description)
}

function isHttpUrl(raw: string): boolean {
  return URL.canParse(raw) && /^https?:$/.test(new URL(raw).protocol)
}

export function switches(description: string) {
  const schema = z.record(z.string(), z.boolean({ error: 'expected true or false' })).prefault({})
  return field(schema, { kind: 'map of names to true or false', default: '{}' }, description)
}

/** Names with single values, kept as text. Passwords may be among them, so that it shows as a secret does. */
export function texts(description: string) {
  const value = z.union([z.string(), z.number(), z.boolean()], { error: 'expected a single value' }).transform(String)
  return field(
    z.record(z.string(), value).prefault({}),
    { kind: 'map of names to values', default: '{}', secret: true },
    description,
  )
}

/** Paths of folders; a relative one counts as other paths of the file do. */
export function folders(description: string) {
  const schema = z
    .array(z.string({ error: 'expected a path' }).min(1, 'must not be empty'), { error: 'expected a list of paths' })
    .prefault([])
  return field(schema, { kind: 'list of paths', default: '[]' }, description)
}

/** Paths of files, or patterns with `*`, `?` and `[...]` for them. */
export function filePatterns(description: string) {
  const schema = z
    .array(z.string({ error: 'expected a path' }).min(1, 'must not be empty'), { error: 'expected a list of paths' })
    .prefault([])
  return field(schema, { kind: 'list of paths or patterns', default: '[]' }, description)
}

/** Entries that are groups of settings themselves. */
export function list<S extends z.core.$ZodLooseShape>(shape: S, kind: string, description: string) {
  const schema = z.array(z.strictObject(shape), { error: 'expected a list' }).prefault([])
  return field(schema, { kind, default: '[]' }, description)
}

export function labelsMap(description: string) {
  const name = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'not a label name')
  const labels = z.record(name, z.string({ error: 'expected text' }), { error: 'expected names and values' })
  return field(labels.prefault({}), { kind: 'map of labels', default: '{}' }, description)
}

/** Labels for each of some names. */
export function labelsByName(kind: string, description: string) {
  const labels = z.record(
    z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'not a label name'),
    z.string({ error: 'expected text' }),
    { error: 'expected labels such as {severity: critical}' },
  )
  return field(z.record(z.string(), labels).prefault({}), { kind, default: '{}' }, description)
}

/** Lists of names for each of some names. */
export function namesByName(kind: string, description: string) {
  const list = z.union([z.string().transform((one) => [one]), z.array(z.string())], {
    error: 'expected a name or a list of names',
  })
  return field(z.record(z.string(), list).prefault({}), { kind, default: '{}' }, description)
}

/** Entries of one shape, which a page of its own describes. */
export function listOf<S extends z.ZodType>(item: S, kind: string, description: string) {
  return field(z.array(item, { error: 'expected a list' }).prefault([]), { kind, default: '[]' }, description)
}

/** Some of the known names: a list, or one text with commas between them. */
export function names<const T extends string>(known: readonly T[], description: string) {
  const name = z.string({ error: 'expected a name' }).superRefine((given, c) => {
    if ((known as readonly string[]).includes(given)) return
    const near = nearestName(given, known)
    const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`
    c.addIssue({ code: 'custom', message: `"${given}" is not known: ${hint}` })
  })
  const split = (raw: unknown) =>
    typeof raw === 'string' ? raw.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()])) : raw
  const list = z.array(name, { error: 'expected a list of names' }).transform((given) => given as T[])
  return field(z.preprocess(split, list).prefault([]), { kind: 'list of names', default: '[]' }, description)
}

/** Some of the known names, or `auto`, which is `undefined` once read. */
export function autoNames<const T extends readonly [string, ...string[]]>(known: T, description: string) {
  const name = z.enum(known, { error: `known are ${known.join(', ')}` })
  const schema = z.union([z.literal('auto'), z.array(name)], {
    error: `expected "auto" or a list of ${known.join(', ')}`,
  })
  return field(
    schema.prefault('auto').transform((raw) => (raw === 'auto' ? undefined : (raw as readonly T[number][]))),
    { kind: 'list of names or auto', default: 'auto' },
    description,
  )
}

/** Any text that a check of its own turns into a value. */
export function checkedText<T>(
  byDefault: string,
  kind: string,
  description: string,
  read: (raw: string) => T | { readonly wrong: string },
) {
  const schema = z.string({ error: 'expected text' }).transform((raw, c): T => {
    const value = read(raw)
    if (typeof value === 'object' && value !== null && 'wrong' in value) {
      c.issues.push({ code: 'custom', message: value.wrong, input: raw })
      return z.NEVER
    }
    return value as T
  })
  return field(schema.prefault(byDefault), { kind, default: byDefault }, description)
}

/** A group of settings; all of it may be left out. */
export function section<S extends z.core.$ZodLooseShape>(shape: S, description: string) {
  return z
    .strictObject(shape)
    .prefault({} as never)
    .describe(description)
}
