import type { Delivery, Notifier } from './notifier.ts'

/** Attempts in which a template failed, so that nothing was sent. */
const failedByTemplate = new WeakSet<Delivery>()

/** Notes of a delivery that no attempt was made because a template failed. */
export function noteTemplateFailure(delivery: Delivery): Delivery {
  failedByTemplate.add(delivery)
  return delivery
}

/**
 * A notifier that, when a template fails, sends by a second one whose texts cannot fail, and says so in the answer.
 * Previews still throw: they are for finding the mistake.
 */
export function withFallback(notifier: Notifier, createSecond: () => Notifier): Notifier {
  let second: Notifier | undefined
  return {
    kind: notifier.kind,
    index: notifier.index,
    sendResolved: notifier.sendResolved,
    render: (notification) => notifier.render(notification),
    async send(notification, signal) {
      const first = await notifier.send(notification, signal)
      if (!failedByTemplate.has(first)) return first
      second ??= createSecond()
      const delivery = await second.send(notification, signal)
      const answer = `${first.answer}; sent with a plain text instead: ${delivery.answer}`
      return delivery.ok ? { ...delivery, answer } : { ...delivery, answer: `${first.answer}; ${delivery.answer}` }
    },
    async stop() {
      await Promise.all([notifier.stop(), second?.stop()])
    },
  }
}
