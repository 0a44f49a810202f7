import { sql } from 'kysely'
import { describe, expect } from 'vitest'
import { follow, follows, metadataOf, reply, writtenMetadata } from '@mdb/core'
import type { MessageStoreTest } from '../support.ts'

const opened = { type: 'RunwayOpened', data: {} }

export function metadataContract(test: MessageStoreTest): void {
  describe('metadata', () => {
    test('tells a story through the store', async ({ store }) => {
      await store.writeMessage('airport:command-SEA', {
        type: 'OpenRunway',
        data: {},
        metadata: {
          correlationStreamName: 'storm-7',
          replyStreamName: 'tower-1',
          properties: { shift: 'night' },
          localProperties: { attempt: 1 },
        },
      })
      const [command] = await store.getStreamMessages('airport:command-SEA')
      await store.writeMessage('airport-SEA', follow(command!, opened), {
        expectedVersion: 'no-stream',
      })
      const [event] = await store.getCategoryMessages('airport', { correlation: 'storm' })
      expect(event?.metadata).toEqual({
        causationMessageStreamName: 'airport:command-SEA',
        causationMessagePosition: 0,
        causationMessageGlobalPosition: 1,
        correlationStreamName: 'storm-7',
        replyStreamName: 'tower-1',
        properties: { shift: 'night' },
      })
      expect(follows(command!, event!)).toBe(true)

      const answer = reply(event!, { type: 'Opened', data: {} })
      await store.writeMessage(answer.streamName, answer.message)
      const [answered] = await store.getStreamMessages('tower-1')
      expect(metadataOf(answered!)).toEqual({
        causationMessageStreamName: 'airport-SEA',
        causationMessagePosition: 0,
        causationMessageGlobalPosition: 2,
        correlationStreamName: 'storm-7',
        properties: { shift: 'night' },
      })
    })

    test('with nothing in it is SQL NULL', async ({ store, db }) => {
      const metadata = writtenMetadata({ properties: {} })
      await store.writeMessage('airport-SEA', { ...opened, metadata })
      const { rows } = await sql`select metadata from message_store.messages`.execute(db)
      expect(rows).toEqual([{ metadata: null }])
      const [message] = await store.getStreamMessages('airport-SEA')
      expect(metadataOf(message!)).toEqual({})
    })

    test('beyond 2^53 is refused by plain JSON, not rounded', async ({ store, db }) => {
      await sql`insert into message_store.messages (global_position, position, stream_name, type)
        values (${2n ** 53n + 1n}::bigint, 0, 'far-1', 'Far')`.execute(db)
      const [far] = await store.getStreamMessages('far-1')
      await expect(store.writeMessage('near-1', follow(far!, opened))).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
        path: 'metadata.causationMessageGlobalPosition',
      })
    })
  })
}
