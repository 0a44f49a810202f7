import { describe, expect, test } from 'vitest'
import {
  type CheckpointKey,
  type CheckpointStore,
  CheckpointFormatError,
  CheckpointSharedError,
  CheckpointsNotInstalledError,
  memoryCheckpoints,
  positionStreamName,
  streamCheckpoints,
  tableCheckpoints,
  type TransactionalCheckpointStore,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import { messageStoreTest } from '@mdb/testing/vitest'
import { CamelCasePlugin, sql } from 'kysely'
import { checkpointStoreContract } from './contracts/checkpoint-store.ts'
import { claimContract } from './contracts/claim.ts'

const key: CheckpointKey = { subscriptionId: 'delays', source: 'airport' }
const pglite = messageStoreTest({ backend: 'pglite' })
const embedded = messageStoreTest({ backend: 'embedded' })

describe('memory', () => {
  checkpointStoreContract(
    test.extend<{ checkpoints: CheckpointStore }>({
      // oxlint-disable-next-line no-empty-pattern -- Vitest reads a fixture's needs from it
      checkpoints: async ({}, use) => use(memoryCheckpoints()),
    }),
  )
})

for (const [backend, onBackend] of [
  ['pglite', pglite],
  ['embedded', embedded],
] as const) {
  describe(`table on ${backend}`, () => {
    checkpointStoreContract(
      onBackend.extend<{ checkpoints: CheckpointStore }>({
        checkpoints: async ({ db }, use) => {
          await installCheckpoints(db)
          await use(tableCheckpoints(db))
        },
      }),
    )
    claimContract(
      onBackend.extend<{ checkpoints: TransactionalCheckpointStore }>({
        checkpoints: async ({ db }, use) => {
          await installCheckpoints(db)
          await use(tableCheckpoints(db))
        },
      }),
    )
  })

  describe(`stream on ${backend}`, () => {
    checkpointStoreContract(
      onBackend.extend<{ checkpoints: CheckpointStore }>({
        checkpoints: async ({ store }, use) => use(streamCheckpoints(store)),
      }),
    )
  })
}

describe('table', () => {
  pglite('keeps one row a key, and can live in another schema', async ({ db }) => {
    await installCheckpoints(db, { schema: 'my schema' })
    const checkpoints = tableCheckpoints(db, { schema: 'my schema' })
    await checkpoints.save({ ...key, consumerGroup: { member: 1, size: 4 } }, 3n)
    await checkpoints.save({ ...key, consumerGroup: { member: 1, size: 4 } }, 4n)
    const { rows } = await sql`select * from "my schema".checkpoint`.execute(db)
    expect(rows).toEqual([
      {
        subscription_id: 'delays',
        source: 'airport',
        group_member: 1,
        group_size: 4,
        position: '4',
        updated_at: expect.any(Date),
        epoch: '0',
        owner: null,
        claimed_at: null,
        retired_by: null,
        released_at: null,
        acknowledged_pause: null,
        seeks: '0',
      },
    ])
  })

  pglite("does not mind the plugins of the application's Kysely", async ({ db }) => {
    await installCheckpoints(db.withPlugin(new CamelCasePlugin()))
    const checkpoints = tableCheckpoints(db.withPlugin(new CamelCasePlugin()))
    await checkpoints.save(key, 3n)
    expect(await checkpoints.load(key)).toBe(3n)
  })

  pglite("saves in the caller's transaction, and is rolled back with it", async ({ db }) => {
    await installCheckpoints(db)
    const rolledBack = db.transaction().execute(async (trx) => {
      await tableCheckpoints(trx).save(key, 3n)
      throw new Error('roll back')
    })
    await expect(rolledBack).rejects.toThrow('roll back')
    expect(await tableCheckpoints(db).load(key)).toBeUndefined()
  })

  pglite('says what to do when there is no table', async ({ db }) => {
    const failure = tableCheckpoints(db).load(key)
    await expect(failure).rejects.toThrow(CheckpointsNotInstalledError)
    await expect(tableCheckpoints(db).save(key, 1n)).rejects.toMatchObject({
      code: 'CHECKPOINTS_NOT_INSTALLED',
      table: 'mdb.checkpoint',
      message: expect.stringContaining('installCheckpoints(db)'),
      cause: expect.any(Error),
    })
  })
})

describe('stream', () => {
  test.each([
    ['account', undefined, 'account:position'],
    ['account', null, 'account:position'],
    ['account', 'ledger', 'account:position-ledger'],
    ['account:command', undefined, 'account:command+position'],
    ['account:command', 'ledger', 'account:command+position-ledger'],
    ['account:a+b', 'x', 'account:a+b+position-x'],
    ['account:command', 'ledger-0', 'account:command+position-ledger-0'],
    ['account:position', 'x', 'account:position-x'],
    ['account:command+position', undefined, 'account:command+position'],
    ['accountPosition', undefined, 'accountPosition:position'],
  ])('the position stream of %s with identifier %s is %s', (category, identifier, name) => {
    expect(positionStreamName(category, identifier)).toBe(name)
  })

  pglite("writes what Eventide writes, in Eventide's stream", async ({ store }) => {
    const checkpoints = streamCheckpoints(store)
    await checkpoints.save(key, 11n)
    await checkpoints.save(key, 12n)
    const messages = await store.getStreamMessages('airport:position-delays')
    expect(messages.map(({ type, data, metadata }) => ({ type, data, metadata }))).toEqual([
      { type: 'Recorded', data: { position: 11 }, metadata: undefined },
      { type: 'Recorded', data: { position: 12 }, metadata: undefined },
    ])
  })

  pglite.for<[CheckpointKey, string]>([
    [{ ...key, source: 'airport:command' }, 'airport:command+position-delays'],
    [{ ...key, consumerGroup: { member: 0, size: 4 } }, 'airport:position-delays+0+4'],
    [{ ...key, source: 'airport-SEA' }, 'airport:position-delays+stream+SEA'],
  ])('keeps %o in %s', async ([each, streamName], { store }) => {
    await streamCheckpoints(store).save(each, 1n)
    expect(await store.streamVersion(streamName)).toBe(0n)
  })

  pglite('reads on where Ruby stopped, and writes so that Ruby can', async ({ store }) => {
    const recorded = { type: 'Recorded', data: { position: 1_111 }, metadata: undefined }
    await store.writeMessage('airport:position-rubyConsumer', recorded)
    const checkpoints = streamCheckpoints(store, { identifier: 'rubyConsumer' })
    expect(await checkpoints.load(key)).toBe(1_111n)
    await checkpoints.save(key, 1_112n)
    const last = await store.getLastStreamMessage('airport:position-rubyConsumer')
    expect(last).toMatchObject({ type: 'Recorded', data: { position: 1_112 }, position: 1n })
  })

  pglite('an identifier can be left out, or be a function of the key', async ({ store }) => {
    await streamCheckpoints(store, { identifier: null }).save(key, 1n)
    expect(await store.streamVersion('airport:position')).toBe(0n)
    const perMember = streamCheckpoints(store, {
      identifier: ({ subscriptionId, consumerGroup }) =>
        `${subscriptionId}Member${consumerGroup?.member ?? ''}`,
    })
    await perMember.save({ ...key, consumerGroup: { member: 2, size: 4 } }, 1n)
    expect(await store.streamVersion('airport:position-delaysMember2')).toBe(0n)
  })

  pglite('refuses to let two members share a stream', async ({ store }) => {
    const checkpoints = streamCheckpoints(store, { identifier: 'shared' })
    await checkpoints.save({ ...key, consumerGroup: { member: 0, size: 2 } }, 1n)
    const second = checkpoints.save({ ...key, consumerGroup: { member: 1, size: 2 } }, 1n)
    await expect(second).rejects.toThrow(CheckpointSharedError)
    await expect(
      checkpoints.load({ ...key, consumerGroup: { member: 1, size: 2 } }),
    ).rejects.toMatchObject({
      code: 'CHECKPOINT_SHARED',
      streamName: 'airport:position-shared',
    })
  })

  pglite.for<[string, unknown]>([
    ['Recorded', undefined],
    ['Recorded', null],
    ['Recorded', 5],
    ['Recorded', [5]],
    ['Recorded', {}],
    ['Recorded', { position: '5' }],
    ['Recorded', { position: 1.5 }],
    ['Recorded', { position: -1 }],
    ['Recorded', { position: 2 ** 53 }],
    ['Forgotten', { position: 5 }],
  ])('refuses %s with %o', async ([type, data], { store }) => {
    await store.writeMessage('airport:position-delays', { type, data })
    const checkpoints = streamCheckpoints(store)
    await expect(checkpoints.load(key)).rejects.toThrow(CheckpointFormatError)
    await expect(checkpoints.save(key, 9n)).rejects.toMatchObject({
      code: 'CHECKPOINT_FORMAT',
      location: 'airport:position-delays',
      found: { type, data },
    })
  })

  pglite('refuses a position that a JSON number cannot hold', async ({ store }) => {
    const failure = streamCheckpoints(store).save(key, 2n ** 53n)
    await expect(failure).rejects.toThrow(CheckpointFormatError)
  })
})

describe('install', () => {
  pglite('is idempotent', async ({ db }) => {
    expect(await installCheckpoints(db)).toEqual({ installed: true })
    await tableCheckpoints(db).save(key, 5n)
    expect(await installCheckpoints(db)).toEqual({ installed: false })
    expect(await tableCheckpoints(db).load(key)).toBe(5n)
  })

  pglite("joins the caller's transaction", async ({ db }) => {
    const rolledBack = db.transaction().execute(async (trx) => {
      await installCheckpoints(trx)
      throw new Error('roll back')
    })
    await expect(rolledBack).rejects.toThrow('roll back')
    expect(await installCheckpoints(db)).toEqual({ installed: true })
  })

  embedded('is done once when eight do it at once', async ({ database }) => {
    const results = await Promise.all(
      Array.from({ length: 8 }, () => installCheckpoints(database.connect())),
    )
    expect(results.filter(({ installed }) => installed)).toHaveLength(1)
  })

  for (const [backend, test] of [
    ['pglite', pglite],
    ['embedded', embedded],
  ] as const) {
    test(`a table made before checkpoints had owners gets them: ${backend}`, async ({ db }) => {
      await sql`create schema mdb`.execute(db)
      await sql`
        create table mdb.checkpoint (
          subscription_id text not null,
          source text not null,
          group_member integer not null default 0,
          group_size integer not null default 0,
          position bigint not null check (position >= 0),
          updated_at timestamptz not null default now(),
          primary key (subscription_id, source, group_size, group_member)
        )
      `.execute(db)
      await sql`insert into mdb.checkpoint values ('delays', 'airport', 0, 0, 41)`.execute(db)
      const checkpoints = tableCheckpoints(db)
      await expect(checkpoints.claim(key, 'too early')).rejects.toMatchObject({
        code: 'CHECKPOINTS_NOT_INSTALLED',
      })
      expect(await installCheckpoints(db)).toEqual({ installed: true })
      expect(await installCheckpoints(db)).toEqual({ installed: false })
      expect(await checkpoints.claim(key, 'me')).toMatchObject({ epoch: 1n, position: 41n })
      const other = { ...key, source: 'flight' }
      expect(await checkpoints.claim(other, 'me')).toMatchObject({ epoch: 1n, position: undefined })
      // before the first message of a stream
      await sql`update mdb.checkpoint set position = -1`.execute(db)
    })
  }

  pglite('the table refuses what is no checkpoint', async ({ db }) => {
    await installCheckpoints(db)
    const insert = (member: number, size: number, position: number) =>
      sql`insert into mdb.checkpoint values ('a', 'b', ${member}, ${size}, ${position})`.execute(db)
    await expect(insert(1, 0, 1)).rejects.toThrow('violates check constraint')
    await expect(insert(2, 2, 1)).rejects.toThrow('violates check constraint')
    await expect(insert(-1, 2, 1)).rejects.toThrow('violates check constraint')
    await expect(insert(0, 0, -2)).rejects.toThrow('violates check constraint')
  })
})
