// One set-up at a time in a clone. The lock is a file that names its holder: process id, when that process began (ids
// are used again) and a nonce. It appears whole, by link(2), and belongs to whoever made the link.
//
// A holder that died leaves its lock behind. Whoever wants to remove it first makes a ticket that carries the dead
// lock's nonce; only the owner of that ticket may remove that lock, and a lock with that nonce never comes again: so
// two waiters can not remove each other's fresh locks.
import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 100
/** Removing a dead lock takes a millisecond; a ticket this old was left by a process that died doing it. */
const TICKET_LIFE_MS = 10_000

/**
 * Waits until this process holds the lock. `onWait` is called once with the holder's process id when there is one.
 * Returns the function that gives the lock back (safe twice, synchronous: it may run while the process ends).
 */
export async function takeLock(path, onWait) {
  mkdirSync(dirname(path), { recursive: true })
  const nonce = randomUUID()
  const mine = `${path}.${nonce}`
  writeFileSync(mine, JSON.stringify({ pid: process.pid, began: beganAt(process.pid), nonce }))
  let told = false
  try {
    for (;;) {
      if (link(mine, path)) break
      const holder = read(path)
      if (holder === undefined) continue
      if (isAlive(holder)) {
        if (!told) onWait(holder.pid)
        told = true
        await sleep(POLL_MS)
      } else if (!removeDead(path, holder, mine)) await sleep(POLL_MS)
    }
  } finally {
    rmSync(mine, { force: true })
  }
  return () => {
    if (read(path)?.nonce === nonce) rmSync(path, { force: true })
  }
}

/** False when somebody else is removing it. */
function removeDead(path, holder, mine) {
  const ticket = `${path}.dead-${holder.nonce}`
  if (!link(mine, ticket)) {
    const age = Date.now() - (statSync(ticket, { throwIfNoEntry: false })?.ctimeMs ?? Date.now())
    if (age > TICKET_LIFE_MS) rmSync(ticket, { force: true })
    return false
  }
  if (read(path)?.nonce === holder.nonce) rmSync(path, { force: true })
  rmSync(ticket, { force: true })
  return true
}

function link(from, to) {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function isAlive({ pid, began }) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error.code === 'ESRCH') return false
  }
  return began === beganAt(pid)
}

/** When the process began, in the kernel's ticks since boot; '' where the system does not say (then the id must do). */
function beganAt(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses and may hold spaces; the start time is the 22nd.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return ''
  }
}
