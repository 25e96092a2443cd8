// The least HTTP client that there can be: one kept connection, one question at a time, bytes in and bytes out.

import { connect, type Socket } from 'node:net'

export type RawAnswer = { readonly status: number; readonly bodyBytes: number }

export type RawClient = {
  /** Sends a whole request, head and body, and resolves when its answer is complete. Rejects when the connection ends. */
  ask(request: string | Buffer): Promise<RawAnswer>
  close(): void
}

const END_OF_HEAD = Buffer.from('\r\n\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')

export async function openRawClient(url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url)
  const socket = await new Promise<Socket>((resolve, reject) => {
    const opened = connect(Number(port), hostname, () => resolve(opened))
    opened.setNoDelay(true)
    opened.once('error', reject)
  })
  let waiting: { resolve(answer: RawAnswer): void; reject(error: Error): void } | undefined
  let head: Buffer | undefined
  let begun: Buffer[] = []
  let status = 0
  let length: number | undefined
  let got = 0
  let tail: Buffer = Buffer.alloc(0)

  const done = () => {
    const { resolve } = waiting!
    waiting = undefined
    resolve({ status, bodyBytes: got })
  }
  socket.on('data', (piece: Buffer) => {
    let body = piece
    if (head === undefined) {
      begun.push(piece)
      const all = begun.length === 1 ? piece : Buffer.concat(begun)
      const end = all.indexOf(END_OF_HEAD)
      if (end < 0) return
      head = all.subarray(0, end)
      const text = head.toString('latin1').toLowerCase()
      status = Number(text.slice(9, 12))
      const declared = /\r\ncontent-length: (\d+)/.exec(text)?.[1]
      length = declared === undefined ? (status === 204 ? 0 : undefined) : Number(declared)
      body = all.subarray(end + 4)
    }
    got += body.length
    if (length !== undefined) {
      if (got >= length) done()
      return
    }
    tail = Buffer.concat([tail, body.subarray(-5)]).subarray(-5)
    if (tail.equals(LAST_CHUNK)) done()
  })
  socket.on('close', () => waiting?.reject(new Error('the connection was closed')))
  socket.on('error', () => {})

  return {
    ask(request) {
      head = undefined
      begun = []
      got = 0
      tail = Buffer.alloc(0)
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        socket.write(request)
      })
    },
    close: () => socket.destroy(),
  }
}
