import { expect } from 'vitest'
import { cardinalId, createMessageStore } from '@mdb/core'
import {
  constantPolling,
  streamCheckpoints,
  subscribe,
  tableCheckpoints,
  type CheckpointStore,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import { messageStoreTest } from '@mdb/testing/vitest'
import { type Counted, writeNumbers } from './support/numbers.ts'

const test = messageStoreTest({ backend: 'embedded' })
const SIZE = 2
const STREAMS = 12
const EACH = 15

for (const kind of ['table', 'stream'] as const) {
  test(`two members at once, each on its own connection, handle every message exactly once: ${kind}`, async ({
    database,
    db,
    store,
  }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'airport', 1, 3)
    const handled: Array<{ member: number; streamName: string; n: number }> = []
    const done = Promise.withResolvers<void>()

    const members = Array.from({ length: SIZE }, (_, member) => {
      const own = createMessageStore(database.connect())
      const checkpoints: CheckpointStore =
        kind === 'table' ? tableCheckpoints(own.db) : streamCheckpoints(own)
      return subscribe(own, {
        id: 'delays',
        source: { category: 'airport', consumerGroup: { member, size: SIZE } },
        batchSize: 7,
        polling: constantPolling({ interval: 5 }),
        checkpoints,
        checkpointInterval: { messages: 10 },
        handler({ streamName, data }: Counted) {
          handled.push({ member, streamName, n: data.n })
          if (handled.length === STREAMS * EACH) done.resolve()
        },
      })
    })
    const runs = members.map((member) => member.run())
    const streamNames = Array.from({ length: STREAMS }, (_, index) => `airport-${index}`)
    await Promise.all(streamNames.map((name) => writeNumbers(store, name, 1, EACH)))
    await done.promise
    await Promise.all(members.map((member) => member.stop()))
    await Promise.all(runs)

    const numbers = Array.from({ length: EACH }, (_, index) => index + 1)
    for (const streamName of streamNames) {
      const ofStream = handled.filter((message) => message.streamName === streamName)
      expect(ofStream.map(({ n }) => n)).toEqual(numbers)
      expect(new Set(ofStream.map(({ member }) => member)).size).toBe(1)
      expect(cardinalId(streamName)).toBeDefined()
    }
    expect(handled).toHaveLength(STREAMS * EACH)
    expect(new Set(handled.map(({ member }) => member)).size).toBe(SIZE)

    const checkpoints = kind === 'table' ? tableCheckpoints(db) : streamCheckpoints(store)
    const saved = await Promise.all(
      [0, 1].map((member) =>
        checkpoints.load({
          subscriptionId: 'delays',
          source: 'airport',
          consumerGroup: { member, size: SIZE },
        }),
      ),
    )
    expect(saved).toEqual(members.map(({ position }) => position))
  })
}
