// The part of the address that all pages share: `from`, `to` (time expressions) and `refresh`. Values are plain text;
// a name given twice is a list (`?q=up&q=rate(x[5m])`), so that links stay readable.

export type SharedSearch = { from?: string; to?: string; refresh?: string }

export type RawSearch = Readonly<Record<string, string | readonly string[]>>

export function parseSearch(text: string): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = {}
  for (const [name, value] of new URLSearchParams(text)) {
    const known = found[name]
    if (known === undefined) found[name] = value
    else if (Array.isArray(known)) known.push(value)
    else found[name] = [known, value]
  }
  return found
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === '') continue
    if (Array.isArray(value)) for (const one of value) params.append(name, String(one))
    else params.append(name, String(value))
  }
  // A query in a link should be legible: these characters need no escape in a query string.
  const text = params
    .toString()
    .replace(/%(2F|3A|2C|28|29|7B|7D|5B|5D|40|24)/g, (escaped) => decodeURIComponent(escaped))
  return text === '' ? '' : `?${text}`
}

export function textOf(search: Record<string, unknown>, name: string): string | undefined {
  const value = search[name]
  const one = Array.isArray(value) ? value[0] : value
  return typeof one === 'string' && one !== '' ? one : undefined
}

export function listOf(search: Record<string, unknown>, name: string): string[] {
  const value = search[name]
  if (Array.isArray(value)) return value.filter((v): v is string => typeof v === 'string')
  return typeof value === 'string' && value !== '' ? [value] : []
}

export function validateShared(search: Record<string, unknown>): SharedSearch {
  const shared: SharedSearch = {}
  for (const name of ['from', 'to', 'refresh'] as const) {
    const value = textOf(search, name)
    if (value !== undefined) shared[name] = value
  }
  return shared
}
