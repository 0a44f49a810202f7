import { describe, expect } from 'vitest'
import { type Kysely, sql } from 'kysely'
import type { MessageStoreDatabase } from '@mdb/core'
import { getStreamMessages } from '@mdb/core/functions'
import type { MessageStoreTest } from '../support.ts'

// As text: postgres.js would read what is cast to a timestamp as local time.
const insertAt = async (db: Kysely<MessageStoreDatabase>, time: string): Promise<unknown> =>
  sql`insert into message_store.messages (position, stream_name, type, time)
    values (0, 'clock-1', 'Ticked', ${time}::text::timestamp)`.execute(db)

export function valuesContract(test: MessageStoreTest): void {
  describe('JSON', () => {
    test.for<[string, unknown]>([
      ['an object', { delay: 12, nested: { list: [1, null, 'ü'] } }],
      ['an array', [1, 'two', null, { three: 3 }]],
      ['an empty array', []],
      ['a string', 'a "quoted" \\ string'],
      ['an empty string', ''],
      ['a number', 12.5],
      ['a boolean', false],
      ['null', null],
    ])('%s is read as it was written, as data and as metadata', async ([, value], { store }) => {
      await store.writeMessage('json-1', { type: 'Any', data: value, metadata: value })
      const [message] = await store.getStreamMessages('json-1')
      expect(message).toMatchObject({ data: value, metadata: value })
    })

    test('undefined is SQL NULL, null is JSON null', async ({ store, db }) => {
      await store.writeMessage('json-1', { type: 'Any', data: undefined })
      await store.writeMessage('json-1', { type: 'Any', data: null, metadata: null })
      const messages = await store.getStreamMessages('json-1')
      expect(messages.map(({ data, metadata }) => [data, metadata])).toEqual([
        [undefined, undefined],
        [null, null],
      ])
      const { rows } = await sql`select data is null as no_data, metadata is null as no_metadata
        from message_store.messages order by position`.execute(db)
      expect(rows).toEqual([
        { no_data: true, no_metadata: true },
        { no_data: false, no_metadata: false },
      ])
    })

    test('toJSON is asked, undefined in an object is left out', async ({ store }) => {
      const data = { at: new Date('2024-07-01T12:00:00.000Z'), nothing: undefined }
      await store.writeMessage('json-1', { type: 'Any', data })
      const last = await store.getLastStreamMessage('json-1')
      expect(last?.data).toEqual({ at: '2024-07-01T12:00:00.000Z' })
    })
  })

  describe('time', () => {
    const zone = process.env['TZ']
    test.for(['UTC', 'America/New_York', 'Asia/Kolkata'])(
      'is the same instant in %s, in calls and in expressions',
      async (timeZone, { store, db, onTestFinished }) => {
        onTestFinished(() => {
          if (zone === undefined) delete process.env['TZ']
          else process.env['TZ'] = zone
        })
        process.env['TZ'] = timeZone
        const offsets = { UTC: 0, 'America/New_York': 240, 'Asia/Kolkata': -330 }
        expect(new Date(Date.UTC(2024, 6, 1)).getTimezoneOffset()).toBe(
          offsets[timeZone as keyof typeof offsets],
        )

        await insertAt(db, '2024-07-01 12:00:00.123999')
        const instant = new Date('2024-07-01T12:00:00.123Z')
        const [message] = await store.getStreamMessages('clock-1')
        expect(message?.time).toEqual(instant)
        const [row] = await db
          .selectFrom(getStreamMessages('clock-1').as('message'))
          .select('message.time')
          .execute()
        expect(row?.time).toEqual(instant)
      },
    )

    test('is cut to the millisecond, before 1970 too', async ({ store, db }) => {
      await insertAt(db, '1969-12-31 23:59:59.999999')
      const [message] = await store.getStreamMessages('clock-1')
      expect(message?.time).toEqual(new Date(-1))
    })

    test('does not hang on how the session prints decimals', async ({ store, db }) => {
      await insertAt(db, '2024-07-01 12:00:00.123999')
      await db.transaction().execute(async (trx) => {
        await sql`set local extra_float_digits = 0`.execute(trx)
        const [message] = await store.using(trx).getStreamMessages('clock-1')
        expect(message?.time).toEqual(new Date('2024-07-01T12:00:00.123Z'))
      })
    })

    test('is one for all messages of a transaction', async ({ store, db }) => {
      await db.transaction().execute(async (trx) => {
        await store.using(trx).writeMessage('clock-1', { type: 'Ticked', data: 1 })
        await store.using(trx).writeMessage('clock-1', { type: 'Ticked', data: 2 })
      })
      const [first, second] = await store.getStreamMessages('clock-1')
      expect(first?.time).toEqual(second?.time)
    })
  })

  describe('positions', () => {
    const beyond = 2n ** 53n + 1n

    test('beyond 2^53 are exact', async ({ store, db }) => {
      await sql`insert into message_store.messages (global_position, position, stream_name, type)
        values (${beyond}::bigint, ${beyond}::bigint, 'far-1', 'Far')`.execute(db)
      const [message] = await store.getStreamMessages('far-1', { position: beyond })
      expect(message).toMatchObject({ position: beyond, globalPosition: beyond })
      expect(await store.getStreamMessages('far-1', { position: beyond + 1n })).toEqual([])
      expect(await store.getCategoryMessages('far', { position: beyond })).toHaveLength(1)
      expect(await store.streamVersion('far-1')).toBe(beyond)
      const written = await store.writeMessage(
        'far-1',
        { type: 'Farther', data: 1 },
        { expectedVersion: beyond },
      )
      expect(written.position).toBe(beyond + 1n)
    })

    test('are inclusive in both reads', async ({ store }) => {
      await store.writeMessage('near-1', { type: 'A', data: 1 })
      await store.writeMessage('near-1', { type: 'B', data: 2 })
      const [, b] = await store.getStreamMessages('near-1')
      const fromStream = await store.getStreamMessages('near-1', { position: 1n })
      const fromCategory = await store.getCategoryMessages('near', {
        position: b?.globalPosition,
      })
      expect(fromStream).toEqual([b])
      expect(fromCategory).toEqual([b])
    })
  })
}
