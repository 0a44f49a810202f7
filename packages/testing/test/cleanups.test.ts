import { expect, test } from 'vitest'
import { Cleanups } from '../src/cleanups.ts'

test('undoes the last first, each although another failed, and once', async () => {
  const log: string[] = []
  const cleanups = new Cleanups()
  const step = (name: string, error?: Error) => async () => {
    log.push(name)
    if (error) throw error
  }
  cleanups.defer(step('first'))
  cleanups.use({ [Symbol.asyncDispose]: step('second', new Error('second')) })
  cleanups.defer(step('third', new Error('third')))
  await expect(cleanups[Symbol.asyncDispose]()).rejects.toMatchObject({
    errors: [new Error('third'), new Error('second')],
  })
  expect(log).toEqual(['third', 'second', 'first'])
  await cleanups[Symbol.asyncDispose]()
  expect(log).toHaveLength(3)
})

test('one failure is thrown as it is', async () => {
  const cleanups = new Cleanups()
  const failure = new Error('no')
  cleanups.defer(() => Promise.reject(failure))
  await expect(cleanups[Symbol.asyncDispose]()).rejects.toBe(failure)
})
