// toJson: values as Go's encoding/json writes them.

import { FunctionError, LimitReached } from '../template-error.ts'
import { formatTime } from '../time/index.ts'
import {
  GoInt,
  GoList,
  GoMap,
  GoPointer,
  GoStruct,
  GoText,
  GoTime,
  sortedKeys,
  typeName,
  type Value,
} from '../values/index.ts'

const MAX_DEPTH = 200
const escapes: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
}

/** Text in JSON, with `<`, `>` and `&` escaped so that it may stand in HTML. */
function jsonText(text: string): string {
  const body = text.replace(
    /["\\\u0000-\u001f<>&\u2028\u2029]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    (c) => {
      const code = c.charCodeAt(0)
      if (code >= 0xd800 && code < 0xe000) return '\\ufffd'
      return escapes[c] ?? `\\u${code.toString(16).padStart(4, '0')}`
    },
  )
  return `"${body}"`
}

/** Names that Alertmanager's structs have in JSON. */
const fieldNames: Record<string, string> = {
  Receiver: 'receiver',
  Status: 'status',
  Alerts: 'alerts',
  NotificationReason: 'notification_reason',
  GroupLabels: 'groupLabels',
  CommonLabels: 'commonLabels',
  CommonAnnotations: 'commonAnnotations',
  RouteLabels: 'routeLabels',
  ExternalURL: 'externalURL',
  Labels: 'labels',
  Annotations: 'annotations',
  StartsAt: 'startsAt',
  EndsAt: 'endsAt',
  GeneratorURL: 'generatorURL',
  Fingerprint: 'fingerprint',
}

export function toJson(value: Value, maxText: number): string {
  let size = 0
  const write = (item: Value, depth: number): string => {
    const text = jsonOf(item, depth)
    size += text.length
    return text
  }
  const jsonOf = (item: Value, depth: number): string => {
    if (depth > MAX_DEPTH) throw new LimitReached('maxDepth', `value nested deeper than ${MAX_DEPTH} (limit maxDepth)`)
    if (size > maxText)
      throw new LimitReached('maxOutputBytes', `text longer than ${maxText} characters (limit maxOutputBytes)`)
    switch (typeof item) {
      case 'undefined':
        return 'null'
      case 'string':
        return jsonText(item)
      case 'boolean':
      case 'bigint':
        return String(item)
      case 'number':
        if (Number.isFinite(item)) return Object.is(item, -0) ? '-0' : String(item)
        throw new FunctionError(`json: unsupported value: ${Number.isNaN(item) ? 'NaN' : item > 0 ? '+Inf' : '-Inf'}`)
    }
    if (item instanceof GoText) return jsonText(item.text)
    if (item instanceof GoInt) return String(item.value)
    if (item instanceof GoPointer) return write(item.target, depth)
    if (item instanceof GoTime) return `"${formatTime(item, '2006-01-02T15:04:05.999999999Z07:00')}"`
    if (item instanceof GoList) return `[${item.items.map((one) => write(one, depth + 1)).join(',')}]`
    if (item instanceof GoMap) {
      const members = sortedKeys(item).map((key) => `${jsonText(key)}:${write(item.entries.get(key), depth + 1)}`)
      return `{${members.join(',')}}`
    }
    if (item instanceof GoStruct) {
      const named = item.type.name === 'template.Data' || item.type.name === 'template.Alert'
      const members = item.type.fields!.map(({ name }, at) => {
        const key = named ? (fieldNames[name] ?? name) : name
        return `${jsonText(key)}:${write(item.values[at], depth + 1)}`
      })
      return `{${members.join(',')}}`
    }
    throw new FunctionError(`json: unsupported type: ${typeName(item)}`)
  }
  return jsonOf(value, 0)
}
