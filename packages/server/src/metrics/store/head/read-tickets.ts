/**
 * Readers hold a ticket while they look at head memory; what the watch takes away meanwhile is released only when every
 * reader that may have seen it is done.
 */
export type ReadTickets = {
  /** Number of the ticket. */
  open(): number
  close(ticket: number): void
  readonly anyOpen: boolean
  /** Runs `free` once all tickets that are open now are closed; at once when there is none. */
  whenUnread(free: () => void): void
}

export function createReadTickets(): ReadTickets {
  const open = new Set<number>()
  /** Ascending in `after`. */
  const waiting: { after: number; free: () => void }[] = []
  let next = 1

  function release(): void {
    let oldest = next
    for (const ticket of open) if (ticket < oldest) oldest = ticket
    while (waiting.length > 0 && waiting[0]!.after < oldest) waiting.shift()!.free()
  }

  return {
    open() {
      const ticket = next++
      open.add(ticket)
      return ticket
    },
    close(ticket) {
      if (open.delete(ticket)) release()
    },
    get anyOpen() {
      return open.size > 0
    },
    whenUnread(free) {
      if (open.size === 0) free()
      else waiting.push({ after: next - 1, free })
    },
  }
}
