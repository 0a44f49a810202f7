import { type Kysely, sql } from 'kysely'
import { describe, expect, test as base } from 'vitest'
import {
  createMessageStore,
  type MessageStoreDatabase,
  MessageStorePermissionError,
} from '@mdb/core'
import { installMessageStore, verify } from '@mdb/core/migration'
import { type EmbeddedServer, startEmbeddedPostgres } from '@mdb/testing/embedded'
import type { TestDatabase } from '@mdb/testing'

interface Roles {
  /** Roles belong to the server, and one is dropped here: it has to be a server of its own. */
  readonly server: EmbeddedServer
  readonly database: TestDatabase
  readonly admin: Kysely<MessageStoreDatabase>
  /** May create a schema, and nothing else. */
  readonly owner: Kysely<MessageStoreDatabase>
  /** May connect. */
  readonly app: Kysely<MessageStoreDatabase>
}

const password = 'secret'

const test = base.extend<Roles>({
  server: [
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads the fixtures from the pattern
    async ({}, use) => {
      await using server = await startEmbeddedPostgres()
      await using database = await server.createDatabase()
      await sql.raw(`create role owner login password '${password}'`).execute(database.db)
      await use(server)
    },
    { scope: 'file' },
  ],
  database: async ({ server }, use) => {
    await using database = await server.createDatabase()
    await use(database)
  },
  admin: async ({ database }, use) => use(database.db),
  owner: async ({ database }, use) => use(database.connect({ user: 'owner', password })),
  app: async ({ database: { db, connect } }, use) => {
    await sql.raw(`create role app login password '${password}'`).execute(db)
    await use(connect({ user: 'app', password }))
    await sql`drop owned by app`.execute(db)
    await sql`drop role app`.execute(db)
  },
})

const message = { type: 'A', data: 1 }

async function refusal(call: Promise<unknown>): Promise<MessageStorePermissionError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(MessageStorePermissionError)
  return error as MessageStorePermissionError
}

async function useAll(db: Kysely<MessageStoreDatabase>): Promise<void> {
  const store = createMessageStore(db)
  const version = await store.streamVersion('x-1')
  await store.writeMessage('x-1', message, { expectedVersion: version ?? 'no-stream' })
  expect(await store.getStreamMessages('x-1', { position: (version ?? -1n) + 1n })).toHaveLength(1)
  await store.getCategoryMessages('x', { consumerGroup: { member: 0, size: 2 } })
}

/** Installs without role message_store, as where roles are somebody else's. */
async function installWithoutRole({ admin, owner }: Roles): Promise<void> {
  await sql`drop schema message_store cascade`.execute(admin)
  // What the other databases of the server grant to it does not go with it.
  await sql`alter role message_store rename to message_store_elsewhere`.execute(admin)
  await sql`do $$ begin
    execute format('grant create on database %I to owner', current_database());
  end $$`.execute(admin)
  expect(await installMessageStore(owner)).toMatchObject({ role: { granted: false } })
}

describe('what is advised to a role that may not use the store', () => {
  test('is the role message_store, from one who may grant it', async ({ admin, app }) => {
    const error = await refusal(createMessageStore(app).streamVersion('x-1'))
    expect(error).toMatchObject({ role: 'app', command: 'GRANT message_store TO app;' })
    expect(error.message).toContain('As a superuser or a role with ADMIN on message_store, run:')

    await sql`create role granting login createrole password 'secret'`.execute(admin)
    await sql`grant message_store to granting with admin option`.execute(admin)
    await admin.connection().execute(async (session) => {
      await sql`set session authorization granting`.execute(session)
      await sql.raw(error.command).execute(session)
      await sql`reset session authorization`.execute(session)
    })
    await useAll(app)
  })

  test('is the rights themselves where there is no such role, and the owner can grant them', async ({
    server,
    database,
    admin,
    owner,
    app,
  }) => {
    await installWithoutRole({ server, database, admin, owner, app })
    const error = await refusal(createMessageStore(app).writeMessage('x-1', message))
    expect(error.message).toContain('As the owner of the store, run: GRANT USAGE ON SCHEMA')
    await sql.raw(error.command).execute(owner)
    await useAll(app)

    for (const { command } of (await verify(app)).findings) {
      if (command.startsWith('GRANT')) await sql.raw(command).execute(owner)
    }
    expect(await verify(app)).toMatchObject({ ok: true, role: 'app' })
    await sql`alter role message_store_elsewhere rename to message_store`.execute(admin)
  })

  test('is the rights themselves where the role has none, or is granted', async ({
    admin,
    app,
  }) => {
    await sql`revoke usage on schema message_store from message_store`.execute(admin)
    const none = await refusal(createMessageStore(app).streamVersion('x-1'))
    await sql`grant usage on schema message_store to message_store`.execute(admin)
    await sql`grant message_store to app`.execute(admin)
    await sql`revoke select on message_store.messages from message_store`.execute(admin)
    const granted = await refusal(createMessageStore(app).streamVersion('x-1'))
    await sql`revoke message_store from app`.execute(admin)
    expect(none.command).toMatch(/^GRANT USAGE ON SCHEMA message_store TO app;/)
    expect(granted.command).toBe(none.command)
    await sql.raw(granted.command).execute(admin)
    await useAll(app)
  })

  test('is about row level security where that refuses', async ({ admin, app }) => {
    await sql`grant message_store to app`.execute(admin)
    await sql`alter table message_store.messages enable row level security`.execute(admin)
    const error = await refusal(createMessageStore(app).writeMessage('x-1', message))
    expect(error.message).toContain('Table messages has row level security.')
    expect((await verify(app)).findings).toMatchObject([
      { code: 'table-changed', found: expect.stringContaining('row level security on') },
      { code: 'conditions-off' },
    ])
    await sql.raw(error.command).execute(admin)
    await useAll(app)
  })

  test('in a transaction, which cannot be asked, leaves it to verify', async ({ app }) => {
    const failed = app
      .transaction()
      .execute(async (trx) => createMessageStore(trx).streamVersion('x-1'))
    const error = await refusal(failed)
    expect(error).toMatchObject({ role: undefined, command: 'GRANT message_store TO <role>;' })
    expect(error.message).toContain('verify(db) of @mdb/core/migration')
  })
})
