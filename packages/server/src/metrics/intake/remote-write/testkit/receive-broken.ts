import fc from 'fast-check'
import { expect } from 'vitest'
import { BinnacleError } from '../../../../config/index.ts'

/** Sends a good body again and again with some of its bytes changed: each is taken, or refused with a `BinnacleError`. */
export async function receiveBroken(good: Uint8Array, receive: (body: Buffer) => Promise<unknown>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      async (changes) => {
        const body = Buffer.from(good)
        for (const [at, byte] of changes) body[at] = byte
        try {
          await receive(body)
        } catch (error) {
          expect(error).toBeInstanceOf(BinnacleError)
        }
      },
    ),
    { numRuns: 2000 },
  )
}
