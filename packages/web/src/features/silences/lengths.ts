/** How long a silence lasts: some minutes, or until nine the next morning, on the clock on the wall. */
export const LENGTHS = [
  { value: '30m', text: '30 min' },
  { value: '2h', text: '2 hours' },
  { value: 'morning', text: 'until tomorrow 09:00' },
  { value: '1d', text: '1 day' },
  { value: '7d', text: '1 week' },
] as const

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** Unix ms of the end; `undefined` where the text means no length. */
export function endOf(length: string, nowMs: number): number | undefined {
  if (length === 'morning') {
    const at = new Date(nowMs)
    at.setDate(at.getDate() + 1)
    return at.setHours(9, 0, 0, 0)
  }
  const parts = [...length.matchAll(/(\d+)\s*([mhdw])/g)]
  if (parts.length === 0 || length.replace(/(\d+)\s*([mhdw])\s*/g, '') !== '') return undefined
  const ms = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit!]!, 0)
  return ms > 0 ? nowMs + ms : undefined
}
