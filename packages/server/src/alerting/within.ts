import type { Clock } from '../telemetry/index.ts'

/** Whether `work` settles within `ms`; it goes on either way. Rejects when it does so in time. */
export function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(false))
    work.then(
      () => {
        cancel()
        resolve(true)
      },
      (error) => {
        cancel()
        reject(error)
      },
    )
  })
}
