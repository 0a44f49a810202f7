import { createMessageStore } from '@mdb/core'
import {
  FencedError,
  InvalidOptionError,
  subscribe,
  SubscriptionRetiredError,
  switchProjection,
  tableCheckpoints,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import { messageStoreTest } from '@mdb/testing/vitest'
import { type Kysely, sql } from 'kysely'
import { describe, expect } from 'vitest'
import { connectTo, type EffectDatabase } from './support/effects.ts'
import { recordEvents } from './support/events.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'

interface Database extends EffectDatabase {
  total: { count: string }
}

const embedded = messageStoreTest<Database>({ backend: 'embedded' })
const pglite = messageStoreTest<Database>({ backend: 'pglite' })

async function install(db: Kysely<Database>): Promise<void> {
  await installCheckpoints(db)
  for (const table of ['one', 'two']) {
    await sql`create table ${sql.id(table)} (n integer primary key)`.execute(db)
  }
  await sql`create view total as select count(*) as count from one`.execute(db)
}

const showTwo = (trx: Kysely<Database>) =>
  sql`create or replace view total as select count(*) as count from two`.execute(trx)

/** A version of the projection: every number, in a table of its own. */
function project(db: Kysely<Database>, id: string, table: string) {
  const events = recordEvents()
  const subscription = subscribe(createMessageStore(db), {
    id,
    source: { category: 'airport' },
    transactional: 'page',
    batchSize: 100,
    polling: { initial: undefined, next: () => ({ delay: 1, state: undefined }) },
    checkpoints: tableCheckpoints(db),
    ...events,
    handler: async ({ data }: Counted, { trx }) =>
      sql`insert into ${sql.id(table)} values (${data.n})`.execute(trx),
  })
  return { subscription, events }
}

async function catchUp(db: Kysely<Database>, id: string, table: string): Promise<void> {
  const { subscription, events } = project(db, id, table)
  const run = subscription.run()
  await events.next('live')
  await subscription.stop()
  await run
}

// The load is as heavy as the machine allows: the rest of it takes as long as it takes.
const patient = { timeout: 30_000 }

const count = async (db: Kysely<Database>): Promise<number> =>
  Number((await db.selectFrom('total').select('count').executeTakeFirstOrThrow()).count)

describe('switching to a rebuilt projection', () => {
  embedded(
    'writers go on, readers never see less, the old one is fenced',
    async ({ database, db }) => {
      await install(db)
      const store = createMessageStore(database.connect())
      await writeNumbers(store, 'airport-SEA', 1, 50)
      const one = project(database.connect(), 'delays', 'one')
      const old = one.subscription.run().catch((error: unknown) => error)
      await one.events.next('live')

      const load = new AbortController()
      let written = 50
      const writing = (async () => {
        while (!load.signal.aborted) {
          written += 1
          await writeNumbers(store, `airport-${written % 5}`, written, written)
        }
      })()
      const seen: number[] = []
      const reading = (async () => {
        const reader = database.connect()
        while (!load.signal.aborted) seen.push(await count(reader))
      })()

      const two = project(database.connect(), 'delays/2', 'two')
      const next = two.subscription.run()
      const options = { from: 'delays', to: 'delays/2', switch: showTwo }
      expect(await switchProjection(db, options)).toEqual({ switched: true })
      const error = await old
      expect(error).toBeInstanceOf(FencedError)
      expect(String(error)).toContain('delays/2, which replaced it')
      const before = written
      await expect.poll(() => written, patient).toBeGreaterThan(before + 20)
      load.abort()
      await Promise.all([writing, reading])

      await expect.poll(() => count(db), patient).toBe(written)
      await two.subscription.stop()
      await next
      expect(seen).toEqual(seen.toSorted((a, b) => a - b))
      expect(seen[0]).toBeGreaterThanOrEqual(50)
      const { rows } =
        await sql`select from one where not exists (select from two where two.n = one.n)`.execute(
          db,
        )
      expect(rows).toEqual([])

      const again = project(db, 'delays', 'one').subscription.run()
      await expect(again).rejects.toThrow(SubscriptionRetiredError)
    },
  )

  embedded(
    'waits for the old transaction in flight, and for the new one to reach it',
    async ({ database, db, store }) => {
      await install(db)
      await writeNumbers(store, 'airport-SEA', 1, 5)
      await catchUp(db, 'delays', 'one')
      await catchUp(db, 'delays/2', 'two')
      await writeNumbers(store, 'airport-SEA', 6, 6)
      const key = { subscriptionId: 'delays', source: 'airport' }
      const checkpoints = tableCheckpoints(db)
      const claim = await checkpoints.claim(key, 'old')
      const order: string[] = []
      const watch = database.connect()
      let switching: Promise<unknown> | undefined
      await db.transaction().execute(async (trx) => {
        await checkpoints.saveIn(trx, key, claim, 6n)
        await sql`insert into one values (6)`.execute(trx)
        switching = switchProjection(database.connect(), {
          from: 'delays',
          to: 'delays/2',
          hold: 100,
          switch: (within) => (order.push('switch'), showTwo(within)),
        })
        for (let waits = 0; waits === 0;) {
          // another session: within a transaction the statistics stand still
          const { rows } = await sql`
          select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'
        `.execute(watch)
          waits = rows.length
        }
        order.push('old commits')
      })
      order.push('new catches up')
      await catchUp(db, 'delays/2', 'two')
      expect(await switching).toEqual({ switched: true })
      expect(order).toEqual(['old commits', 'new catches up', 'switch'])
      expect(await count(db)).toBe(6)
    },
  )

  embedded(
    'a process that starts the old one after the switch is refused',
    async ({ database, db, store }) => {
      await install(db)
      await writeNumbers(store, 'airport-SEA', 1, 5)
      await catchUp(db, 'delays', 'one')
      await catchUp(db, 'delays/2', 'two')
      await switchProjection(db, { from: 'delays', to: 'delays/2', switch: showTwo })
      const other = connectTo(database.connectionString!) as unknown as Kysely<Database>
      const { subscription } = project(other, 'delays', 'one')
      await expect(subscription.run()).rejects.toMatchObject({
        code: 'SUBSCRIPTION_RETIRED',
        subscriptionId: 'delays',
        retiredBy: 'delays/2',
      })
      await other.destroy()
      await catchUp(db, 'delays/2', 'two')
    },
  )
})

for (const [backend, test] of [
  ['embedded', embedded],
  ['pglite', pglite],
] as const) {
  describe(`on ${backend}`, () => {
    test('what the switch throws leaves everything as it was', async ({ db, store }) => {
      await install(db)
      await writeNumbers(store, 'airport-SEA', 1, 5)
      await catchUp(db, 'delays', 'one')
      await catchUp(db, 'delays/2', 'two')
      const failing = switchProjection(db, {
        from: 'delays',
        to: 'delays/2',
        async switch(trx) {
          await showTwo(trx)
          await sql`delete from two`.execute(trx)
          throw new Error('no')
        },
      })
      await expect(failing).rejects.toThrow('no')
      expect(await count(db)).toBe(5)
      await catchUp(db, 'delays', 'one')
    })

    test('is done once, and says so; nothing goes back', async ({ db, store }) => {
      await install(db)
      await writeNumbers(store, 'airport-SEA', 1, 5)
      await catchUp(db, 'delays', 'one')
      await catchUp(db, 'delays/2', 'two')
      const options = { from: 'delays', to: 'delays/2', switch: showTwo }
      const both = await Promise.all([switchProjection(db, options), switchProjection(db, options)])
      expect(both.filter(({ switched }) => switched)).toHaveLength(1)
      expect(await switchProjection(db, options)).toEqual({ switched: false })
      for (const wrong of [
        { ...options, from: 'delays/2', to: 'delays' },
        { ...options, to: 'delays/3' },
      ]) {
        await expect(switchProjection(db, wrong)).rejects.toThrow(SubscriptionRetiredError)
      }
    })

    test('waits until it is aborted for one that never ran', async ({ db, store }) => {
      await install(db)
      await writeNumbers(store, 'airport-SEA', 1, 5)
      await catchUp(db, 'delays', 'one')
      const abort = new AbortController()
      const waiting = switchProjection(db, {
        from: 'delays',
        to: 'delays/2',
        switch: showTwo,
        signal: abort.signal,
      })
      abort.abort(new Error('enough'))
      await expect(waiting).rejects.toThrow('enough')
      await catchUp(db, 'delays', 'one')
    })

    test('refuses what cannot be switched', async ({ db }) => {
      await install(db)
      const options = { from: 'delays', to: 'delays/2', switch: showTwo }
      await expect(switchProjection(db, options)).rejects.toThrow(InvalidOptionError)
      await expect(switchProjection(db, { ...options, to: 'delays' })).rejects.toMatchObject({
        option: 'to',
      })
      await expect(switchProjection(db, { ...options, hold: -1 })).rejects.toMatchObject({
        option: 'hold',
      })
      const within = db.transaction().execute((trx) => switchProjection(trx, options))
      await expect(within).rejects.toMatchObject({ option: 'db' })
    })

    test('a table of checkpoints made before gets the column', async ({ db }) => {
      await installCheckpoints(db)
      await sql`alter table mdb.checkpoint drop column retired_by`.execute(db)
      expect(await installCheckpoints(db)).toEqual({ installed: true })
      expect(await installCheckpoints(db)).toEqual({ installed: false })
      expect(
        await tableCheckpoints(db).claim({ subscriptionId: 'a', source: 'b' }, 'me'),
      ).toMatchObject({ epoch: 1n })
    })
  })
}
