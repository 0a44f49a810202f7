import { type Kysely, sql } from 'kysely'
import { expect } from 'vitest'
import { createMessageStore, type MessageStoreDatabase } from '@mdb/core'
import {
  acquireLock,
  cardinalId,
  category,
  getCategoryMessages,
  getLastStreamMessage,
  getStreamMessages,
  hash64,
  id,
  isCategory,
  messageStoreVersion,
  streamVersion,
  writeMessage,
} from '@mdb/core/functions'
import type { MessageStoreTest } from '../support.ts'

type DB = MessageStoreDatabase

const CLIENTS = 20
const ROUNDS = 3
const message = { type: 'A', data: { a: 1 } }

/** What a session is, as far as a client could change it for the next one. */
async function sessionOf(db: Kysely<DB>): Promise<unknown> {
  const { rows } = await sql`
    select pg_backend_pid() as pid, current_setting('search_path') as path,
      current_setting('message_store.sql_condition', true) as condition, current_user as role,
      (select string_agg(name || ' = ' || setting, ', ' order by name) from pg_settings
        where source = 'session' and name <> 'application_name') as settings
  `.execute(db)
  return rows[0]
}

/** Every call and every expression, once. */
async function useAll(db: Kysely<DB>, name: string): Promise<void> {
  const store = createMessageStore(db)
  await store.writeMessage(`x-${name}`, message)
  expect(await store.getStreamMessages(`x-${name}`, { batchSize: 1 })).toHaveLength(1)
  expect(await store.getCategoryMessages('x', { batchSize: 1 })).toHaveLength(1)
  expect(await store.getLastStreamMessage(`x-${name}`)).toMatchObject({ type: 'A' })
  expect(await store.streamVersion(`none-${name}`)).toBeUndefined()
  expect(await store.messageStoreVersion()).toBe('1.3.0')
  await store.acquireLock(`x-${name}`)
  const failed = store.writeMessage(`x-${name}`, message, { expectedVersion: 99n })
  await expect(failed).rejects.toMatchObject({ code: 'WRONG_EXPECTED_VERSION' })

  await db
    .selectNoFrom([
      writeMessage(`x-${name}`, message).as('written'),
      streamVersion(`x-${name}`).as('version'),
      acquireLock(`x-${name}`).as('lock'),
      messageStoreVersion().as('store'),
      category(`x-${name}`).as('category'),
      id(`x-${name}`).as('id'),
      cardinalId(`x-${name}`).as('cardinal'),
      isCategory('x').as('isCategory'),
      hash64('x').as('hash'),
    ])
    .execute()
  await db
    .selectFrom([
      getStreamMessages(`x-${name}`, { batchSize: 1, searchPath: 'leave' }).as('stream'),
      getCategoryMessages('x', { batchSize: 1, searchPath: 'leave' }).as('category'),
      getLastStreamMessage(`x-${name}`, { searchPath: 'leave' }).as('last'),
    ])
    .select('stream.id')
    .execute()
}

/** What the application does with a table of its own that is named as Message DB's. */
async function useOwnTable(db: Kysely<DB>, name: string): Promise<void> {
  await sql`insert into messages (body) values (${name})`.execute(db)
  const { rows } = await sql`select body from messages where body = ${name} limit 1`.execute(db)
  expect(rows).toEqual([{ body: name }])
}

/** Clients behind a proxy that gives them all one session of the server, in turns. */
export function sharedSessionsContract(test: MessageStoreTest): void {
  test('nothing that a client does reaches the next', async ({ database, db }) => {
    await sql`create table public.messages (body text)`.execute(db)
    const before = await sessionOf(db)
    const clients = Array.from({ length: CLIENTS }, () => database.connect({ max: 1 }))
    const sessions = await Promise.all(
      clients.map(async (client, index) => {
        const seen: unknown[] = []
        for (let round = 0; round < ROUNDS; round++) {
          await (index % 2 === 0
            ? useAll(client, `${index}`)
            : useOwnTable(client, `${index}-${round}`))
          seen.push(await sessionOf(client))
        }
        return seen
      }),
    )
    expect(sessions.flat()).toEqual(Array.from({ length: CLIENTS * ROUNDS }, () => before))

    const written = await sql<{ count: number }>`
      select count(*)::int as count from message_store.messages`.execute(db)
    expect(written.rows).toEqual([{ count: CLIENTS * ROUNDS }])
    const own = await sql<{ count: number }>`
      select count(*)::int as count from public.messages`.execute(db)
    expect(own.rows).toEqual([{ count: (CLIENTS / 2) * ROUNDS }])
  })

  test('nothing that a transaction does reaches the next, committed or not', async ({
    database,
    db,
  }) => {
    await sql`create table public.messages (body text)`.execute(db)
    const before = await sessionOf(db)
    const clients = Array.from({ length: CLIENTS }, () => database.connect({ max: 1 }))
    await Promise.all(
      clients.map(async (client, index) => {
        const done = client.transaction().execute(async (trx) => {
          const store = createMessageStore(trx)
          await useOwnTable(trx, `before-${index}`)
          await store.writeMessage(`x-${index}`, message)
          await useOwnTable(trx, `between-${index}`)
          await store.getCategoryMessages('x')
          await useOwnTable(trx, `after-${index}`)
          if (index % 2 === 1) await store.writeMessage('x-1', message, { expectedVersion: 99n })
        })
        await done.catch((error: unknown) => {
          if (index % 2 === 0) throw error
        })
        expect(await sessionOf(client)).toEqual(before)
        await useOwnTable(client, `outside-${index}`)
      }),
    )
    const { rows } = await sql`select count(*)::int as count from public.messages`.execute(db)
    expect(rows).toEqual([{ count: (CLIENTS / 2) * 4 + CLIENTS / 2 }])
  })

  test('a role merely granted message_store needs no search_path', async ({ database, db }) => {
    await sql`create role sharing_app login password 'app-secret' in role message_store`.execute(db)
    await sql`create table public.messages (body text)`.execute(db)
    await sql`grant select, insert on public.messages to sharing_app`.execute(db)
    try {
      const credentials = { user: 'sharing_app', password: 'app-secret', max: 1 }
      const clients = Array.from({ length: 4 }, () => database.connect(credentials))
      await Promise.all(
        clients.map(async (client, index) => {
          await useAll(client, `${index}`)
          await useOwnTable(client, `${index}`)
          expect(await sessionOf(client)).toMatchObject({
            role: 'sharing_app',
            path: '"$user", public',
          })
        }),
      )
      await Promise.all(clients.map(async (client) => client.destroy()))
    } finally {
      await sql`drop owned by sharing_app`.execute(db)
      await sql`drop role sharing_app`.execute(db)
    }
  })
}
