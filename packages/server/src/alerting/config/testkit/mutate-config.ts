import { parse, stringify } from 'yaml'
import { configCases } from './config-cases.ts'
import { receiverCases } from './receiver-cases.ts'

type Container = Record<PropertyKey, unknown>

/** Put in the place of something else. None is a text in quotes that looks like a number or a truth value: there we differ. */
const VALUES: readonly unknown[] = [
  ...[
    null,
    '',
    'x',
    'a',
    0,
    1,
    -1,
    3.5,
    true,
    false,
    [],
    {},
    ['a'],
    [null],
    [1, 2],
    { a: 'b' },
    { '': 'x' },
    { 'a.b': 'c' },
  ],
  ...['5m', '0s', 'http://x', 'http://', 'a=b', 'a=~"("', '{{ .X }}', '...', 'é', 'UTC'],
]

/** Good files of the cases, as values. */
function bases(): unknown[] {
  const found = configCases.filter(({ error }) => error === undefined).map(({ text }) => parse(text) as unknown)
  for (const { section, global, good = [] } of receiverCases) {
    for (const entry of good) {
      const head = global === undefined ? '' : `global: ${global}\n`
      found.push(parse(`${head}route: {receiver: a}\nreceivers: [{name: a, ${section}: [${entry}]}]\n`))
    }
  }
  return found
}

/** `count` good files with one or two random changes each; `random` gives numbers from 0 to 1. */
export function mutatedConfigs(count: number, random: () => number): readonly string[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const good = bases()
  const keys = new Set<string>()
  const places = (value: unknown, found: (readonly [Container, string])[] = []) => {
    if (typeof value !== 'object' || value === null) return found
    for (const [key, one] of Object.entries(value)) {
      found.push([value as Container, key])
      if (!Array.isArray(value)) keys.add(key)
      places(one, found)
    }
    return found
  }
  for (const one of good) places(one)
  const names = [...keys]
  return Array.from({ length: count }, () => {
    const value = structuredClone(pick(good))
    const spots = places(value)
    for (let left = 1 + Math.floor(random() * 2); left > 0 && spots.length > 0; left--) {
      const [holder, key] = pick(spots)
      const how = random()
      if (how < 0.2) {
        if (Array.isArray(holder)) holder.splice(Number(key), 1)
        else delete holder[key]
      } else if (how < 0.75 || Array.isArray(holder)) holder[key] = structuredClone(pick(VALUES))
      else holder[pick(names)] = structuredClone(pick(VALUES))
    }
    return stringify(value, { aliasDuplicateObjects: false })
  })
}
