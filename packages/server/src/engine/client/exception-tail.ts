import { type EngineException, parseException } from './engine-error.ts'

/** ClickHouse cuts messages at 16 KiB; the frame around them is small. */
const KEEP = 40 * 1024

/**
 * Finds an exception that came after the first byte of an answer had been sent with status 200.
 * From 25.11 on the answer ends with `\r\n__exception__\r\nTAG\r\nmessage\nlength TAG\r\n__exception__\r\n`, TAG being
 * random and named in the header X-ClickHouse-Exception-Tag; older servers write the bare message and cut the
 * connection. (Source: ClickHouse docs, "HTTP interface", and what `@clickhouse/client` 1.23 reads.)
 */
export type ExceptionTail = {
  push(piece: Uint8Array): void
  /** The exception in a frame: certain, whatever else was decoded. */
  framed(): EngineException | undefined
  /** Looks for a bare message too: use it when the answer broke off or could not be decoded. */
  any(): EngineException | undefined
}

export function createExceptionTail(tag: string | undefined): ExceptionTail {
  let pieces: Uint8Array[] = []
  let size = 0
  const text = () => Buffer.concat(pieces).toString('utf8')
  const framed = () => {
    if (tag === undefined || tag === '') return undefined
    const tail = text()
    const end = `${tag}\r\n__exception__\r\n`
    if (!tail.endsWith(end)) return undefined
    const start = tail.lastIndexOf(`__exception__\r\n${end.slice(0, tag.length + 2)}`)
    // The message's last line says how long it was.
    const message = tail.slice(Math.max(start, 0), tail.length - end.length).replace(/\n\d+ $/, '')
    return parseException(message) ?? { code: 0, name: 'UNKNOWN', message: 'the query failed' }
  }
  return {
    push(piece) {
      pieces.push(piece.length > KEEP ? piece.subarray(piece.length - KEEP) : piece)
      size += Math.min(piece.length, KEEP)
      if (size > 4 * KEEP) {
        const all = Buffer.concat(pieces)
        pieces = [all.subarray(all.length - KEEP)]
        size = KEEP
      }
    },
    framed,
    any: () => framed() ?? parseException(text()),
  }
}
