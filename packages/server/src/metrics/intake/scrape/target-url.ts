export type UrlParts = {
  readonly scheme: string
  /** Host, or host and port. Without a port the scheme's own is used. */
  readonly address: string
  readonly path: string
  readonly params: ReadonlyMap<string, readonly string[]>
}

/** The URL as Prometheus prints it: parameters sorted by name, escaped as Go's net/url does. */
export function targetUrl({ scheme, address, path, params }: UrlParts): string {
  const query = [...params]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .flatMap(([name, values]) => values.map((value) => `${escapeQuery(name)}=${escapeQuery(value)}`))
    .join('&')
  const slash = path !== '' && !path.startsWith('/') ? '/' : ''
  return `${scheme}://${address}${slash}${escapePath(path)}${query === '' ? '' : `?${query}`}`
}

function escapeQuery(text: string): string {
  return escapeRest(encodeURIComponent(text)).replaceAll('%20', '+')
}

function escapePath(path: string): string {
  return escapeRest(encodeURIComponent(path)).replace(/%(?:24|26|2B|2C|2F|3A|3B|3D|40)/g, decodeURIComponent)
}

// encodeURIComponent leaves these alone, Go escapes them.
function escapeRest(text: string): string {
  return text.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
