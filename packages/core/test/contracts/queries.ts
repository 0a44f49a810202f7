import { type Kysely, sql } from 'kysely'
import { describe, expect } from 'vitest'
import type { MessageStoreDatabase } from '@mdb/core'
import {
  category,
  getCategoryMessages,
  getLastStreamMessage,
  getStreamMessages,
  id,
  streamVersion,
  writeMessage,
} from '@mdb/core/functions'
import type { MessageStoreTest } from '../support.ts'

interface Database extends MessageStoreDatabase {
  airport: { code: string; city: string; seen: string }
  departure: { code: string; delay: number }
}

/** Three airports, two of which have a stream; SEA has been seen up to position 0. */
async function prepare(
  base: Kysely<MessageStoreDatabase>,
  write: (streamName: string, delay: number) => Promise<unknown>,
): Promise<Kysely<Database>> {
  const db = base as unknown as Kysely<Database>
  await sql`create table airport (code text, city text, seen bigint)`.execute(db)
  await sql`create table departure (code text, delay int)`.execute(db)
  await sql`insert into airport values ('SEA', 'Seattle', 0), ('JFK', 'New York', -1),
    ('LAX', 'Los Angeles', -1)`.execute(db)
  await write('x-SEA', 5)
  await write('x-SEA', 50)
  await write('x-JFK', 7)
  await write('x-SEA', 90)
  return db
}

export function queriesContract(test: MessageStoreTest): void {
  describe('in a query of your own', () => {
    const it = test.extend<{ own: Kysely<Database> }>({
      own: async ({ db, store }, use) => {
        const write = async (streamName: string, delay: number) =>
          store.writeMessage(streamName, { type: 'Departed', data: { delay } })
        await use(await prepare(db, write))
      },
    })
    const streamOf = sql<string>`'x-' || airport.code`

    it('a lateral reads the stream, from the position, that each row names', async ({ own }) => {
      const rows = await own
        .selectFrom('airport')
        .leftJoinLateral(
          getStreamMessages(streamOf, { position: sql<bigint>`airport.seen + 1` }).as('message'),
          (join) => join.onTrue(),
        )
        .select((eb) => [
          'airport.code',
          eb.fn.count('message.id').as('unseen'),
          sql<number | null>`max((message.data::jsonb->>'delay')::int)`.as('delay'),
        ])
        .groupBy('airport.code')
        .orderBy('airport.code')
        .execute()
      expect(rows.map(({ code, unseen, delay }) => [code, Number(unseen), delay])).toEqual([
        ['JFK', 1, 7],
        ['LAX', 0, null],
        ['SEA', 2, 90],
      ])
    })

    it('a subquery stands in where, and in exists', async ({ own }) => {
      const inList = own
        .selectFrom('airport')
        .where('code', 'in', (eb) =>
          eb
            .selectFrom(getCategoryMessages('x').as('message'))
            .select(({ ref }) => sql<string>`${id(ref('message.stream_name'))}`.as('code')),
        )
      const existing = own
        .selectFrom('airport')
        .where(({ exists, selectFrom }) =>
          exists(selectFrom(getLastStreamMessage(streamOf).as('last')).select('last.id')),
        )
      for (const query of [inList, existing]) {
        const rows = await query.select('code').orderBy('code').execute()
        expect(rows).toEqual([{ code: 'JFK' }, { code: 'SEA' }])
      }
    })

    it('a page is the source of an insert', async ({ own }) => {
      const inserted = await own
        .insertInto('departure')
        .columns(['code', 'delay'])
        .expression((eb) =>
          eb
            .selectFrom(getCategoryMessages('x', { position: 2n, batchSize: 2 }).as('message'))
            .select(({ ref }) => [
              sql<string>`${id(ref('message.stream_name'))}`.as('code'),
              sql<number>`(message.data::jsonb->>'delay')::int`.as('delay'),
            ]),
        )
        .returningAll()
        .execute()
      expect(inserted).toEqual([
        { code: 'SEA', delay: 50 },
        { code: 'JFK', delay: 7 },
      ])
    })

    it('a write stands in a common table expression, beside rows of your own', async ({ own }) => {
      const message = { type: 'Departed', data: { delay: 1 } }
      const row = await own
        .with('written', (eb) => eb.selectNoFrom(writeMessage('x-LAX', message).as('position')))
        .with('booked', (eb) =>
          eb.insertInto('departure').values({ code: 'LAX', delay: 1 }).returning('code'),
        )
        .selectFrom(['written', 'booked'])
        .select(['written.position', 'booked.code'])
        .executeTakeFirstOrThrow()
      expect([Number(row.position), row.code]).toEqual([0, 'LAX'])
      const { position } = await own
        .selectNoFrom(writeMessage('x-LAX', message, { expectedVersion: 0n }).as('position'))
        .executeTakeFirstOrThrow()
      expect(Number(position)).toBe(1)
    })

    it('a write that nothing refers to does not happen: PostgreSQL leaves it out', async ({
      own,
      store,
    }) => {
      await own
        .with('written', (eb) =>
          eb.selectNoFrom(writeMessage('y-1', { type: 'A', data: 1 }).as('position')),
        )
        .selectFrom('airport')
        .select('code')
        .execute()
      expect(await store.streamVersion('y-1')).toBeUndefined()
    })

    it('a row of your own is inserted with the position of a message', async ({ own }) => {
      const message = { type: 'Opened', data: {} }
      await own
        .insertInto('airport')
        .values({
          code: 'SFO',
          city: 'San Francisco',
          seen: sql<string>`${writeMessage('x-SFO', message)}`,
        })
        .execute()
      const row = await own
        .selectFrom('airport')
        .where('code', '=', 'SFO')
        .select((eb) => [
          'seen',
          sql<boolean>`${eb.ref('seen')} = ${streamVersion(streamOf)}`.as('same'),
        ])
        .executeTakeFirstOrThrow()
      expect([Number(row.seen), row.same]).toEqual([0, true])
    })

    it('aggregates, unions and windows take it as a table', async ({ own }) => {
      const rows = await own
        .with('message', (eb) => eb.selectFrom(getCategoryMessages('x').as('m')).selectAll())
        .selectFrom('message')
        .select((eb) => [
          category(eb.ref('message.stream_name')).as('name'),
          sql<number>`count(*)::int`.as('count'),
        ])
        .groupBy('name')
        .unionAll((eb) =>
          eb
            .selectFrom(getStreamMessages('x-JFK').as('m'))
            .select([
              'm.stream_name as name',
              sql<number>`(row_number() over ())::int`.as('count'),
            ]),
        )
        .execute()
      expect(rows).toEqual([
        { name: 'x', count: 4 },
        { name: 'x-JFK', count: 1 },
      ])
    })
  })
}
