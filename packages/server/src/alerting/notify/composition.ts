// Messages about very many alerts. Their texts take up to a second: each is made in slices, between which others run. Who
// composes a message asks for one text after the other and wants it at once; so where one is not there yet, the composing
// is given up, and begun anew with that text at hand. It has no effects before it ends.

import { type Clock, createPacer, mayBegin, type Pacer } from '../../telemetry/index.ts'
import type { Notification } from './notifier.ts'

/** With fewer alerts a message is composed in one go: some ms. */
const MANY_ALERTS = 200

type Known<T> = { readonly value: T } | { readonly error: unknown }

/** What has been made for one message. */
export type Composition = {
  /** What `make` made, under its name in the message. Throws what `make` rejected with, or that it has to be made first. */
  part<T>(key: string, make: (pace: Pacer) => Promise<T>): T
}

/** Thrown out of a composing that has to wait. */
class PartMissing {
  readonly make: () => Promise<void>

  constructor(make: () => Promise<void>) {
    this.make = make
  }
}

const open = new WeakMap<object, Composition>()

/** The composition that a notification or its data belong to; undefined where all is made in one go. */
export const compositionOf = (about: object): Composition | undefined => open.get(about)

/** Notes that what belongs to `data` is made for the composition, too. */
export const joinComposition = (data: object, composition: Composition): void => {
  open.set(data, composition)
}

/** Composes a message; `compose` may be called several times, with one notification. */
export async function composeInSlices<T>(
  notification: Notification,
  clock: Clock,
  compose: (notification: Notification) => Promise<T>,
): Promise<T> {
  await mayBegin(clock)
  if (notification.alerts.length < MANY_ALERTS) return compose(notification)
  // Of its own, so that nobody else's composing sees the parts.
  const own: Notification = { ...notification }
  const parts = new Map<string, Known<unknown>>()
  const pace = createPacer(clock)
  open.set(own, {
    part<P>(key: string, make: (pace: Pacer) => Promise<P>): P {
      const known = parts.get(key) as Known<P> | undefined
      if (known === undefined) {
        throw new PartMissing(async () => {
          try {
            parts.set(key, { value: await make(pace) })
          } catch (error) {
            parts.set(key, { error })
          }
        })
      }
      if ('error' in known) throw known.error
      return known.value
    },
  })
  for (;;) {
    try {
      return await compose(own)
    } catch (error) {
      if (!(error instanceof PartMissing)) throw error
      await error.make()
    }
  }
}
