import { literalAlternatives } from '@binnacle/promql'
import type { Matcher } from '../../matcher/index.ts'

/** A value of a label that all its matchers take: `usual` where it may be, `''` for none; undefined when none was found. */
export function valueFor(name: string, matchers: readonly Matcher[], usual: string): string | undefined {
  const own = matchers.filter((matcher) => matcher.name === name)
  const candidates = [usual, ...own.flatMap(candidatesOf), '1', '']
  return candidates.find((value) => own.every((matcher) => matcher.matchesValue(value)))
}

function candidatesOf({ kind, value }: Matcher): readonly string[] {
  if (kind === '=') return [value]
  if (kind !== '=~') return []
  return literalAlternatives(value) ?? [plainest(value), ...value.split('|').map(plainest)]
}

/** What a simple pattern takes: `team-.*` as `team-x`, `db[0-9]+` as `db0`. */
const plainest = (pattern: string): string =>
  pattern
    .replace(/\[\^?(\\?.)[^\]]*\]/g, '$1')
    .replace(/\\d/g, '0')
    .replace(/\\w|\\S/g, 'x')
    .replace(/\\(.)/g, '$1')
    .replace(/\.[*+]\??/g, 'x')
    .replace(/^\^|\$$|\(\?[:i]|[()]|[*+?]|\{\d+(,\d*)?\}/g, '')
