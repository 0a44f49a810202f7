import { sql } from 'kysely'
import { describe, expect } from 'vitest'
import {
  type Message,
  type MessageStore,
  type MessageStoreDatabase,
  project,
  type Projection,
  type SnapshotOptions,
} from '@mdb/core'
import type { MessageStoreTest } from '../support.ts'

type Store = MessageStore<MessageStoreDatabase>
type Deposited = Message<'Deposited', { amount: number }>
interface Account {
  balance: number
  deposits: number
}

const time = new Date('2000-01-01T11:11:11.111Z')

/** A projection that says which positions it was given. */
function account(snapshots?: SnapshotOptions<Account>) {
  const folded: bigint[] = []
  const projection: Projection<Account, Deposited> = {
    initial: () => ({ balance: 0, deposits: 0 }),
    evolve(state, { data, position }) {
      folded.push(position)
      // A state of its own may be changed in place.
      state.balance += data.amount
      state.deposits += 1
      return state
    },
    snapshots: snapshots && { now: () => time, ...snapshots },
  }
  const run = async (store: Store, streamName = 'account-123') => {
    folded.length = 0
    return { ...(await project(store, streamName, projection)), folded: [...folded] }
  }
  return run
}

async function deposit(store: Store, count: number, streamName = 'account-123'): Promise<void> {
  for (let i = 0; i < count; i++) {
    await store.writeMessage(streamName, { type: 'Deposited', data: { amount: 1 } })
  }
}

const keep = async (store: Store, data: unknown, metadata?: unknown, type = 'Recorded') =>
  store.writeMessage('account:snapshot-123', { type, data, metadata })

