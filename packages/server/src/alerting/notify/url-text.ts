/**
 * What is wrong with the URL of a service, in the words of Go's `net/url` and of Alertmanager; undefined when nothing is.
 * Source: RFC 3986 as Go reads it; Alertmanager's documentation, "Configuration" (http and https only).
 */
export function urlProblem(given: string): string | undefined {
  const parse = (why: string) => `parse ${JSON.stringify(given)}: ${why}`
  if (/[\u0000-\u001f\u007f]/.test(given)) return parse('net/url: invalid control character in URL')
  const hash = given.indexOf('#')
  const url = hash < 0 ? given : given.slice(0, hash)
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(url)?.[1]?.toLowerCase() ?? ''
  if (scheme === '' && url.startsWith(':')) return parse('missing protocol scheme')
  const rest = scheme === '' ? url : url.slice(scheme.length + 1)
  const question = rest.indexOf('?')
  const beforeQuery = question < 0 ? rest : rest.slice(0, question)
  if (scheme === '' && !beforeQuery.startsWith('/') && /^[^/]*:/.test(beforeQuery)) {
    return parse('first path segment in URL cannot contain colon')
  }
  const authority = /^\/\/([^/]*)(.*)$/s.exec(beforeQuery)
  const host = (authority?.[1] ?? '').replace(/^.*@/s, '')
  const problem = authority === null ? undefined : hostProblem(host)
  if (problem !== undefined) return parse(problem)
  const escaped = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(authority?.[2] ?? (scheme === '' ? beforeQuery : ''))
  if (escaped !== null) return parse(`invalid URL escape ${JSON.stringify(escaped[0])}`)
  if (scheme !== 'http' && scheme !== 'https') return `unsupported scheme ${JSON.stringify(scheme)} for URL`
  return host === '' ? 'missing host for URL' : undefined
}

function hostProblem(host: string): string | undefined {
  const port = host.startsWith('[') ? /\](.*)$/s.exec(host)?.[1] : /:.*$/s.exec(host)?.[0]
  if (host.startsWith('[') && port === undefined) return "missing ']' in host"
  const last = port?.slice(port.lastIndexOf(':'))
  if (last && !/^:[0-9]*$/.test(last)) return `invalid port ${JSON.stringify(last)} after host`
  const bad = /[ \\^`{|}]/.exec(host)
  if (bad !== null) return `invalid character ${JSON.stringify(bad[0])} in host name`
  const escaped = /%(?![89a-fA-F][0-9a-fA-F]|25).{0,2}/.exec(host)
  return escaped === null ? undefined : `invalid URL escape ${JSON.stringify(escaped[0])}`
}
