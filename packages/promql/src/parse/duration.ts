const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
}

/** Milliseconds of `1h30m`; undefined where the text is no Prometheus duration (units from large to small, each once). */
export function parseDurationMs(text: string): number | undefined {
  if (!/^(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/.test(text) || text === '') return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[ywdhms])/g)) total += Number(amount) * UNIT_MS[unit!]!
  return total
}

/** `5400000` as `1h30m`, as Prometheus prints durations: weeks and years only where they divide without rest. */
export function formatDurationMs(ms: number): string {
  if (ms === 0) return '0s'
  let rest = Math.abs(ms)
  let out = ms < 0 ? '-' : ''
  for (const [unit, exactOnly] of [
    ['y', true],
    ['w', true],
    ['d', false],
    ['h', false],
    ['m', false],
    ['s', false],
    ['ms', false],
  ] as const) {
    const size = UNIT_MS[unit]!
    if (exactOnly && rest % size !== 0) continue
    const amount = Math.floor(rest / size)
    if (amount > 0) out += `${amount}${unit}`
    rest -= amount * size
  }
  return out
}
