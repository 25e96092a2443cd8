/** The number that `text` writes. Throws with `what` when it is none, so that a broken file fails its collector. */
export function toNumber(text: string | undefined, what: string): number {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isNaN(value)) throw new Error(`${what}: not a number: ${JSON.stringify(text)}`)
  return value
}

/** A number if `text` is a decimal integer (sign allowed), or hexadecimal with 0x as `flags` of a network device is. */
export function toInteger(text: string | undefined): number | undefined {
  if (text === undefined || !/^(?:[-+]?\d+|0[xX][0-9a-fA-F]+)$/.test(text)) return undefined
  return Number(text)
}

/** Words between runs of blanks. */
export function fields(line: string): string[] {
  const trimmed = line.trim()
  return trimmed === '' ? [] : trimmed.split(/\s+/)
}

/** Lines that have something in them. */
export function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

/** CPU lists of the kernel such as `0-3,8`: the numbers in it. At most 65536 of them. */
export function toCpuList(text: string): number[] {
  const cpus: number[] = []
  for (const part of text.trim().split(',')) {
    const [from, to] = part.split('-')
    const first = toInteger(from)
    if (first === undefined) continue
    const last = toInteger(to) ?? first
    for (let cpu = first; cpu <= last && cpus.length < 65_536; cpu++) cpus.push(cpu)
  }
  return cpus
}
