export type ListenAddress = { readonly host: string; readonly port: number }

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i

/**
 * `HOST:PORT` or `[IPv6]:PORT`; a port alone (`:7070` or `7070`) means 127.0.0.1. Anything but loopback is refused:
 * there is no login yet, and whoever reaches the port reads everything.
 */
export function parseListen(text: string): ListenAddress | { readonly wrong: string } {
  const parts = /^(?:(?:\[([^\]]+)\]|([^:]*)):)?(\d+)$/.exec(text.trim())
  const port = Number(parts?.[3])
  if (!parts || port > 65_535) return { wrong: `"${text}" is not HOST:PORT, such as 127.0.0.1:7070` }
  const host = parts[1] ?? (parts[2] || '127.0.0.1')
  if (!LOOPBACK.test(host)) {
    return {
      wrong:
        `refusing to listen on ${host}: Binnacle has no login yet, so everybody who reaches this address could read and change everything; ` +
        'listen on 127.0.0.1 and put an authenticating proxy or an SSH tunnel before it',
    }
  }
  return { host, port }
}
