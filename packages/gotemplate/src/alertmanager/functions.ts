import type { FunctionSet } from '../execute/index.ts'
import { utf8Bytes } from '../format/index.ts'
import { textOfBytes } from '../parse/index.ts'
import {
  humanizeDuration,
  matches,
  replaceAll,
  safeHtml,
  safeUrl,
  toLower,
  toTitle,
  toUpper,
  trimSpace,
} from '../prometheus-common/index.ts'
import { FunctionError, LimitReached } from '../template-error.ts'
import {
  fixedZone,
  formatTime,
  inZone,
  makeTime,
  parseLayout,
  subtract,
  TIME,
  timeOfMs,
  UTC,
  zeroTime,
  zoneNamed,
} from '../time/index.ts'
import {
  ANY,
  ANYS,
  type CallContext,
  GoList,
  GoMap,
  GoStruct,
  type GoTime,
  list,
  map,
  STRING,
  STRINGS,
  stringList,
  type Value,
  type Zone,
} from '../values/index.ts'
import { toJson } from './to-json.ts'

export type AlertmanagerHost = {
  /** Milliseconds since 1970, for `now` and `since`. */
  readonly now: () => number
  /** The zone in which `now` prints. Default UTC. */
  readonly zone?: Zone
}

function timeIn(layout: string, text: string): GoTime | string {
  const read = parseLayout(layout, text)
  if (typeof read === 'string') return read
  const zone =
    read.offsetSeconds === 0 && read.abbreviation === 'UTC' ? UTC : fixedZone(read.offsetSeconds, read.abbreviation)
  return makeTime(read.seconds, read.nanos, zone)
}

function unescapeQuery(text: string): string {
  const bytes: number[] = []
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!
    if (c === '+') bytes.push(0x20)
    else if (c === '%') {
      const hex = text.slice(at + 1, at + 3)
      if (!/^[0-9a-fA-F]{2}$/.test(hex))
        throw new FunctionError(`invalid URL escape ${JSON.stringify(text.slice(at, at + 3))}`)
      bytes.push(Number.parseInt(hex, 16))
      at += 2
    } else {
      const code = text.codePointAt(at)!
      bytes.push(...utf8Bytes(String.fromCodePoint(code)))
      if (code > 0xffff) at++
    }
  }
  return textOfBytes(bytes)
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function encodeBase64(text: string): string {
  const bytes = utf8Bytes(text)
  let out = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b, c] = [bytes[at]!, bytes[at + 1], bytes[at + 2]]
    out += alphabet[a >> 2]! + alphabet[((a & 3) << 4) | ((b ?? 0) >> 4)]!
    out += b === undefined ? '=' : alphabet[((b & 15) << 2) | ((c ?? 0) >> 6)]!
    out += c === undefined ? '=' : alphabet[c & 63]!
  }
  return out
}

function decodeBase64(text: string): string {
  const plain = text.replace(/[\r\n]/g, '')
  const body = plain.replace(/={1,2}$/, '')
  const bad = [...body].findIndex((c) => !alphabet.includes(c))
  if (plain.length % 4 !== 0 || bad >= 0 || body.length % 4 === 1) {
    throw new FunctionError(`illegal base64 data at input byte ${bad >= 0 ? bad : plain.length - (plain.length % 4)}`)
  }
  const bytes: number[] = []
  for (let at = 0; at < body.length; at += 4) {
    const [a, b, c, d] = [0, 1, 2, 3].map((k) => (at + k < body.length ? alphabet.indexOf(body[at + k]!) : -1)) as [
      number,
      number,
      number,
      number,
    ]
    bytes.push((a << 2) | (b >> 4))
    if (c >= 0) bytes.push(((b & 15) << 4) | (c >> 2))
    if (d >= 0) bytes.push(((c & 3) << 6) | d)
  }
  return textOfBytes(bytes)
}

function joined(separator: string, items: readonly Value[], context: CallContext): string {
  const size = items.reduce<number>((sum, item) => sum + (item as string).length + separator.length, 0)
  if (size > context.maxText)
    throw new LimitReached('maxOutputBytes', `text longer than ${context.maxText} characters (limit maxOutputBytes)`)
  context.spend(items.length)
  return items.join(separator)
}

