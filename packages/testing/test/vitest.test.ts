import type { MessageStoreDatabase } from '@mdb/core'
import { messageStoreTest } from '@mdb/testing/vitest'
import { describe, expect, expectTypeOf } from 'vitest'

interface Database extends MessageStoreDatabase {
  airport: { iata: string }
}

for (const backend of ['pglite', 'embedded'] as const) {
  const test = messageStoreTest<Database>({ backend })

  describe(`fixtures on ${backend}`, () => {
    for (const round of [1, 2]) {
      test(`a test has a store of its own (${round})`, async ({ server, database, db, store }) => {
        expect(server.backend).toBe(backend)
        expect(database.db).toBe(db)
        await db.schema.createTable('airport').addColumn('iata', 'text').execute()
        await db.insertInto('airport').values({ iata: 'SEA' }).execute()
        const airports = await db.selectFrom('airport').selectAll().execute()
        expectTypeOf(airports).toEqualTypeOf<{ iata: string }[]>()
        expect(airports).toEqual([{ iata: 'SEA' }])
        const { position } = await store.writeMessage('airport-SEA', { type: 'Opened', data: {} })
        expect(position).toBe(0n)
      })
    }
  })
}
