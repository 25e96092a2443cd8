import { existsSync, readFileSync } from 'node:fs'

const SCHEDSTAT = `/proc/self/task/${process.pid}/schedstat`

/**
 * Watches for how long the event loop computes without a pause. The returned function ends it and gives the longest time, ms
 * of the thread's own work: on a busy machine the wall clock says little. (Elsewhere than on Linux: ms that went by.)
 */
export function watchLongestTurn(): () => number {
  let last = computedMs()
  let longest = 0
  const timer = setInterval(() => {
    const now = computedMs()
    longest = Math.max(longest, now - last)
    last = now
  }, 1)
  return () => {
    clearInterval(timer)
    return longest
  }
}

function computedMs(): number {
  return existsSync(SCHEDSTAT) ? Number(readFileSync(SCHEDSTAT, 'utf8').split(' ')[0]) / 1e6 : performance.now()
}
