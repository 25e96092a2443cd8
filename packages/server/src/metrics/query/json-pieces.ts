/**
 * UTF-8 JSON in its order: pieces in hand, or pieces as they are made. The latter are read once, and whoever stops early
 * ends the iteration (`return`, which `for await` calls by itself): what makes them is let go then. To be read once means
 * that every iterator is the same one; `return` may be called more than once.
 */
export type JsonPieces = readonly Uint8Array[] | AsyncIterable<Uint8Array>

/** All of it in one array, for who cannot read on as it comes. */
export async function gatherJson(pieces: JsonPieces): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}

/** Lets go of pieces that nobody is going to read. */
export function leaveJson(pieces: JsonPieces): void {
  if (Symbol.asyncIterator in pieces) void pieces[Symbol.asyncIterator]().return?.()
}
