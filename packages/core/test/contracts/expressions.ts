import { CamelCasePlugin, sql } from 'kysely'
import { describe, expect } from 'vitest'
import { type Int8, toBigInt } from '@mdb/core'
import {
  acquireLock,
  getCategoryMessages,
  getLastStreamMessage,
  getStreamMessages,
  messageStoreVersion,
  streamVersion,
  writeMessage,
} from '@mdb/core/functions'
import type { MessageStoreTest } from '../support.ts'

const message = (type: string) => ({ type, data: { type } })

export function expressionsContract(test: MessageStoreTest): void {
  describe('an expression', () => {
    test('is a table in a query, with its rows in order', async ({ db, store }) => {
      for (const type of ['A', 'B', 'C']) await store.writeMessage('x-1', message(type))
      for (const searchPath of ['restore', 'leave'] as const) {
        const rows = await db
          .selectFrom(getStreamMessages('x-1', { position: 1n, searchPath }).as('message'))
          .selectAll()
          .execute()
        expect(rows).toMatchObject([
          { stream_name: 'x-1', type: 'B', data: '{"type": "B"}', metadata: null },
          { stream_name: 'x-1', type: 'C', data: '{"type": "C"}', metadata: null },
        ])
        expect(rows.map((row) => toBigInt(row.position))).toEqual([1n, 2n])
        expect(rows[0]?.time).toBeInstanceOf(Date)
      }
    })

    test('joins, groups and filters', async ({ db, store }) => {
      await sql`create table airport (code text, city text)`.execute(db)
      await sql`insert into airport values ('SEA', 'Seattle'), ('JFK', 'New York')`.execute(db)
      for (const code of ['SEA', 'JFK', 'SEA']) await store.writeMessage(`x-${code}`, message('A'))
      const rows = await db
        .selectFrom(getCategoryMessages('x').as('message'))
        .innerJoin(sql<{ code: string; city: string }>`airport`.as('airport'), (join) =>
          join.on(sql`'x-' || airport.code`, '=', sql.ref('message.stream_name')),
        )
        .select(({ fn }) => ['airport.city', fn.count<Int8>('message.id').as('messages')])
        .groupBy('airport.city')
        .orderBy('airport.city')
        .execute()
      expect(rows.map((row) => [row.city, Number(row.messages)])).toEqual([
        ['New York', 1],
        ['Seattle', 2],
      ])
    })

    test('takes its stream from the query around it', async ({ db, store }) => {
      for (const name of ['x-1', 'x-2', 'x-2']) await store.writeMessage(name, message('A'))
      const rows = await db
        .selectFrom('message_store.stream_summary as stream')
        .innerJoinLateral(
          ({ ref }) => getLastStreamMessage(ref('stream.stream_name')).as('last'),
          (join) => join.onTrue(),
        )
        .select(({ ref }) => [
          'stream.stream_name',
          'last.position',
          streamVersion(ref('stream.stream_name')).as('version'),
        ])
        .orderBy('stream.stream_name')
        .execute()
      expect(
        rows.map((row) => [row.stream_name, Number(row.position), Number(row.version)]),
      ).toEqual([
        ['x-1', 0, 0],
        ['x-2', 1, 1],
      ])
    })

    test('is a value in a query', async ({ db }) => {
      for (const searchPath of ['restore', 'leave'] as const) {
        const name = `${searchPath}-1`
        const written = await db
          .selectNoFrom(writeMessage(name, message('A'), { searchPath }).as('position'))
          .executeTakeFirstOrThrow()
        expect(toBigInt(written.position)).toBe(0n)
        const row = await db
          .selectNoFrom([
            streamVersion(name, { searchPath }).as('version'),
            streamVersion('none-1', { searchPath }).as('none'),
            acquireLock(name, { searchPath }).as('lock'),
            messageStoreVersion().as('store'),
          ])
          .executeTakeFirstOrThrow()
        expect(row).toMatchObject({ none: null, store: '1.3.0' })
        expect(toBigInt(row.version ?? -1)).toBe(0n)
      }
    })

    test('lives with a plugin that renames columns', async ({ db, store }) => {
      await store.writeMessage('x-1', message('A'))
      const rows = await db
        .withPlugin(new CamelCasePlugin())
        .selectFrom(getCategoryMessages('x').as('message'))
        .selectAll()
        .execute()
      expect(rows).toMatchObject([{ streamName: 'x-1' }])
    })
  })

  test('the table and the views are typed under their full names', async ({ db, store }) => {
    for (const type of ['A', 'B', 'A']) await store.writeMessage('x-1', message(type))
    const messages = await db.selectFrom('message_store.messages').selectAll().execute()
    expect(messages).toMatchObject([{ type: 'A' }, { type: 'B' }, { type: 'A' }])
    const views = {
      stream: await db.selectFrom('message_store.stream_summary').selectAll().execute(),
      type: await db.selectFrom('message_store.type_summary').selectAll().execute(),
      streamType: await db.selectFrom('message_store.stream_type_summary').selectAll().execute(),
      typeStream: await db.selectFrom('message_store.type_stream_summary').selectAll().execute(),
      categoryType: await db
        .selectFrom('message_store.category_type_summary')
        .selectAll()
        .execute(),
      typeCategory: await db
        .selectFrom('message_store.type_category_summary')
        .selectAll()
        .execute(),
    }
    const a = { type: 'A', percent: '66.67' }
    expect(views).toMatchObject({
      stream: [{ stream_name: 'x-1', percent: '100.00' }],
      type: [a, { type: 'B' }],
      streamType: [{ stream_name: 'x-1', ...a }, { type: 'B' }],
      typeStream: [{ stream_name: 'x-1', ...a }, { type: 'B' }],
      categoryType: [{ category: 'x', ...a }, { type: 'B' }],
      typeCategory: [{ category: 'x', ...a }, { type: 'B' }],
    })
    expect(Number(views.stream[0]?.message_count)).toBe(3)
  })
}
