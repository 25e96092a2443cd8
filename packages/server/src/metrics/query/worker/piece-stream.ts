import type { Piece } from '../json-writer.ts'

/** Pieces (half a megabyte each) that a thread makes before it waits for somebody to read. */
export const PIECES_AHEAD = 8
/** More are asked for when no more than so many are left, so that the thread works while the rest is read. */
const ASK_BELOW = PIECES_AHEAD / 2

/** In the watch: an answer that a thread goes on making while it is read. */
export type PieceStream = {
  /** To be read once. */
  readonly pieces: AsyncIterable<Uint8Array>
  /** Resolves when all is read, when it failed, or when the reader left. Never rejects. */
  readonly ended: Promise<void>
  /** What the thread has made since it was asked. */
  put(pieces: readonly Piece[], more: boolean): void
  fail(error: unknown): void
}

/** `ask` is called when the reader wants more, at most once until `put`; `leave` when it goes before the end. */
export function createPieceStream(
  first: readonly Piece[],
  { ask, leave }: { readonly ask: () => void; readonly leave: () => void },
): PieceStream {
  const queue: (Piece | undefined)[] = [...first]
  let more = true
  let asked = false
  let failure: { readonly error: unknown } | undefined
  let over = false
  let wake = () => {}
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = () => {
      over = true
      queue.length = 0
      resolve()
    }
  })
  const DONE = { done: true, value: undefined } as const

  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      for (;;) {
        if (failure) {
          end()
          throw failure.error
        }
        if (over) return DONE
        const piece = queue.shift()
        if (more && !asked && queue.length <= ASK_BELOW) {
          asked = true
          ask()
        }
        if (piece) return { done: false, value: piece }
        if (!more) {
          end()
          return DONE
        }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    async return() {
      if (!over) {
        if (more && !failure) leave()
        end()
        wake()
      }
      return DONE
    },
  }
  return {
    pieces: { [Symbol.asyncIterator]: () => iterator },
    ended,
    put(pieces, hasMore) {
      asked = false
      more = hasMore
      if (!over) queue.push(...pieces)
      wake()
    },
    fail(error) {
      failure = { error }
      wake()
    },
  }
}
