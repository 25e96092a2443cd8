import { readFile } from 'node:fs/promises'
import type { CollectorFactory } from '../collector.ts'
import type { MetricText } from '../metric-text.ts'
import { fields, lines, toNumber } from '../parse.ts'

const AT_PAGESZ = 6n
const USUAL_PAGE_BYTES = 4096

/** Sockets in use; `mem` is in pages. */
export const createSockstat: CollectorFactory = ({ files, proc }) => {
  let pageBytes: number | undefined
  return async (out) => {
    pageBytes ??= await readPageBytes()
    // Either is absent where the kernel has no such protocol.
    write(out, (await files.textIfAny(proc('net/sockstat'))) ?? '', pageBytes)
    write(out, (await files.textIfAny(proc('net/sockstat6'))) ?? '', pageBytes)
  }
}

function write(out: MetricText, text: string, pageBytes: number): void {
  for (const line of lines(text)) {
    const [head = '', ...pairs] = fields(line)
    const protocol = head.replace(/:$/, '')
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      const state = pairs[i]!
      const value = toNumber(pairs[i + 1], `sockstat ${protocol} ${state}`)
      if (protocol === 'sockets') {
        if (state === 'used') out.gauge('node_sockstat_sockets_used', 'Number of IPv4 sockets in use.').add(value)
        continue
      }
      writeState(out, protocol, state, value)
      if (state === 'mem') writeState(out, protocol, 'mem_bytes', value * pageBytes)
    }
  }
}

function writeState(out: MetricText, protocol: string, state: string, value: number): void {
  out.gauge(`node_sockstat_${protocol}_${state}`, `Number of ${protocol} sockets in state ${state}.`).add(value)
}

/** From the auxiliary vector of this process, pairs of 64-bit words: Node has no getpagesize(). */
async function readPageBytes(): Promise<number> {
  try {
    const words = await readFile('/proc/self/auxv')
    for (let at = 0; at + 16 <= words.length; at += 16) {
      if (words.readBigUInt64LE(at) === AT_PAGESZ) return Number(words.readBigUInt64LE(at + 8))
    }
  } catch {
    // Not readable under some sandboxes.
  }
  return USUAL_PAGE_BYTES
}
