// Takes every mail on a free port of 127.0.0.1 and throws it away.

import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

export async function startLocalMailbox(): Promise<{ readonly port: number }> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData(stream, _session, done) {
      stream.resume()
      stream.once('end', () => done())
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return { port: (server.server.address() as AddressInfo).port }
}
