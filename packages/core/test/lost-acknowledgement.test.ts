import fc from 'fast-check'
import { expect } from 'vitest'
import { DuplicateMessageIdError, isTransient, WrongExpectedVersionError } from '@mdb/core'
import { messageStoreTest } from '@mdb/testing/vitest'
import { lossyStore } from './support/lossy-store.ts'

const test = messageStoreTest({ backend: 'embedded' })

const newMessage = () => ({ id: crypto.randomUUID(), type: 'A', data: { delay: 12 } })
const idempotent = true
const caught = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

test('a write whose answer was lost is repeated', async ({ database, store }) => {
  await using line = await lossyStore(database.connectionString!)
  const message = newMessage()
  const write = async (options?: { idempotent: boolean }) =>
    line.store.writeMessage('x-1', message, { expectedVersion: 'no-stream', ...options })

  line.loseNextAnswer()
  const error = await caught(write())
  expect(isTransient(error)).toBe(true)
  expect(line.lost).toBe(1)
  expect(await store.streamVersion('x-1')).toBe(0n)

  expect(await caught(write())).toBeInstanceOf(WrongExpectedVersionError)
  expect(await caught(line.store.writeMessage('x-1', message))).toBeInstanceOf(
    DuplicateMessageIdError,
  )
  expect(await write({ idempotent })).toEqual({ id: message.id, streamName: 'x-1', position: 0n })
  expect(await store.getStreamMessages('x-1')).toHaveLength(1)
})

test('a write that never arrived is repeated', async ({ database, store }) => {
  await using line = await lossyStore(database.connectionString!)
  const messages = [newMessage(), newMessage()]
  const write = async () =>
    line.store.writeMessages('x-1', messages, { expectedVersion: 'no-stream', idempotent })
  line.loseNextQuestion()
  expect(isTransient(await caught(write()))).toBe(true)
  expect(await store.streamVersion('x-1')).toBeUndefined()
  expect((await write()).map(({ position }) => position)).toEqual([0n, 1n])
})

test('the answer of a commit is lost', async ({ database, store }) => {
  await using line = await lossyStore(database.connectionString!)
  const message = newMessage()
  const book = async (loses: boolean) =>
    line.store.db.transaction().execute(async (trx) => {
      const written = await line.store
        .using(trx)
        .writeMessage('x-1', message, { expectedVersion: 'no-stream', idempotent })
      if (loses) line.loseNextAnswer()
      return written
    })
  expect(isTransient(await caught(book(true)))).toBe(true)
  expect(await store.streamVersion('x-1')).toBe(0n)
  expect((await book(false)).position).toBe(0n)
  expect(await store.streamVersion('x-1')).toBe(0n)
})

test('whatever is lost, trying again writes each message once and in order', async ({
  database,
  store,
}) => {
  await using line = await lossyStore(database.connectionString!)
  const losses = fc.array(fc.constantFrom('answer', 'question', 'nothing'), { maxLength: 3 })
  const plan = fc.array(fc.record({ losses, size: fc.integer({ min: 1, max: 4 }) }), {
    minLength: 1,
    maxLength: 5,
  })
  let run = 0
  await fc.assert(
    fc.asyncProperty(plan, async (writes) => {
      const streamName = `x-${(run += 1)}`
      const ids: string[] = []
      for (const { losses, size } of writes) {
        const messages = Array.from({ length: size }, newMessage)
        const attempt = async () =>
          line.store.writeMessages(streamName, messages, {
            expectedVersion: BigInt(ids.length - 1),
            idempotent,
          })
        for (const loss of losses) {
          if (loss === 'answer') line.loseNextAnswer()
          if (loss === 'question') line.loseNextQuestion()
          const error = await caught(attempt())
          expect(isTransient(error)).toBe(loss !== 'nothing')
        }
        const written = await attempt()
        expect(written.map(({ position }) => Number(position))).toEqual(
          messages.map((_, index) => ids.length + index),
        )
        ids.push(...messages.map(({ id }) => id))
      }
      const read = await store.getStreamMessages(streamName)
      expect(read.map(({ id }) => id)).toEqual(ids)
    }),
    { numRuns: 25 },
  )
})
