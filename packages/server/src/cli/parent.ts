import type { Clock } from '../telemetry/index.ts'

const LOOK_EVERY_MS = 500

/** Calls `gone` once when the process that started us has ended (our parent id changes). Returns how to stop looking. */
export function watchParent(clock: Clock, gone: () => void, parentId: () => number = () => process.ppid): () => void {
  const first = parentId()
  let cancel = () => {}
  const look = () => {
    if (parentId() !== first) gone()
    else cancel = clock.after(LOOK_EVERY_MS, look)
  }
  cancel = clock.after(LOOK_EVERY_MS, look)
  return () => cancel()
}
