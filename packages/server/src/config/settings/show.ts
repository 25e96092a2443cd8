import { stringify } from 'yaml'
import type { SettingEntry } from './load.ts'

/** The settings in force as YAML, each with its origin where that is not the default; secrets show as `<secret>`. */
export function effectiveYaml(entries: readonly SettingEntry[]): string {
  const out: string[] = []
  let open: string[] = []
  for (const { path, text, origin, flag, place } of entries) {
    const parts = path.split('.')
    const groups = parts.slice(0, -1)
    let same = 0
    while (same < groups.length && groups[same] === open[same]) same++
    for (let depth = same; depth < groups.length; depth++) out.push(`${'  '.repeat(depth)}${groups[depth]}:`)
    open = groups
    const from = origin === 'flag' ? `  # --${flag}` : origin === 'file' ? `  # ${place?.file}:${place?.line}` : ''
    const value = /^[{[]/.test(text) ? text : stringify(text, { lineWidth: 0 }).trimEnd()
    // Numbers and booleans went through text: their quotes tell nothing.
    const plain = /^"(-?\d+(\.\d+)?|true|false)"$/.exec(value)?.[1] ?? value
    out.push(`${'  '.repeat(groups.length)}${parts.at(-1)}: ${plain}${from}`)
  }
  return `${out.join('\n')}\n`
}
