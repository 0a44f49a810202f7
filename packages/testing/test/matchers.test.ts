import { message, messageBuilder } from '@mdb/testing'
import { messageStoreTest } from '@mdb/testing/vitest'
import '@mdb/testing/vitest/matchers'
import { expect, expectTypeOf } from 'vitest'

const test = messageStoreTest({ isolation: 'file' })
const departed = messageBuilder('FlightDeparted', { delay: 0 })

test('a store has messages', async ({ store }) => {
  await store.writeMessage('airport-SEA', { ...departed({ delay: 1 }), metadata: { a: 1, b: 2 } })
  await store.writeMessage('airport-SEA', departed({ delay: 2 }))
  await expect(store).toHaveMessages('airport-SEA', [
    departed({ delay: 1 }),
    { type: 'FlightDeparted', data: { delay: expect.any(Number) }, position: 1n },
  ])
  await expect(store).toHaveMessages('airport-SEA', [
    { type: 'FlightDeparted', metadata: { b: 2 } },
    message('airport-SEA', 'FlightDeparted', { delay: 2 }),
  ])
  await expect(store).not.toHaveMessages('airport-SEA', [departed({ delay: 1 })])
  await expect(store).not.toHaveMessages('airport-SEA', [departed(), departed({ delay: 2 })])
  await expect(store).toHaveMessages('airport-LAX', [])
})

test('and says what the difference is', async ({ store }) => {
  await store.writeMessage('airport-JFK', departed({ delay: 3 }))
  const failing = expect(store).toHaveMessages('airport-JFK', [departed({ delay: 4 })])
  await expect(failing).rejects.toThrow(/the messages of airport-JFK to be as given[^]*3[^]*/)
  const denied = expect(store).not.toHaveMessages('airport-JFK', [departed({ delay: 3 })])
  await expect(denied).rejects.toThrow('Expected the messages of airport-JFK not to be as given.')
})

test('a stream has a version, or there is none', async ({ store }) => {
  await store.writeMessage('airport-BOS', departed())
  await expect(store).toHaveStreamVersion('airport-BOS', 0n)
  await expect(store).not.toHaveStreamVersion('airport-BOS', 1n)
  await expect(store).toHaveStreamVersion('airport-XXX', undefined)
})

test('what has a position is at one', async ({ store }) => {
  await store.writeMessage('airport-ORD', departed())
  const [first] = await store.getStreamMessages('airport-ORD')
  expect(first).toBeAtPosition(0n)
  expect({ position: undefined }).toBeAtPosition(undefined)
  expect({ position: 1n }).not.toBeAtPosition(0n)
  expect(() => expect({ position: 1n }).toBeAtPosition(0n)).toThrow(/position[^]*1n?/)
  expect([first!]).toMatchMessages([departed()])
  expect(() => expect([first!]).toMatchMessages([])).toThrow('the messages')
})

test('matchers are typed', ({ store }) => {
  expectTypeOf(expect(store).toHaveStreamVersion).parameters.toEqualTypeOf<
    [streamName: string, version: bigint | undefined]
  >()
  // @ts-expect-error -- a version is a bigint
  void (() => expect(store).toHaveStreamVersion('airport-SEA', 0))
  expect(true).toBe(true)
})
