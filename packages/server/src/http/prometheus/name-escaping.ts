/** What becomes of names outside the old character set, for readers that do not know of UTF-8 names. */
export type NameEscaping = 'allow-utf-8' | 'underscores' | 'dots' | 'values'

const SCHEMES: ReadonlySet<string> = new Set<NameEscaping>(['allow-utf-8', 'underscores', 'dots', 'values'])

export function isNameEscaping(text: string): text is NameEscaping {
  return SCHEMES.has(text)
}

/** Whether a name of a metric or label may stand without quotes. */
export function isLegacyName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)
}

/** A name of a metric or label in the reader's scheme. Source: Prometheus, "UTF-8 escaping schemes". */
export function escapeName(name: string, scheme: NameEscaping): string {
  if (name === '' || scheme === 'allow-utf-8' || isLegacyName(name)) return name
  if (scheme === 'dots') {
    return mapped(name, (char, legacy) => (char === '_' ? '__' : char === '.' ? '_dot_' : legacy ? char : '__'))
  }
  if (scheme === 'underscores') return mapped(name, (char, legacy) => (legacy ? char : '_'))
  return `U__${mapped(name, (char, legacy) => (char === '_' ? '__' : legacy ? char : `_${char.codePointAt(0)!.toString(16)}_`))}`
}

function mapped(name: string, map: (char: string, legacy: boolean) => string): string {
  let out = ''
  let first = true
  for (const char of name) {
    out += map(char, first ? /[a-zA-Z_:]/.test(char) : /[a-zA-Z0-9_:]/.test(char))
    first = false
  }
  return out
}