export function projectContract(test: MessageStoreTest): void {
  describe('project', () => {
    test('folds a stream, and says the version to expect', async ({ store }) => {
      const run = account()
      const none = await run(store)
      expect(none).toEqual({
        state: { balance: 0, deposits: 0 },
        version: 'no-stream',
        snapshotVersion: undefined,
        folded: [],
      })
      const write = async (expectedVersion: bigint | 'no-stream') =>
        store.writeMessage(
          'account-123',
          { type: 'Deposited', data: { amount: 5 } },
          { expectedVersion },
        )
      await write(none.version)
      const { state, version } = await run(store)
      expect([state, version]).toEqual([{ balance: 5, deposits: 1 }, 0n])
      await write(version)
      await expect(write(version)).rejects.toMatchObject({ code: 'WRONG_EXPECTED_VERSION' })
    })

    test('keeps a snapshot every so many messages, and goes on from it', async ({ store }) => {
      const run = account({ interval: 3 })
      const kept = async () => store.streamVersion('account:snapshot-123')
      await deposit(store, 2)
      expect(await run(store)).toMatchObject({ version: 1n, folded: [0n, 1n] })
      expect(await kept()).toBeUndefined()
      await deposit(store, 1)
      expect(await run(store)).toMatchObject({ version: 2n, folded: [0n, 1n, 2n] })
      expect(await kept()).toBe(0n)
      expect(await run(store)).toMatchObject({ snapshotVersion: 2n, version: 2n, folded: [] })
      await deposit(store, 2)
      const state = { balance: 5, deposits: 5 }
      expect(await run(store)).toMatchObject({ state, snapshotVersion: 2n, folded: [3n, 4n] })
      expect(await kept()).toBe(0n)
      await deposit(store, 1)
      expect(await run(store)).toMatchObject({ version: 5n, folded: [3n, 4n, 5n] })
      expect(await kept()).toBe(1n)
      expect(await run(store)).toMatchObject({ snapshotVersion: 5n, folded: [] })
      expect(await run(store, 'account-other')).toMatchObject({ version: 'no-stream' })
    })

    test('keeps to the byte what Eventide keeps, and reads it', async ({ db, store }) => {
      // As entity_snapshot-postgres writes it: no expected version, no metadata.
      const written = `{"entityData":{"balance":2,"deposits":2},"entityVersion":1,"time":"2000-01-01T11:11:11.111Z"}`
      await deposit(store, 2)
      await account({ interval: 2 })(store)
      await db.transaction().execute(async (trx) => {
        await sql`select set_config('search_path', 'message_store', true)`.execute(trx)
        await sql`select write_message(${crypto.randomUUID()}::varchar, 'account:snapshot-123'::varchar,
          'Recorded'::varchar, ${written}::text::jsonb, null::jsonb, null::bigint)`.execute(trx)
      })
      const { rows } = await sql`select type, data::text, metadata::text, position::int4
        from message_store.messages where stream_name = 'account:snapshot-123'
        order by position`.execute(db)
      expect(rows).toHaveLength(2)
      expect(rows[0]).toEqual({ ...(rows[1] as object), position: 0 })

      await deposit(store, 1)
      const state = { balance: 3, deposits: 3 }
      expect(await account({})(store)).toMatchObject({ state, snapshotVersion: 1n, folded: [2n] })
    })

    test('passes over a snapshot of another schema version, until its own is due', async ({
      store,
    }) => {
      await deposit(store, 2)
      await account({ interval: 2 })(store)
      const second = account({ interval: 2, schemaVersion: '2' })
      expect(await second(store)).toMatchObject({ snapshotVersion: undefined, folded: [0n, 1n] })
      expect(await second(store)).toMatchObject({ snapshotVersion: 1n, folded: [] })
      expect(await account({})(store)).toMatchObject({ folded: [0n, 1n] })
      const third = account({ schemaVersion: '3' })
      expect(await third(store)).toMatchObject({ snapshotVersion: undefined })
    })

    test.for<[string, unknown, unknown?, string?]>([
      ['without data', undefined],
      ['that is null', null],
      ['that is a list', []],
      ['without a state', { entityVersion: 1 }],
      ['without a version', { entityData: {} }],
      ['with a version that is a text', { entityData: {}, entityVersion: '1' }],
      ['with a negative version', { entityData: {}, entityVersion: -1 }],
      ['with half a version', { entityData: {}, entityVersion: 0.5 }],
      ['of a version the stream does not have', { entityData: {}, entityVersion: 7 }],
      ['of another type', { entityData: {}, entityVersion: 1 }, undefined, 'Other'],
      ['with a schema version', { entityData: {}, entityVersion: 1 }, { schemaVersion: '1' }],
    ])('passes over a snapshot %s', async ([, data, metadata, type], { store }) => {
      await deposit(store, 2)
      await keep(store, data, metadata, type)
      const run = account({ interval: 2 })
      const state = { balance: 2, deposits: 2 }
      expect(await run(store)).toMatchObject({ state, snapshotVersion: undefined })
      expect(await run(store)).toMatchObject({ state, snapshotVersion: 1n })
    })

    test('passes over the snapshot of a stream that is not there', async ({ store }) => {
      await keep(store, { entityData: { balance: 9 }, entityVersion: 3 })
      const state = { balance: 0, deposits: 0 }
      expect(await account({})(store)).toMatchObject({ state, version: 'no-stream' })
    })

    test('turns the state into JSON and back, under a name of its own', async ({ store }) => {
      const projection: Projection<Set<number>, Deposited> = {
        initial: () => new Set(),
        evolve: (state, { data }) => state.add(data.amount),
        snapshots: {
          interval: 1,
          category: 'accountAmounts',
          toData: (state) => ({ amounts: [...state] }),
          fromData: (data) => new Set((data as { amounts: number[] }).amounts),
        },
      }
      await deposit(store, 2)
      await project(store, 'account-123', projection)
      const again = await project(store, 'account-123', projection)
      expect(again).toEqual({ state: new Set([1]), version: 1n, snapshotVersion: 1n })
      expect(await store.streamVersion('accountAmounts:snapshot-123')).toBe(0n)
      expect(await store.streamVersion('account:snapshot-123')).toBeUndefined()
    })

    test('a category with a type gets a second one', async ({ store }) => {
      await deposit(store, 1, 'account:command-1+2')
      await account({ interval: 1 })(store, 'account:command-1+2')
      expect(await store.streamVersion('account:command+snapshot-1+2')).toBe(0n)
    })

    test('what cannot be kept or restored is not swallowed', async ({ store }) => {
      await deposit(store, 1)
      const unwritable = account({ interval: 1, toData: () => ({ balance: 1n }) })
      await expect(unwritable(store)).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
      await account({ interval: 1 })(store)
      const unreadable = account({
        fromData: () => {
          throw new Error('mine')
        },
      })
      await expect(unreadable(store)).rejects.toThrow('mine')
      await expect(account({ interval: 0 })(store)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      })
      await expect(account({ category: 'a-1' })(store)).rejects.toMatchObject({
        code: 'NOT_A_CATEGORY',
      })
      await expect(account()(store, 'account')).rejects.toMatchObject({ code: 'NOT_A_STREAM_NAME' })
    })

    test('in a transaction that rolls back, no snapshot is left', async ({ db, store }) => {
      await deposit(store, 1)
      const run = account({ interval: 1 })
      await db
        .transaction()
        .execute(async (trx) => {
          const inside = store.using(trx)
          await deposit(inside, 1)
          expect(await run(inside)).toMatchObject({ version: 1n })
          throw new Error('changed my mind')
        })
        .catch(() => undefined)
      expect(await run(store)).toMatchObject({ version: 0n, snapshotVersion: undefined })
    })

    test('where nothing can be written, none is kept, and the transaction lives on', async ({
      db,
      store,
    }) => {
      await deposit(store, 3)
      const run = account({ interval: 1 })
      await db.transaction().execute(async (trx) => {
        await sql`set transaction read only`.execute(trx)
        const inside = store.using(trx)
        expect(await run(inside)).toMatchObject({ state: { balance: 3 }, version: 2n })
        expect(await inside.streamVersion('account:snapshot-123')).toBeUndefined()
      })
      expect(await run(store)).toMatchObject({ version: 2n, snapshotVersion: undefined })
      expect(await run(store)).toMatchObject({ version: 2n, snapshotVersion: 2n })
    })

    test('an abort ends it with its reason', async ({ store }) => {
      await deposit(store, 1)
      const signal = AbortSignal.abort(new Error('enough'))
      const projection = { initial: () => 0, evolve: (count: number) => count + 1 }
      await expect(project(store, 'account-123', projection, { signal })).rejects.toThrow('enough')
    })
  })
}
