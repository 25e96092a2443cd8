const POWERS: Readonly<Record<string, number>> = { K: 1, M: 2, G: 3, T: 4, P: 5, E: 6 }

/**
 * Sizes as Prometheus takes them: `512MB`, `10MiB`, `1MB512KB`, `1.5GiB`, `0`; `MB` and `MiB` both count in 1024.
 * Returns bytes, `undefined` when it is no size (a bare number has no unit) or does not fit 63 bits.
 * Source: behaviour of promtool 3.5 (alecthomas/units, `Base2Bytes`).
 */
export function parseByteSize(text: string): number | undefined {
  const signed = /^([+-]?)(.*)$/s.exec(text)
  const body = signed?.[2] ?? ''
  if (body === '0') return 0
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:[KMGTPE]i?)?B)+$/.test(body)) return undefined
  let sum = 0
  for (const [, number, prefix] of body.matchAll(/(\d+\.?\d*|\.\d+)(?:([KMGTPE])i?)?B/g)) {
    sum += Number(number) * 1024 ** (prefix === undefined ? 0 : POWERS[prefix]!)
  }
  if (sum >= 2 ** 63) return undefined
  return Math.trunc(signed?.[1] === '-' ? -sum : sum)
}
