import { labelsOf } from '@binnacle/promql'
import { createMatcher, type IncomingAlert, type Matcher, type SilenceInput } from '../../alerting/index.ts'
import { BinnacleError, messageOf } from '../../config/index.ts'
import { nextTurn } from '../../telemetry/index.ts'
import { BadForm } from './answers.ts'

type Tree = Readonly<Record<string, unknown>>

/** A JSON body. Throws `BadForm` when it is none. */
export function parseBody(body: Buffer, name: string): unknown {
  if (body.length === 0) throw new BadForm(422, `${name} in body is required`, 602)
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw unreadable(name, messageOf(error))
  }
}

const unreadable = (name: string, why: string) =>
  new BadForm(400, `parsing ${name} body from "" failed, because ${why}`)

/** Source: Alertmanager's API v2, `postableAlerts`. Empty labels are left out, unknown keys are not looked at. */
export async function readAlerts(given: unknown): Promise<readonly IncomingAlert[]> {
  if (given === null) return []
  if (!Array.isArray(given)) throw unreadable('alerts', 'it is no list')
  const alerts: IncomingAlert[] = []
  for (const [i, one] of given.entries()) {
    alerts.push(readAlert(one, String(i)))
    if (i % ALERTS_A_TURN === ALERTS_A_TURN - 1) await nextTurn()
  }
  return alerts
}

/** Alerts that are read before others get their turn: about 10 ms. */
const ALERTS_A_TURN = 1000

const alertFields = fieldReader('alerts')

function readAlert(given: unknown, at: string): IncomingAlert {
  const read = alertFields
  const alert = read.tree(given, at)
  const labels = read.texts(alert, at, 'labels')
  if (labels === undefined) throw new BadForm(422, `${at}.labels in body is required`, 602)
  const generatorUrl = read.text(alert, at, 'generatorURL') ?? ''
  if (generatorUrl !== '' && !/^(?:\/|[a-zA-Z][a-zA-Z0-9+.-]*:)\S*$/.test(generatorUrl)) {
    throw new BadForm(422, `${at}.generatorURL in body must be of type uri: ${JSON.stringify(generatorUrl)}`, 601)
  }
  const startsAtMs = read.time(alert, at, 'startsAt')
  const endsAtMs = read.time(alert, at, 'endsAt')
  return {
    labels: labelsOf(labels),
    annotations: labelsOf(read.texts(alert, at, 'annotations') ?? {}),
    generatorUrl,
    ...(startsAtMs === undefined ? {} : { startsAtMs }),
    ...(endsAtMs === undefined ? {} : { endsAtMs }),
  }
}

/** Source: Alertmanager's API v2, `postableSilence`. */
export function readSilence(given: unknown): SilenceInput {
  const read = fieldReader('silence')
  const silence = read.tree(given, '')
  const need = <T>(value: T | undefined, path: string): T => {
    if (value === undefined) throw new BadForm(422, `${path} in body is required`, 602)
    return value
  }
  const id = read.text(silence, '', 'id') ?? ''
  const comment = need(read.text(silence, '', 'comment'), 'comment')
  const createdBy = need(read.text(silence, '', 'createdBy'), 'createdBy')
  const endsAtMs = need(read.time(silence, '', 'endsAt'), 'endsAt')
  const list = need(silence.matchers ?? undefined, 'matchers')
  if (!Array.isArray(list)) throw unreadable('silence', 'matchers is no list')
  if (list.length === 0) throw new BadForm(422, 'matchers in body should have at least 1 items', 612)
  const wanted = list.map((one: unknown, i) => {
    const at = `matchers.${i}`
    const tree = read.tree(one, at)
    const isEqual = read.flag(tree, at, 'isEqual') ?? true
    const isRegex = need(read.flag(tree, at, 'isRegex'), `${at}.isRegex`)
    const name = need(read.text(tree, at, 'name'), `${at}.name`)
    const value = need(read.text(tree, at, 'value'), `${at}.value`)
    return { kind: isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=', name, value } as const
  })
  const startsAtMs = need(read.time(silence, '', 'startsAt'), 'startsAt')
  return {
    ...(id === '' ? {} : { id }),
    matchers: wanted.map(toMatcher),
    startsAtMs,
    endsAtMs,
    createdBy,
    comment,
    annotations: read.texts(silence, '', 'annotations') ?? {},
  }
}

function toMatcher({ kind, name, value }: Pick<Matcher, 'kind' | 'name' | 'value'>, i: number): Matcher {
  const bad = (why: string) =>
    new BinnacleError('alerting.bad_silence', `invalid silence: invalid label matcher ${i} in set 0: ${why}`)
  if (name === '') throw bad('invalid label name ""')
  try {
    return createMatcher(kind, name, value)
  } catch (error) {
    // The expression without the anchors that it gets.
    const why = messageOf(error).replace(`^(?:${value})$`, () => value)
    throw bad(`invalid regular expression ${JSON.stringify(value)}: ${why}`)
  }
}

const TIME = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|z|[+-]\d\d:?\d\d)?)?$/
/** Go's zero time, which many clients send for a time that they do not have. */
const ZERO_TIME_MS = -62_135_596_800_000

/** Fields of one body; what has the wrong type is told with its path. */
function fieldReader(body: string) {
  const wrong = (path: string, key: string, value: unknown, wanted: string) => {
    const kind = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value
    return unreadable(body, `${path === '' ? '' : `${path}.`}${key} is ${kind}, expected ${wanted}`)
  }
  const field = <T>(tree: Tree, path: string, key: string, wanted: string, is: (value: unknown) => value is T) => {
    const value = tree[key]
    if (value === undefined || value === null) return undefined
    if (!is(value)) throw wrong(path, key, value, wanted)
    return value
  }
  const isText = (value: unknown): value is string => typeof value === 'string'
  const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
  const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)
  const text = (tree: Tree, path: string, key: string) => field(tree, path, key, 'a text', isText)
  return {
    text,
    flag: (tree: Tree, path: string, key: string) => field(tree, path, key, 'true or false', isFlag),
    tree(value: unknown, path: string): Tree {
      if (isTree(value)) return value
      throw unreadable(body, `${path === '' ? 'it' : path} is no object`)
    },
    texts(tree: Tree, path: string, key: string): Readonly<Record<string, string>> | undefined {
      const value = field(tree, path, key, 'an object of texts', isTree)
      if (value === undefined) return undefined
      const own: Record<string, string> = Object.create(null) as Record<string, string>
      for (const [name, one] of Object.entries(value)) {
        if (one === null) own[name] = ''
        else if (isText(one)) own[name] = one
        else throw wrong(`${path === '' ? '' : `${path}.`}${key}`, name, one, 'a text')
      }
      return own
    },
    /** Unix ms; absent also for Go's zero time. */
    time(tree: Tree, path: string, key: string): number | undefined {
      const value = text(tree, path, key)
      if (value === undefined || value === '') return undefined
      const zoned = /(?:Z|z|[+-]\d\d:?\d\d)$/.test(value) || value.length === 10 ? value : `${value}Z`
      const ms = TIME.test(value)
        ? Date.parse(zoned.replace(' ', 'T').replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
        : Number.NaN
      if (Number.isNaN(ms))
        throw unreadable(body, `${path === '' ? '' : `${path}.`}${key} is no time: ${JSON.stringify(value)}`)
      return ms <= ZERO_TIME_MS ? undefined : ms
    },
  }
}
