import { BinnacleError } from '../config/index.ts'
import type { Clock } from '../telemetry/index.ts'
import { createInTurn, type InTurn } from './in-turn.ts'
import { within } from './within.ts'

/** Who asks for something to be kept waits so long for the disk, which may be slow. */
export const RECORDED_MS = 30_000
const MOST_WAITING = 500

/**
 * Changes that people make (silences, acknowledgements), one after the other. Nobody waits for the disk for more than
 * `RECORDED_MS`: then it rejects with `alerting.not_confirmed`, and what has not begun by then is not done any more. What has
 * begun cannot be taken back: it comes into force when the disk answers. Until then further ones are refused at once.
 */
export function createRecordedTurns(clock: Clock): InTurn {
  const inTurn = createInTurn()
  let waiting = 0
  let hanging = 0

  return async (work) => {
    if (hanging > 0)
      throw notConfirmed('the disk has not taken the change before this one yet', 'it was not made; look at the disk')
    if (waiting >= MOST_WAITING)
      throw new BinnacleError('alerting.overloaded', `${waiting} changes wait for the disk`, {
        kind: 'overload',
        retryAfterMs: 1_000,
      })
    let hasBegun = false
    let isGivenUp = false
    waiting++
    const done = inTurn(async () => {
      if (isGivenUp) throw notConfirmed('given up', '')
      hasBegun = true
      return work()
    })
    const settled = done.then(
      () => {},
      () => {},
    )
    void settled.then(() => waiting--)
    if (await within(clock, RECORDED_MS, done)) return done
    isGivenUp = true
    if (!hasBegun)
      throw notConfirmed('the disk has not taken the changes before this one yet', 'it was not made; look at the disk')
    hanging++
    void settled.then(() => hanging--)
    throw notConfirmed(
      `the disk has not taken it within ${RECORDED_MS / 1000} s`,
      'it comes into force once the disk answers; look whether it has before it is tried again',
    )
  }
}

const notConfirmed = (message: string, hint: string) =>
  new BinnacleError('alerting.not_confirmed', message, { kind: 'unavailable', hint })