function dict(values: readonly Value[]): Value {
  if (values.length % 2 !== 0) throw new FunctionError('dict requires an even number of arguments')
  const entries = new Map<string, Value>()
  for (let at = 0; at < values.length; at += 2) {
    const key = values[at]
    if (typeof key !== 'string') throw new FunctionError('dict keys must be strings')
    entries.set(key, values[at + 1])
  }
  return map(entries)
}

/** A label of the route by name; empty when there is none. */
function routeLabel(root: Value, name: string): string {
  if (!(root instanceof GoStruct)) return ''
  const at = root.type.fieldAt!.get('RouteLabels')
  const labels = at === undefined ? undefined : root.values[at]
  return labels instanceof GoMap ? ((labels.entries.get(name) as string | undefined) ?? '') : ''
}

const text = (change: (text: string) => Value) => ({
  params: [STRING],
  call: ([given]: readonly Value[]) => change(given as string),
})

/**
 * The functions of Alertmanager's notification templates.
 * Source: Alertmanager documentation, "Notification template reference", "Functions".
 */
export function alertmanagerFunctions({ now, zone = UTC }: AlertmanagerHost): FunctionSet {
  return {
    toUpper: text(toUpper),
    toLower: text(toLower),
    title: text((given) => toTitle(given, false)),
    trimSpace: text(trimSpace),
    safeHtml: text(safeHtml),
    safeUrl: text(safeUrl),
    urlUnescape: text(unescapeQuery),
    base64encode: text(encodeBase64),
    base64decode: text(decodeBase64),
    join: {
      params: [STRING, STRINGS],
      call: ([separator, items], context) => joined(separator as string, (items as GoList).items, context),
    },
    match: {
      params: [STRING, STRING],
      call: ([pattern, given], context) => matches(pattern as string, given as string, context),
    },
    reReplaceAll: {
      params: [STRING, STRING, STRING],
      call: ([pattern, by, given], context) => replaceAll(pattern as string, by as string, given as string, context),
    },
    stringSlice: { params: [], rest: STRING, call: (items) => stringList(items as string[]) },
    routeLabels: { params: [STRING], call: ([name], { root }) => routeLabel(root, name as string) },
    date: { params: [STRING, TIME], call: ([layout, time]) => formatTime(time as GoTime, layout as string) },
    tz: {
      params: [STRING, TIME],
      call: ([name, time], { local }) => {
        if (/\.\.|^[/\\]|\\/.test(name as string)) throw new FunctionError('time: invalid location name')
        const to = name === 'Local' ? local : zoneNamed(name as string)
        if (to === undefined) throw new FunctionError(`unknown time zone ${name}`)
        return inZone(time as GoTime, to)
      },
    },
    now: { params: [], call: () => timeOfMs(now(), zone) },
    since: { params: [TIME], call: ([time]) => subtract(timeOfMs(now(), zone), time as GoTime) },
    humanizeDuration: { params: [ANY], call: ([value]) => humanizeDuration(value) },
    toDate: {
      params: [STRING, STRING],
      call: ([layout, given]) => {
        const time = timeIn(layout as string, given as string)
        return typeof time === 'string' ? zeroTime() : time
      },
    },
    mustToDate: {
      params: [STRING, STRING],
      call: ([layout, given]) => {
        const time = timeIn(layout as string, given as string)
        if (typeof time === 'string') throw new FunctionError(time)
        return time
      },
    },
    toJson: {
      params: [ANY],
      call: ([value], { maxText }) => {
        return toJson(value, maxText)
      },
    },
    list: { params: [], rest: ANY, call: (items) => list(items) },
    append: {
      params: [ANYS],
      rest: ANY,
      call: ([items, ...more], context) => {
        context.spend((items as GoList).items.length >> 3)
        return new GoList(ANYS, [...(items as GoList).items, ...more])
      },
    },
    dict: { params: [], rest: ANY, call: dict },
  }
}
