import { createMatcher, type Matcher, parseMatcher, type ReceiverView } from '../../alerting/index.ts'
import { BinnacleError, messageOf } from '../../config/index.ts'

/** Conditions of `filter`, one matcher each. Throws in Alertmanager's words. */
export const filterOf = (search: URLSearchParams): readonly Matcher[] => search.getAll('filter').map(parseMatcher)

const YES = new Set(['true', '1', 'yes', 'ok', 'y', 'on', 'selected', 'checked', 't', 'enabled'])

/** True when left out; what is no word for yes means no. */
export function switchOf(search: URLSearchParams, name: string): boolean {
  const text = search.get(name) ?? ''
  return text === '' || YES.has(text.toLowerCase())
}

/** A whole-string regular expression; undefined when left out or empty. */
export function receiverOf(search: URLSearchParams): string | undefined {
  const pattern = search.get('receiver') ?? ''
  if (pattern === '') return undefined
  try {
    createMatcher('=~', 'receiver', pattern)
  } catch (error) {
    throw new BinnacleError('alerting.bad_filter', `failed to parse receiver param: ${messageOf(error)}`)
  }
  return pattern
}

/** Whether a receiver has the labels that `receiver_matchers` asks for; undefined when it asks for none. */
export function receiverTest(
  search: URLSearchParams,
  receivers: () => readonly ReceiverView[],
): ((name: string) => boolean) | undefined {
  const given = search.getAll('receiver_matchers')
  if (given.length === 0) return undefined
  let matchers: readonly Matcher[]
  try {
    matchers = given.map(parseMatcher)
  } catch (error) {
    throw new BinnacleError('alerting.bad_filter', `failed to parse receiver_matchers param: ${messageOf(error)}`)
  }
  const names = new Set<string>()
  for (const receiver of receivers()) {
    const labels = labelsOfReceiver(receiver)
    if (matchers.every((matcher) => matcher.matchesValue(labels[matcher.name] ?? ''))) names.add(receiver.name)
  }
  return (name) => names.has(name)
}

export const labelsOfReceiver = ({ name, labels }: ReceiverView): Readonly<Record<string, string>> => ({
  ...labels,
  name,
})
