/**
 * Durations as Prometheus writes them: `1h30m`, `5m`, `100ms`, `0`.
 * Source: prometheus/common model/time.go (the format) and prometheus.io "Configuration", `<duration>`.
 */
const UNITS: readonly (readonly [unit: string, ms: number, exact: boolean])[] = [
  // Years and weeks are printed only when nothing is left over: `90d` reads better than `12w6d`.
  ['y', 31_536_000_000, true],
  ['w', 604_800_000, true],
  ['d', 86_400_000, false],
  ['h', 3_600_000, false],
  ['m', 60_000, false],
  ['s', 1000, false],
  ['ms', 1, false],
]

// A duration is a 64-bit count of nanoseconds in Prometheus: about 292 years.
const MAX_MS = 9_223_372_036_854

/** Whole ms; units from large to small, each at most once. `undefined` when it is no duration or out of range. */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0
  const found = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text)
  if (!found || text === '') return undefined
  let ms = 0
  UNITS.forEach(([, size], i) => {
    ms += Number(found[i + 1] ?? 0) * size
  })
  return ms <= MAX_MS ? ms : undefined
}

/** The canonical form that Prometheus prints: `90000` gives `1m30s`, zero gives `0s`. */
export function formatDurationMs(ms: number): string {
  if (ms === 0) return '0s'
  let left = Math.trunc(ms)
  let text = ''
  for (const [unit, size, exact] of UNITS) {
    if (exact && left % size !== 0) continue
    const count = Math.floor(left / size)
    if (count > 0) {
      text += `${count}${unit}`
      left -= count * size
    }
  }
  return text
}
