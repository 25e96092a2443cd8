import { type Labels, labelValue } from '../../labels.ts'
import { quote } from '../../parse/index.ts'

const COUNTER_NAME = /_(total|sum|count|bucket)$/

/** Why a series may be no counter: by its name, or by its type where the labels tell it. */
export function doubtOfCounter(labels: Labels, byType: boolean): string | undefined {
  const name = labelValue(labels, '__name__')
  if (name === '') return undefined
  const type = labelValue(labels, '__type__')
  if (byType) {
    return type === 'counter' || type === 'histogram'
      ? undefined
      : `__type__ label is not set to "counter" or "histogram", got ${quote(type)}: ${quote(name)}`
  }
  if (COUNTER_NAME.test(name)) return undefined
  return `name does not end in _total/_sum/_count/_bucket: ${quote(name)}`
}
