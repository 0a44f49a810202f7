import { PGlite } from '@electric-sql/pglite'
import { createMessageStore } from '@mdb/core'
import { expect, onTestFinished, test } from 'vitest'
import { readFlights } from '../../src/flights.ts'
import { connectToPGlite } from '../../src/pglite-connection.ts'
import { prepareDatabase } from '../../src/prepare-database.ts'
import { runConsumers } from '../../src/run-consumers.ts'
import { writeTogether } from '../../src/write-flights.ts'

const limit = { timeout: 60_000 }

async function open() {
  const pglite = await PGlite.create()
  onTestFinished(() => pglite.close())
  const { db } = connectToPGlite(pglite)
  await prepareDatabase(db)
  return { pglite, db, store: createMessageStore(db) }
}

test(
  'a process that is cut off gives nothing back, and others go on from there',
  limit,
  async () => {
    const { pglite, db, store } = await open()
    const flights = (await readFlights()).slice(0, 300)
    await writeTogether(store, flights)
    const { db: its, cut } = connectToPGlite(pglite)
    const run = runConsumers(createMessageStore(its), {
      processName: 'victim',
      signal: new AbortController().signal,
      observer: ({ type }) => void (type === 'checkpointed' && cut()),
    })
    await expect(run).rejects.toThrow('This process was killed')

    const members = db.selectFrom('mdb.consumer_group_member').select(['member', 'owner'])
    const leased = await members.where('subscription_id', '=', 'delays').orderBy('member').execute()
    expect(leased).toEqual(
      [0, 1, 2, 3].map((member) => ({ member, owner: expect.stringMatching(/^victim:/) })),
    )
    // All of a page is counted, or nothing.
    const { arrivals } = await db
      .selectFrom('airport_delay')
      .select(({ fn }) => fn.sum<string>('arrivals').as('arrivals'))
      .executeTakeFirstOrThrow()
    expect(Number(arrivals ?? 0)).toBeLessThan(300)

    const stop = new AbortController()
    const heir = runConsumers(store, {
      processName: 'heir',
      signal: stop.signal,
      observer: () => {},
    })
    let counted = 0
    while (counted < 300) {
      const row = db
        .selectFrom('airport_delay')
        .select(({ fn }) => fn.sum('arrivals').as('arrivals'))
      counted = Number((await row.executeTakeFirstOrThrow()).arrivals ?? 0)
    }
    stop.abort()
    await heir
    expect(counted).toBe(300)
  },
)

test(
  'a transaction that is cut off is rolled back, and others are not held up',
  limit,
  async () => {
    const { pglite, db } = await open()
    const { db: its, cut } = connectToPGlite(pglite)
    const transaction = its.transaction().execute(async (trx) => {
      await trx.insertInto('broken_airport').values({ code: 'ORD' }).execute()
      cut()
    })
    await expect(transaction).rejects.toThrow('This process was killed')
    await expect(its.selectFrom('airport').select('code').execute()).rejects.toThrow('killed')
    const begun = its
      .transaction()
      .execute((trx) => trx.selectFrom('airport').selectAll().execute())
    await expect(begun).rejects.toThrow('killed')
    expect(await db.selectFrom('broken_airport').selectAll().execute()).toEqual([])
  },
)
