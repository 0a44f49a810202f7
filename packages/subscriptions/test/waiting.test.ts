import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMessageStore, type Message, type MessageStoreDatabase } from '@mdb/core'
import { constantPolling, subscribe, type SourceOptions } from '@mdb/subscriptions'
import { startEmbeddedPostgres, type EmbeddedServer } from '@mdb/testing/embedded'
import type { TestDatabase } from '@mdb/testing'
import { sql, type ControlledTransaction, type Kysely } from 'kysely'
import { recordEvents } from './support/events.ts'
import { jumpingClock } from './support/manual-clock.ts'

let server: EmbeddedServer
beforeAll(async () => {
  server = await startEmbeddedPostgres({ postgresFlags: ['-c', 'max_prepared_transactions=5'] })
})
afterAll(() => server.stop())

type Trx = ControlledTransaction<MessageStoreDatabase>

async function begin(database: TestDatabase): Promise<{ trx: Trx; pid: number }> {
  const trx = await database.connect({ max: 1 }).startTransaction().execute()
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx)
  return { trx, pid: rows[0]?.pid ?? 0 }
}

async function write(db: Kysely<MessageStoreDatabase>, streamName: string): Promise<void> {
  await createMessageStore(db).writeMessage(streamName, { type: streamName, data: {} })
}

/** Runs a subscription with time that jumps; `seen` are the stream names, in order. */
function start(database: TestDatabase, source: SourceOptions) {
  const seen: string[] = []
  const events = recordEvents()
  const subscription = subscribe(createMessageStore(database.connect()), {
    id: 'waiting',
    source,
    clock: jumpingClock(),
    polling: constantPolling({ interval: 5 }),
    handler: ({ streamName }: Message) => void seen.push(streamName),
    ...events,
  })
  const run = subscription.run()
  return {
    seen,
    events,
    subscription,
    async stop() {
      await subscription.stop()
      await run
    },
  }
}

const sources = {
  'all messages': { all: true },
  'several categories': { categories: ['late', 'early'] },
} satisfies Record<string, SourceOptions>

for (const [name, source] of Object.entries(sources)) {
  describe(`a source of ${name}`, () => {
    test('waits for a writer below the head, says for whom, and keeps the order', async () => {
      await using database = await server.createDatabase()
      const { trx, pid } = await begin(database)
      await write(trx, 'late-1')
      await write(database.db, 'early-1')
      const reading = start(database, source)
      const waiting = await reading.events.next('waiting')
      expect(waiting).toEqual({
        subscriptionId: 'waiting',
        type: 'waiting',
        position: 2n,
        milliseconds: expect.any(Number),
        writers: [{ pid, transaction: expect.stringMatching(/^\d+\/\d+$/) }],
      })
      const next = await reading.events.next('waiting')
      expect(waiting.milliseconds).toBeGreaterThanOrEqual(1_000)
      expect(next.milliseconds).toBeGreaterThanOrEqual(waiting.milliseconds + 10_000)
      // what begins later is not waited for
      const later = await begin(database)
      await write(later.trx, 'other-1')
      expect((await reading.events.next('waiting')).writers).toHaveLength(1)
      expect(reading.seen).toEqual([])
      await trx.commit().execute()
      await reading.events.next('live')
      expect(reading.seen).toEqual(['late-1', 'early-1'])
      await reading.stop()
      await later.trx.rollback().execute()
    })

    test('goes past a writer that rolls back, or whose connection is cut', async () => {
      await using database = await server.createDatabase()
      const first = await begin(database)
      await write(first.trx, 'late-1')
      await write(database.db, 'early-1')
      const reading = start(database, source)
      await reading.events.next('waiting')
      await first.trx.rollback().execute()
      await reading.events.next('live')

      const second = await begin(database)
      await write(second.trx, 'late-2')
      await write(database.db, 'early-2')
      await reading.events.next('waiting')
      await sql`select pg_terminate_backend(${second.pid}::int)`.execute(database.db)
      while (reading.seen.length < 2) await new Promise((resolve) => setImmediate(resolve))
      expect(reading.seen).toEqual(['early-1', 'early-2'])
      await reading.stop()
    })

    test('waits for a writer that is prepared in the meantime', async () => {
      await using database = await server.createDatabase()
      const { trx } = await begin(database)
      await write(trx, 'late-1')
      await write(database.db, 'early-1')
      const reading = start(database, source)
      await reading.events.next('waiting')
      await sql`prepare transaction 'two-phase'`.execute(trx)
      for (;;) {
        const { writers } = await reading.events.next('waiting')
        if (writers.some(({ pid }) => pid === undefined)) break
      }
      expect(reading.seen).toEqual([])
      await sql`commit prepared 'two-phase'`.execute(database.db)
      await reading.events.next('live')
      expect(reading.seen).toEqual(['late-1', 'early-1'])
      await reading.stop()
      await trx.rollback().execute()
    })

    test('is not held up by what cannot commit below the head', async () => {
      await using database = await server.createDatabase()
      const application = await begin(database)
      await sql`
        select pg_advisory_lock(7), pg_advisory_xact_lock(8), pg_advisory_xact_lock(1, 2),
          (select count(*) from message_store.messages)
      `.execute(application.trx)
      await write(database.db, 'early-1')
      const reading = start(database, source)
      await reading.events.next('live')
      expect(reading.seen).toEqual(['early-1'])
      expect(reading.events.types()).not.toContain('waiting')
      await reading.stop()
      await application.trx.rollback().execute()
    })

    test('an abort ends the wait', async () => {
      await using database = await server.createDatabase()
      const { trx } = await begin(database)
      await write(trx, 'late-1')
      await write(database.db, 'early-1')
      const reading = start(database, source)
      await reading.events.next('waiting')
      await reading.stop()
      expect(reading.events.types()).not.toContain('live')
      expect(reading.seen).toEqual([])
      await trx.rollback().execute()
    })
  })
}

test('all messages: an insert that takes no advisory lock is waited for too', async () => {
  await using database = await server.createDatabase()
  const { trx } = await begin(database)
  await sql`
    insert into message_store.messages (stream_name, type, position) values ('late-1', 'Raw', 0)
  `.execute(trx)
  await write(database.db, 'early-1')
  const reading = start(database, { all: true })
  await reading.events.next('waiting')
  await trx.commit().execute()
  await reading.events.next('live')
  expect(reading.seen).toEqual(['late-1', 'early-1'])
  await reading.stop()
})

test('several categories: a writer of another category is not waited for', async () => {
  await using database = await server.createDatabase()
  const { trx } = await begin(database)
  await write(trx, 'other-1')
  await write(database.db, 'early-1')
  const reading = start(database, { categories: ['late', 'early'] })
  await reading.events.next('live')
  expect(reading.seen).toEqual(['early-1'])
  expect(reading.events.types()).not.toContain('waiting')
  await reading.stop()
  await trx.rollback().execute()
})

test('a role that was granted message_store, and nothing else, can read all messages', async () => {
  await using database = await server.createDatabase()
  await sql`create role sources_reader login password 'secret' in role message_store`.execute(
    database.db,
  )
  const own = database.connect({ user: 'sources_reader', password: 'secret' })
  const { trx } = await begin(database)
  await write(trx, 'late-1')
  await write(database.db, 'early-1')
  const reading = start({ ...database, connect: () => own }, { all: true })
  await reading.events.next('waiting')
  await trx.commit().execute()
  await reading.events.next('live')
  expect(reading.seen).toEqual(['late-1', 'early-1'])
  await reading.stop()
})
