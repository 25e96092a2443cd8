/** A text exposition as a test compares it: `name{sorted labels}` to value, and `type help` by family. */
export type Exposition = {
  readonly values: ReadonlyMap<string, number>
  readonly families: ReadonlyMap<string, { type: string; help: string }>
}

export function parseExposition(text: string): Exposition {
  const values = new Map<string, number>()
  const families = new Map<string, { type: string; help: string }>()
  for (const line of text.split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line)
    if (comment) {
      const [, word, name = '', rest = ''] = comment
      const family = families.get(name) ?? { type: '', help: '' }
      families.set(name, word === 'HELP' ? { ...family, help: rest } : { ...family, type: rest })
      continue
    }
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (!sample) {
      if (line !== '') throw new Error(`not a sample: ${line}`)
      continue
    }
    const [, name = '', labelText = '', value = ''] = sample
    const pairs = [...labelText.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((pair) => pair[0]).sort()
    const key = pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
    if (values.has(key)) throw new Error(`twice: ${key}`)
    values.set(key, Number(value.replace('Inf', 'Infinity')))
  }
  return { values, families }
}

export const familyOf = (key: string): string => /^[^{]+/.exec(key)![0]
