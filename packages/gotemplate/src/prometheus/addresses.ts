// Hosts and ports, as Go's package net reads them.

/** Host and port of `host:port` or `[ipv6]:port`; `undefined` when the text is none. */
export function splitHostPort(text: string): { host: string; port: string } | undefined {
  const bracketed = /^\[([^[\]]*)\]:([^:[\]]*)$/.exec(text)
  if (bracketed !== null) return { host: bracketed[1]!, port: bracketed[2]! }
  const plain = /^([^:[\]]*):([^:[\]]*)$/.exec(text)
  return plain === null ? undefined : { host: plain[1]!, port: plain[2]! }
}

export function joinHostPort(host: string, port: string): string {
  return host.includes(':') || host.includes('%') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether a text is an IPv4 or IPv6 address. */
export function isIpAddress(text: string): boolean {
  if (isIpv4(text)) return true
  if (!text.includes(':') || !/^[0-9a-fA-F:.]+$/.test(text)) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groupsOf = (half: string): number => {
    if (half === '') return 0
    const groups = half.split(':')
    const last = groups.at(-1)!
    const tail = last.includes('.') ? (isIpv4(last) ? 2 : Number.NaN) : 1
    const hex = last.includes('.') ? groups.slice(0, -1) : groups
    return hex.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group)) ? groups.length - 1 + tail : Number.NaN
  }
  const count = groupsOf(halves[0]!) + (halves.length === 2 ? groupsOf(halves[1]!) : 0)
  return halves.length === 2 ? count < 8 : count === 8
}

function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
}
