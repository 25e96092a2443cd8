import { RE2JS } from 're2js'

/** True for names that a regex finds. The regex comes from a configuration, so it runs on RE2 and is not anchored. */
export type NameFilter = (name: string) => boolean

/** Names are devices, mount points, fields: few, but a host that makes network devices all day must not grow us. */
const REMEMBERED = 2000

/** An empty pattern matches nothing, as node exporter takes an unset flag. The answer for a name is remembered. */
export function createNameFilter(pattern: string): NameFilter {
  if (pattern === '') return () => false
  const regex = RE2JS.compile(pattern)
  const known = new Map<string, boolean>()
  return (name) => {
    let answer = known.get(name)
    if (answer === undefined) {
      answer = regex.matcher(name).find()
      if (known.size >= REMEMBERED) known.clear()
      known.set(name, answer)
    }
    return answer
  }
}
