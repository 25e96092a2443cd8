/**
 * Makes the first piece before anything is answered, so that what goes wrong until then still has its status; the rest is
 * made as it is read. Ending the iteration early ends `pieces`, whether it was begun or not.
 */
export async function started<T>(pieces: AsyncGenerator<T, void, undefined>): Promise<AsyncIterable<T>> {
  let first: IteratorResult<T, void> | undefined = await pieces.next()
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const taken = first ?? (await pieces.next())
        first = undefined
        return taken
      },
      return: () => pieces.return(),
    }),
  }
}
