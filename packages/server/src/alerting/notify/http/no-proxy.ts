import { BlockList, isIP } from 'node:net'

/**
 * Whether `url` is reached without a proxy by a `no_proxy` list: `*`, host names and their sub-domains (`.x` for the
 * sub-domains only), addresses and CIDR blocks, each with an optional `:port`. Loopback is always direct.
 * Source: golang.org/x/net/http/httpproxy, `Config.NoProxy`.
 */
export function isDirect(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const family = isIP(host)
  if (host === 'localhost' || (family === 4 && host.startsWith('127.')) || host === '::1') return true
  for (const raw of noProxy.split(',')) {
    const entry = raw.trim().toLowerCase()
    if (entry === '') continue
    if (entry === '*') return true
    if (entry.includes('/')) {
      if (family !== 0 && inBlock(host, family, entry)) return true
      continue
    }
    const { name, onPort } = splitPort(entry)
    if (onPort !== undefined && onPort !== port) continue
    if (isIP(name) !== 0) {
      if (name === host) return true
      continue
    }
    const domain = name.replace(/^\*?\./, '')
    if (domain === '') continue
    if (host.endsWith(`.${domain}`) || (host === domain && !/^\*?\./.test(name))) return true
  }
  return false
}

function inBlock(host: string, family: number, block: string): boolean {
  const [network = '', bits = ''] = block.split('/')
  const kind = family === 4 ? 'ipv4' : 'ipv6'
  if (isIP(network) !== family || !/^\d+$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) return false
  const list = new BlockList()
  list.addSubnet(network, Number(bits), kind)
  return list.check(host, kind)
}

function splitPort(entry: string): { name: string; onPort?: string } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(entry)
  if (bracketed) return { name: bracketed[1]!, ...(bracketed[2] === undefined ? {} : { onPort: bracketed[2] }) }
  if (isIP(entry) === 6) return { name: entry }
  const plain = /^(.*):(\d+)$/.exec(entry)
  return plain ? { name: plain[1]!, onPort: plain[2]! } : { name: entry }
}
