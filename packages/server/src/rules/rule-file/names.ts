/** How names are checked: `legacy` allows what Prometheus 2 did, `utf8` every text. */
export type NameValidation = 'utf8' | 'legacy'

export function isLabelName(name: string, validation: NameValidation = 'utf8'): boolean {
  return validation === 'legacy' ? /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) : isText(name)
}

export function isMetricName(name: string, validation: NameValidation = 'utf8'): boolean {
  return validation === 'legacy' ? /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name) : isText(name)
}

/** Not empty, and no half of a surrogate pair. */
function isText(name: string): boolean {
  return name !== '' && !/\p{Surrogate}/u.test(name)
}
