import type { Question } from './ask.ts'
import type { Dataset } from './dataset.ts'
import { generateQuery } from './generate-query.ts'
import type { Random } from './random.ts'

const STEPS_S = [15, 15, 60, 60, 300, 47, 7.5, 0.4, 601]
const MOST_STEPS = 150

/** One query with its times: before, within and after the data, on round seconds and between them. */
export function generateQuestion(random: Random, { startMs, endMs }: Dataset): Question {
  const time = () => {
    const ms = startMs - 900_000 + random.unit() * (endMs - startMs + 1_800_000)
    return random.chance(0.3) ? Math.round(ms) : Math.round(ms / 15_000) * 15_000
  }
  const seconds = (ms: number) => (ms / 1000).toFixed(3)
  const generated = generateQuery(random, [time() / 1000, time() / 1000])
  const lookback: Record<string, string> = random.chance(0.05)
    ? { lookback_delta: random.pick(['15s', '60', '20m', '1ms']) }
    : {}
  if (random.chance(0.35)) return { ...generated, params: { time: seconds(time()), ...lookback } }
  const step = random.pick(STEPS_S)
  const start = time()
  const end = start + Math.floor(random.below(MOST_STEPS) * step * 1000) + random.below(1000)
  return { ...generated, params: { start: seconds(start), end: seconds(end), step: String(step), ...lookback } }
}
