import { isTransient } from '@mdb/core'
import { expect, test } from 'vitest'
import { answered } from '../src/consumer-group/answered.ts'
import { manualClock } from './support/manual-clock.ts'

test('an answer in time is the answer', async () => {
  const clock = manualClock()
  expect(await answered(Promise.resolve(1), { within: 100, clock })).toBe(1)
  const refused = answered(Promise.reject(new Error('no')), { within: 100, clock })
  await expect(refused).rejects.toThrow('no')
})

test('no answer in time is a transient failure, and a late one changes nothing', async () => {
  const clock = manualClock()
  const late = Promise.withResolvers<never>()
  const answer = answered(late.promise, { within: 100, clock }).catch((error: unknown) => error)
  clock.advance(100)
  expect(isTransient(await answer)).toBe(true)
  late.reject(new Error('nobody listens'))
  await expect(late.promise).rejects.toThrow()
})
