import * as z from 'zod'
import { createMatcher, type Matcher, parseMatchers } from '../../../alerting/index.ts'
import { BinnacleError } from '../../../config/index.ts'
import type { HttpRequest } from '../../http-request.ts'
import type { ApiDeps } from '../../prometheus/index.ts'

const MAX_TEXT = 10_000
const MAX_LABELS = 200

/** A body of JSON, checked. Throws `BinnacleError` (`http.bad_request`) that names the field. */
export function readJson<T>(deps: ApiDeps, request: HttpRequest, schema: z.ZodType<T>): Promise<T> {
  const bound = { maxBytes: deps.limits.maxFormBytes, limitName: 'limits.max_form_size' }
  return deps.bodies.withBody(request.incoming, bound, async (body) => {
    let value: unknown
    try {
      value = JSON.parse(body.toString('utf8'))
    } catch {
      throw refused('the body is no JSON')
    }
    const checked = schema.safeParse(value)
    if (checked.success) return checked.data
    const issue = checked.error.issues[0]!
    throw refused(`${issue.path.length === 0 ? 'the body' : issue.path.join('.')}: ${issue.message}`)
  })
}

const refused = (message: string) => new BinnacleError('http.bad_request', message)

const text = z.string().max(MAX_TEXT)
const name = z.string().trim().min(1, 'must not be empty').max(200)

export const labelsBody = z
  .record(z.string().min(1), text)
  .refine((labels) => Object.keys(labels).length <= MAX_LABELS, {
    message: `more than ${MAX_LABELS} labels`,
  })

const matcherBody = z.strictObject({ name: z.string().min(1), kind: z.enum(['=', '!=', '=~', '!~']), value: text })
export const matchersBody = z.array(matcherBody).min(1, 'at least one matcher is needed').max(100)

/** Throws `BinnacleError` (`alerting.bad_matcher`) for a regular expression that is none. */
export const toMatchers = (matchers: z.infer<typeof matchersBody>): Matcher[] =>
  matchers.map(({ name: label, kind, value }) => createMatcher(kind, label, value))

const fingerprints = z
  .array(z.string().regex(/^[0-9a-f]{16}$/, 'is no fingerprint'))
  .min(1)
  .max(10_000)
const via = z.enum(['page', 'link', 'cli', 'api']).default('api')
export const acknowledgeBody = z.strictObject({ fingerprints, by: name, comment: text, via })
export const unacknowledgeBody = z.strictObject({ fingerprints, by: name.optional(), via })
export const previewBody = z.strictObject({ matchers: matchersBody })
export const silenceBody = z.strictObject({
  id: z.string().max(100).optional(),
  matchers: matchersBody,
  startsAtMs: z.number(),
  endsAtMs: z.number(),
  createdBy: name,
  comment: z.string().trim().min(1, 'a reason is required').max(MAX_TEXT),
})
export const extendBody = z.strictObject({
  byMs: z
    .number()
    .int()
    .min(60_000)
    .max(31 * 86_400_000),
})
export const explainBody = z.strictObject({ labels: labelsBody })
export const messagesBody = z.strictObject({
  receivers: z.array(z.string()).max(50),
  labels: labelsBody,
  annotations: labelsBody.optional(),
})
export const testBody = z.strictObject({ labels: labelsBody.optional() })

/** Matchers of `filter`, as amtool writes them; none when it is left out. */
export function filterOf({ search }: HttpRequest): readonly Matcher[] {
  const filter = search.get('filter')?.trim() ?? ''
  return filter === '' ? [] : parseMatchers(filter)
}

/** A whole number in bounds; `otherwise` when it was left out. */
export function countOf(request: HttpRequest, field: string, bounds: { otherwise: number; max: number }): number {
  const given = request.search.get(field) ?? ''
  if (given === '') return bounds.otherwise
  const value = Number(given)
  if (!Number.isInteger(value) || value < 0 || value > bounds.max)
    throw new BinnacleError(
      'http.bad_parameter',
      `invalid parameter "${field}": a number from 0 to ${bounds.max} is expected`,
    )
  return value
}

/** Unix seconds to ms; `otherwise` (Unix ms) when it was left out. */
export function timeOf(request: HttpRequest, field: string, otherwise: number): number {
  const given = request.search.get(field) ?? ''
  if (given === '') return otherwise
  const seconds = Number(given)
  if (!Number.isFinite(seconds))
    throw new BinnacleError('http.bad_parameter', `invalid parameter "${field}": Unix seconds are expected`)
  return Math.round(seconds * 1000)
}

/** One of some words; `undefined` when it was left out. */
export function wordOf<T extends string>(request: HttpRequest, field: string, words: readonly T[]): T | undefined {
  const given = request.search.get(field) ?? ''
  if (given === '') return undefined
  const word = words.find((one) => one === given)
  if (word === undefined)
    throw new BinnacleError(
      'http.bad_parameter',
      `invalid parameter "${field}": one of ${words.join(', ')} is expected`,
    )
  return word
}
