import { expect, test } from 'vitest'
import { type Steps, stepsStillRight } from './steps.ts'

const NEVER = Number.POSITIVE_INFINITY
const ALWAYS = Number.NEGATIVE_INFINITY
const AROUND = { fromMs: -300, toMs: 0, fixedFromMs: NEVER, fixedToMs: ALWAYS }
const STEPS = { fromMs: 1_000, toMs: 2_000, stepMs: 100 }

test.for<[string, Partial<typeof AROUND>, number, number, Steps | undefined]>([
  ['nothing changed', {}, NEVER, ALWAYS, { fromMs: 1_000, toMs: 2_000 }],
  ['a change behind the last step', {}, 2_001, ALWAYS, { fromMs: 1_000, toMs: 2_000 }],
  ['a change at the last step', {}, 2_000, ALWAYS, { fromMs: 1_000, toMs: 1_900 }],
  ['a change between steps', {}, 1_650, ALWAYS, { fromMs: 1_000, toMs: 1_600 }],
  ['a change just behind the first step', {}, 1_001, ALWAYS, { fromMs: 1_000, toMs: 1_000 }],
  ['a change at the first step', {}, 1_000, ALWAYS, undefined],
  ['a change long ago', {}, 0, ALWAYS, undefined],
  ['everything changed', {}, ALWAYS, ALWAYS, undefined],
  ['steps that look ahead', { toMs: 250 }, 2_000, ALWAYS, { fromMs: 1_000, toMs: 1_700 }],
  ['samples that may be gone', {}, NEVER, 750, { fromMs: 1_100, toMs: 2_000 }],
  ['samples that may just be gone', {}, NEVER, 700, { fromMs: 1_000, toMs: 2_000 }],
  ['all samples may be gone', {}, NEVER, 1_800, undefined],
  ['both ends', {}, 1_950, 750, { fromMs: 1_100, toMs: 1_900 }],
  ['a fixed time before the change', { fixedFromMs: 200, fixedToMs: 500 }, 1_500, 0, { fromMs: 1_000, toMs: 1_400 }],
  ['a fixed time that changed', { fixedFromMs: 200, fixedToMs: 5_000 }, 5_000, 0, undefined],
  ['a fixed time that may be gone', { fixedFromMs: 200, fixedToMs: 500 }, NEVER, 201, undefined],
])('%s', ([, reach, changedFromMs, keptFromMs, right]) => {
  expect(stepsStillRight(STEPS, { ...AROUND, ...reach }, { changedFromMs, keptFromMs })).toEqual(right)
})
