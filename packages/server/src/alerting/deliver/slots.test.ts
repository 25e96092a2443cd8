import { expect, test } from 'vitest'
import { createSlots } from './slots.ts'

const never = new AbortController().signal

test('as many as there are go at once, the others in order', async () => {
  const slots = createSlots(2)
  const order: string[] = []
  const first = await slots.take(never)
  await slots.take(never)
  const waiting = ['c', 'd'].map((name) => slots.take(never).then((giveBack) => ({ giveBack, at: order.push(name) })))
  await Promise.resolve()
  expect(order).toEqual([])
  first()
  first()
  const third = await waiting[0]!
  expect(order).toEqual(['c'])
  third.giveBack()
  await waiting[1]
  expect(order).toEqual(['c', 'd'])
})

test('who gives up waiting leaves the slot to the next', async () => {
  const slots = createSlots(1)
  const giveBack = await slots.take(never)
  const impatient = new AbortController()
  const gone = slots.take(impatient.signal)
  const next = slots.take(never)
  impatient.abort(new Error('enough'))
  await expect(gone).rejects.toThrow('enough')
  giveBack()
  await next
  await expect(slots.take(AbortSignal.abort(new Error('late')))).rejects.toThrow('late')
})
