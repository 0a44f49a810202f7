import type { MessageStore } from '@mdb/core'
import { streamCheckpoints } from '@mdb/subscriptions'
import { messageStoreTest } from '@mdb/testing/vitest'
import { describe, expect } from 'vitest'
import { startStreamConsumer } from './support/child.ts'
import { upTo } from './support/effects.ts'
import { rubyHasEventide, runPort, runRuby } from './support/eventide.ts'
import { type Counted, untilLive, writeNumbers } from './support/numbers.ts'

// A consumer is handed from Ruby to here and back. Ruby is Eventide's own consumer where its gem is
// installed (`gem install evt-consumer-postgres`), and what is written after its code everywhere.

const test = messageStoreTest({ backend: 'embedded' })
const INTERVAL = 5

type Store = Pick<MessageStore<unknown>, 'getLastStreamMessage'>
const lastRecorded = async (store: Store, streamName: string) =>
  (await store.getLastStreamMessage(streamName))?.data

/** What a subscription here sees from its place on; it is stopped when it has caught up. */
const runHere = async (
  store: Parameters<typeof untilLive>[0] & Parameters<typeof streamCheckpoints>[0],
  category: string,
  identifier: string | null,
  consumerGroup?: { readonly member: number; readonly size: number },
): Promise<number[]> => {
  const { numbers } = await untilLive(store, {
    id: 'numbers',
    source: { category, ...(consumerGroup && { consumerGroup }) },
    checkpoints: streamCheckpoints(store, { identifier }),
    checkpointInterval: { messages: INTERVAL, milliseconds: 3_600_000 },
    handler: () => {},
  })
  return numbers
}

for (const { name, runs, run } of [
  { name: 'written after its code', runs: true, run: runPort },
  { name: 'in Ruby (evt-consumer-postgres)', runs: rubyHasEventide, run: runRuby },
]) {
  describe.skipIf(!runs)(`Eventide ${name}`, () => {
    test('Ruby is killed, and we go on after what it recorded', async ({ database, store }) => {
      await writeNumbers(store, 'airport-SEA', 1, 20)
      const ruby = { category: 'airport', identifier: 'numbers', interval: INTERVAL }
      expect(await run(database, { ...ruby, waitAt: 13 })).toEqual(upTo(12))
      expect(await lastRecorded(store, 'airport:position-numbers')).toEqual({ position: 10 })
      // 11 and 12 come again, as they would to Ruby; 10, which Ruby would repeat too, does not
      expect(await runHere(store, 'airport', 'numbers')).toEqual(upTo(20, 11))
    })

    test('Ruby starts again, for comparison: at what it recorded', async ({ database, store }) => {
      await writeNumbers(store, 'airport-SEA', 1, 20)
      const ruby = { category: 'airport', identifier: 'numbers', interval: INTERVAL }
      await run(database, { ...ruby, waitAt: 13 })
      expect(await run(database, { ...ruby, last: 20 })).toEqual(upTo(20, 10))
    })

    test('we stop, and Ruby goes on at our last message', async ({ database, store }) => {
      await writeNumbers(store, 'airport-SEA', 1, 12)
      expect(await runHere(store, 'airport', null)).toEqual(upTo(12))
      expect(await lastRecorded(store, 'airport:position')).toEqual({ position: 12 })
      await writeNumbers(store, 'airport-SEA', 13, 20)
      const ruby = { category: 'airport', interval: INTERVAL }
      expect(await run(database, { ...ruby, last: 20 })).toEqual(upTo(20, 12))
    })

    test('we are killed, and Ruby repeats an interval and the message recorded, at most', async ({
      database,
      store,
    }) => {
      await writeNumbers(store, 'airport:command-SEA', 1, 20)
      const args = ['airport:command', 'numbers', `${INTERVAL}`, '15'] as const
      await using child = startStreamConsumer(database.connectionString!, ...args)
      await child.until('waits at 15')
      child.kill('SIGKILL')
      await child.exited
      const place = 'airport:command+position-numbers'
      expect(await lastRecorded(store, place)).toEqual({ position: 10 })
      const ruby = { category: 'airport:command', identifier: 'numbers', interval: INTERVAL }
      expect(await run(database, { ...ruby, last: 20 })).toEqual(upTo(20, 10))
    })

    test('a group goes over member by member, and back', async ({ database, store }) => {
      for (let n = 1; n <= 60; n += 1) await writeNumbers(store, `account-${n % 12}`, n, n)
      const members = [0, 1, 2].map((member) => ({ member, size: 3 }))
      for (const consumerGroup of members) {
        const { member } = consumerGroup
        const messages = await store.getCategoryMessages('account', { consumerGroup })
        const own = (messages as readonly Counted[]).map(({ data }) => data.n)
        const [first = 0, last = 0] = [own[8], own.at(-1)]
        const identifier = `ledger-${member}`
        const ruby = { category: 'account', identifier, interval: INTERVAL, ...consumerGroup }

        expect(await run(database, { ...ruby, waitAt: first })).toEqual(own.slice(0, 8))
        const place = `account:position-${identifier}`
        expect(await lastRecorded(store, place)).toEqual({ position: own[4] })
        expect(await runHere(store, 'account', identifier, consumerGroup)).toEqual(own.slice(5))

        // we have saved up to the head of the category, further than our last message
        await writeNumbers(store, `account-${last % 12}`, 100 + member, 100 + member)
        const back = await run(database, { ...ruby, last: 100 + member })
        expect(back.filter((n) => n !== last)).toEqual([100 + member])
      }
    })
  })
}
