/** Lets everything else run: timers, sockets, other parts. For long work on an event loop, between pieces of it. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
