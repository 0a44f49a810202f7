import { describe, expect } from 'vitest'
import { createGroupWriter, importMessages } from '@mdb/core'
import type { MessageStoreTest } from '../support.ts'
import { history } from '../support/history.ts'

/** That the group writer and the import work on this driver; what they do, their own tests tell. */
export function groupingContract(test: MessageStoreTest): void {
  describe('on this driver', () => {
    test('a group writer writes, and tells each its own', async ({ store }) => {
      await using writer = createGroupWriter(store)
      const message = { id: crypto.randomUUID(), type: 'A', data: { text: 'ü "\\' } }
      const next = { type: 'B', data: undefined, metadata: null }
      const outcomes = await Promise.allSettled([
        writer.writeMessage('x-1', message, { expectedVersion: 'no-stream' }),
        writer.writeMessage('x-1', message),
        writer.writeMessage('x-1', message, { expectedVersion: 'no-stream', idempotent: true }),
        writer.writeMessages('x-1', [next, next], { expectedVersion: 0n }),
        writer.writeMessage('x-1', next, { expectedVersion: 0n }),
      ])
      expect(outcomes).toMatchObject([
        { value: { id: message.id, position: 0n } },
        { reason: { code: 'DUPLICATE_MESSAGE_ID', messageId: message.id } },
        { value: { id: message.id, position: 0n } },
        { value: [{ position: 1n }, { position: 2n }] },
        { reason: { code: 'WRONG_EXPECTED_VERSION', actualVersion: 2n } },
      ])
      const read = await store.getStreamMessages('x-1')
      expect(read.map(({ data, metadata }) => [data, metadata])).toEqual([
        [message.data, undefined],
        [undefined, null],
        [undefined, null],
      ])
    })

    test('an import writes, and can be run again', async ({ store }) => {
      const options = { batchSize: 20, keepTimes: true }
      expect(await importMessages(store, history(50), options)).toEqual({ written: 50, skipped: 0 })
      expect(await importMessages(store, history(60), options)).toEqual({
        written: 10,
        skipped: 50,
      })
      const given = [...history(60)].filter(({ streamName }) => streamName === 'b-1')
      const read = await store.getStreamMessages('b-1')
      expect(read.map(({ data, metadata, time }) => ({ data, metadata, time }))).toEqual(
        given.map(({ data, metadata, time }) => ({ data, metadata, time })),
      )
    })
  })
}
