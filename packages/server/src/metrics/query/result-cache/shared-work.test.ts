import { expect, test } from 'vitest'
import { createSharedWork, type WorkToShare } from './shared-work.ts'

/** Work that ends when told. */
function controlled() {
  const runs: { signal: AbortSignal; resolve: (result: string) => void; reject: (error: unknown) => void }[] = []
  const work: WorkToShare<string> = {
    position: 7,
    isSame: (position) => position === 7,
    run: (signal) => new Promise((resolve, reject) => runs.push({ signal, resolve, reject })),
  }
  return { runs, work }
}
const never = new AbortController().signal

test('those who ask for the same at the same time get one result', async () => {
  const { runs, work } = controlled()
  const shared = createSharedWork<string>(() => {})
  const all = [shared.share('a', work, never), shared.share('a', work, never), shared.share('b', work, never)]
  expect(runs).toHaveLength(2)
  runs[0]!.resolve('A')
  runs[1]!.resolve('B')
  expect(await Promise.all(all)).toEqual(['A', 'A', 'B'])
  const again = shared.share('a', work, never)
  expect(runs).toHaveLength(3)
  runs[2]!.resolve('later')
  expect(await again).toBe('later')
})

test('an error is an error for all of them, and is not kept', async () => {
  const { runs, work } = controlled()
  const shared = createSharedWork<string>(() => {})
  const all = [shared.share('a', work, never), shared.share('a', work, never)]
  runs[0]!.reject(new Error('no'))
  expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  void shared.share('a', work, never)
  expect(runs).toHaveLength(2)
})

test('what began before something changed is not for those who come after it', async () => {
  const { runs, work } = controlled()
  const shared = createSharedWork<string>(() => {})
  const before = shared.share('a', work, never)
  const after = shared.share('a', { ...work, position: 8, isSame: (position) => position === 8 }, never)
  const third = shared.share('a', { ...work, position: 8, isSame: (position) => position === 8 }, never)
  expect(runs).toHaveLength(2)
  runs[0]!.resolve('old')
  runs[1]!.resolve('new')
  expect(await Promise.all([before, after, third])).toEqual(['old', 'new', 'new'])
})

test('one who goes goes alone; the work ends with the last one', async () => {
  const { runs, work } = controlled()
  const shared = createSharedWork<string>(() => {})
  const first = new AbortController()
  const second = new AbortController()
  const one = shared.share('a', work, first.signal)
  const two = shared.share('a', work, second.signal)
  first.abort(new Error('first'))
  await expect(one).rejects.toThrow('first')
  expect(runs[0]!.signal.aborted).toBe(false)
  second.abort(new Error('second'))
  await expect(two).rejects.toThrow('second')
  expect(runs[0]!.signal.aborted).toBe(true)
  // Who comes now begins anew, although what was cancelled has not ended yet.
  const three = shared.share('a', work, never)
  runs[0]!.reject(runs[0]!.signal.reason)
  runs[1]!.resolve('anew')
  expect(await three).toBe('anew')
})

test('a result that comes when all have gone is let go', async () => {
  const { runs, work } = controlled()
  const left: string[] = []
  const shared = createSharedWork<string>((result) => left.push(result))
  const gone = new AbortController()
  const one = shared.share('a', work, gone.signal)
  gone.abort(new Error('gone'))
  await expect(one).rejects.toThrow('gone')
  runs[0]!.resolve('too late')
  const two = shared.share('b', work, never)
  runs[1]!.resolve('in time')
  expect(await two).toBe('in time')
  expect(left).toEqual(['too late'])
})
