import { expect, test } from 'vitest'
import { createSlots } from './slots.ts'

const never = new AbortController().signal

test('as many as there are go at once, the others in order', async () => {
  const slots = createSlots({ count: 2, weight: 100 })
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
  const slots = createSlots({ count: 1, weight: 100 })
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

test('what is heavy waits until it fits, and goes alone where it never would', async () => {
  const slots = createSlots({ count: 10, weight: 100 })
  const order: string[] = []
  const take = (name: string, weight: number) =>
    slots.take(never, weight).then((giveBack) => {
      order.push(name)
      return giveBack
    })
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  const first = await take('60', 60)
  const second = take('50', 50)
  const third = take('1', 1)
  const huge = take('500', 500)
  await settled()
  expect(order).toEqual(['60'])
  first()
  await settled()
  expect(order).toEqual(['60', '50', '1'])
  ;(await second)()
  await settled()
  expect(order).toHaveLength(3)
  ;(await third)()
  await huge
  expect(order).toEqual(['60', '50', '1', '500'])
})

test('who gives up waiting lets lighter ones behind him go', async () => {
  const slots = createSlots({ count: 10, weight: 100 })
  await slots.take(never, 60)
  const impatient = new AbortController()
  const heavy = slots.take(impatient.signal, 50)
  const light = slots.take(never, 10)
  impatient.abort(new Error('enough'))
  await expect(heavy).rejects.toThrow('enough')
  await light
})
