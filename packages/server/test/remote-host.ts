import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type HostProcess, startHost } from '../src/engine/supervisor/host-process.ts'

export type RemoteHost = AsyncDisposable & {
  /** Stays the same when the server goes and comes back. */
  readonly url: string
  readonly user: string
  readonly password: string
  /** The server is killed, and whoever connects is cut off. */
  goAway(): Promise<void>
  /** The server is back, with the data it had. */
  comeBack(): Promise<void>
}

/**
 * A ClickHouse server as a program beside Binnacle would find it: our own engine host, on a TCP port of 127.0.0.1 that
 * asks for user and password.
 */
export async function startRemoteHost(): Promise<RemoteHost> {
  const dir = mkdtempSync(join(tmpdir(), 'binnacle-remote-'))
  // Signs that mean something in URLs, headers, SQL and regexes, none of which JSON has to escape: what looks for it in
  // outputs finds it as it is.
  const login = { user: 'watch', password: "s3cr3t'pa%20ss:w/rd$&+€" }
  const sockets = new Set<Socket>()
  let host: HostProcess | undefined
  let hostPort: number | undefined

  // The host takes a free port at each start; the address that Binnacle knows must outlive it.
  const front = createServer((near) => {
    sockets.add(near)
    near.on('error', () => {}).on('close', () => sockets.delete(near))
    if (hostPort === undefined) {
      near.destroy()
      return
    }
    const far = connect(hostPort, '127.0.0.1')
    far.on('error', () => near.destroy()).on('close', () => near.destroy())
    near.on('close', () => far.destroy())
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))

  async function comeBack(): Promise<void> {
    host = startHost(
      { dataDir: dir, spoolDir: join(dir, 'spool'), listen: { kind: 'tcp', ...login }, maxServerMemoryBytes: 7e8 },
      () => {},
    )
    const ready = await Promise.race([host.ready, host.exited])
    if (!('ready' in ready)) throw new Error(`the remote engine did not start: ${ready.lastWords}`)
    hostPort = ready.port
  }

  async function goAway(): Promise<void> {
    hostPort = undefined
    for (const socket of sockets) socket.destroy()
    host?.kill()
    await host?.exited
  }

  await comeBack()
  return {
    url: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    ...login,
    goAway,
    comeBack,
    async [Symbol.asyncDispose]() {
      await goAway()
      await new Promise<void>((resolve) => front.close(() => resolve()))
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
