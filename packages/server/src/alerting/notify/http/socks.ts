import { connect, type Socket } from 'node:net'
import { RequestFailed } from './request-failed.ts'

/** What a SOCKS server says when it does not connect. Source: RFC 1928 §6. */
const REPLIES: Readonly<Record<number, string>> = {
  1: 'general failure',
  2: 'not allowed by its rules',
  3: 'network unreachable',
  4: 'host unreachable',
  5: 'connection refused',
  6: 'TTL expired',
  7: 'command not supported',
  8: 'address type not supported',
}
const MAX_PART_BYTES = 255

/**
 * A byte pipe to `host:port` through a SOCKS 5 proxy, which looks up the name. Rejects with `RequestFailed`.
 * Source: RFC 1928, RFC 1929 (user and password).
 */
export async function openSocks(
  proxy: URL,
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connect({ host: proxy.hostname.replace(/^\[|\]$/g, ''), port: Number(proxy.port || 1080) })
  const abort = () => socket.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    await greet(socket, proxy)
    const name = Buffer.from(host)
    if (name.length > MAX_PART_BYTES) throw new Error('the name of the host is too long')
    socket.write(Buffer.from([5, 1, 0, 3, name.length, ...name, port >> 8, port & 0xff]))
    const [, reply = 0, , kind = 0] = await read(socket, 4)
    if (reply !== 0) throw new Error(`it answered: ${REPLIES[reply] ?? `code ${reply}`}`)
    const length = kind === 1 ? 4 : kind === 4 ? 16 : (await read(socket, 1))[0]!
    await read(socket, length + 2)
    return socket
  } catch (error) {
    socket.destroy()
    throw new RequestFailed(`SOCKS proxy: ${error instanceof Error ? error.message : String(error)}`, {
      retry: true,
      cause: error,
    })
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function greet(socket: Socket, proxy: URL): Promise<void> {
  const user = Buffer.from(decodeURIComponent(proxy.username))
  const password = Buffer.from(decodeURIComponent(proxy.password))
  if (user.length > MAX_PART_BYTES || password.length > MAX_PART_BYTES) throw new Error('user or password is too long')
  socket.write(Buffer.from(user.length === 0 ? [5, 1, 0] : [5, 2, 0, 2]))
  const [version, method] = await read(socket, 2)
  if (version !== 5) throw new Error('it does not speak SOCKS 5')
  if (method === 2 && user.length > 0) {
    socket.write(Buffer.from([1, user.length, ...user, password.length, ...password]))
    const [, status] = await read(socket, 2)
    if (status !== 0) throw new Error('it refused the user and the password')
  } else if (method !== 0) throw new Error('it wants a kind of login that is not spoken here')
}

/** Exactly `count` bytes; what comes after them stays in the socket. */
function read(socket: Socket, count: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const take = () => {
      const bytes = socket.read(count) as Buffer | null
      if (bytes === null) return
      if (bytes.length < count) return finish(() => reject(new Error('it closed the connection')))
      finish(() => resolve(bytes))
    }
    const onEnd = () => finish(() => reject(new Error('it closed the connection')))
    const onError = (error: Error) => finish(() => reject(error))
    const finish = (settle: () => void) => {
      socket.off('readable', take)
      socket.off('end', onEnd)
      socket.off('close', onEnd)
      socket.off('error', onError)
      settle()
    }
    socket.on('readable', take)
    socket.once('end', onEnd)
    socket.once('close', onEnd)
    socket.once('error', onError)
    take()
  })
}
