import { createMessageStore, type MessageStoreDatabase } from '@mdb/core'
import { installMessageStore } from '@mdb/core/migration'
import { namedStatements } from '@mdb/core/pg'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { messageStoreTest } from '@mdb/testing/vitest'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { expect } from 'vitest'

const test = messageStoreTest({ start: async () => startEmbeddedPostgres() }).extend<{
  pool: pg.Pool
  named: Kysely<MessageStoreDatabase>
}>({
  pool: async ({ database }, use) => {
    const pool = new pg.Pool({ connectionString: database.connectionString, max: 1 })
    await use(pool)
    if (!pool.ended) await pool.end()
  },
  named: async ({ pool }, use) => {
    const dialect = new PostgresDialect({ pool: namedStatements(pool) })
    await use(new Kysely<MessageStoreDatabase>({ dialect }))
  },
})

const message = { type: 'A', data: { a: 1 } }

/** What is prepared on the pool's one connection. */
async function preparedOn(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    'select name from pg_prepared_statements order by name',
  )
  return rows.map(({ name }) => name)
}

test('each statement of the store is prepared once, whatever it is called with', async ({
  pool,
  named,
}) => {
  const store = createMessageStore(named)
  const use = async (round: number): Promise<void> => {
    const name = `x-${round}`
    await store.writeMessage(name, { ...message, metadata: { round } })
    await store.writeMessages(
      name,
      Array.from({ length: 1 + round }, () => message),
    )
    await store.writeToStreams([
      { streamName: name, message, expectedVersion: 1n + BigInt(round) },
      { streamName: `y-${round}`, message },
    ])
    expect(await store.getStreamMessages(name, { batchSize: 1 + round })).toHaveLength(1 + round)
    expect(await store.getCategoryMessages('y', { position: BigInt(round) })).toHaveLength(
      1 + round,
    )
    expect(await store.getLastStreamMessage(name)).toMatchObject({ streamName: name })
    expect(await store.streamVersion(name)).toBe(2n + BigInt(round))
    await named.transaction().execute(async (trx) => {
      await store.using(trx).writeMessage(name, message)
      await store.using(trx).getStreamMessages(name)
    })
  }
  await use(0)
  const once = await preparedOn(pool)
  expect(once).toHaveLength(9)
  for (let round = 1; round < 4; round++) await use(round)
  expect(await preparedOn(pool)).toEqual(once)
})

test('what differs from call to call is not prepared, and neither are your queries', async ({
  pool,
  named,
}) => {
  const store = createMessageStore(named)
  for (const type of ['A', 'B']) {
    await store.getCategoryMessages('x', {
      condition: (eb) => eb('type', '=', type),
      activateCondition: true,
    })
    await sql`select ${type}::text`.execute(named)
    await store.getMessages(
      sql`(select id::varchar, stream_name, type, position, global_position, data::varchar,
        metadata::varchar, time at time zone 'utc' as time
        from message_store.messages where type = ${sql.lit(type)})`,
    )
  }
  expect(await preparedOn(pool)).toEqual([])
})

test('a statement that fails when it is first used is used again', async ({ pool, named }) => {
  const store = createMessageStore(named)
  for (const expectedVersion of [1n, 2n, 3n, 4n, 5n]) {
    await expect(store.writeMessage('x-1', message, { expectedVersion })).rejects.toMatchObject({
      code: 'WRONG_EXPECTED_VERSION',
    })
  }
  expect(await store.writeMessage('x-1', message)).toMatchObject({ position: 0n })
  // No more names than attempts, however often it fails.
  expect((await preparedOn(pool)).length).toBeLessThanOrEqual(3)
})

test('a store that is installed later works on the connection that saw none', async ({
  db,
  named,
}) => {
  const store = createMessageStore(named)
  await sql`drop schema message_store cascade`.execute(db)
  for (let attempt = 0; attempt < 4; attempt++) {
    await expect(store.writeMessage('x-1', message)).rejects.toMatchObject({
      code: 'MESSAGE_STORE_NOT_INSTALLED',
    })
  }
  await installMessageStore(db)
  expect(await store.writeMessage('x-1', message)).toMatchObject({ position: 0n })
  // And when it is replaced under the names that are prepared.
  await sql`drop schema message_store cascade`.execute(db)
  await installMessageStore(db)
  expect(await store.writeMessage('x-1', message)).toMatchObject({ position: 0n })
})

test('a query under way can be cancelled, and the pool is ended with the Kysely', async ({
  pool,
  named,
}) => {
  const store = createMessageStore(named)
  const controller = new AbortController()
  await store.writeMessage('x-1', message)
  const asleep = sql`select pg_sleep(60)`.execute(named, {
    signal: controller.signal,
    inflightQueryAbortStrategy: 'cancel query',
  })
  controller.abort(new Error('enough'))
  await expect(asleep).rejects.toThrow('enough')
  expect(await store.streamVersion('x-1')).toBe(0n)
  await named.destroy()
  expect(pool.ended).toBe(true)
})
